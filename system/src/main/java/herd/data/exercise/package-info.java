/// Made-up texts from which a model learns to find again what stands earlier in its context. Knows
/// nothing of training, of gates, or of how a model is examined: names, words and sentences of an
/// examination must not come from here.
package herd.data.exercise;
