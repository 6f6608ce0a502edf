/// A model's numbers while it computes: statistics of every result, and where the first number
/// that is none comes from. Knows nothing of training.
package herd.train.watch;
