/// Checkpoints of trainings: written while training goes on, whole or not there, checked before
/// they are used; and the mean of several. Knows nothing of stages and recipes.
package herd.train.save;
