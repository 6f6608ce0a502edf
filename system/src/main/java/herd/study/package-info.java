/// Scaling-law studies on this machine (Llama 3 paper, section 3.2.1): which small models to train
/// with which settings, as many at a time as there are processors, each begun run finished once and
/// never again, and what they say of a larger one. Knows token batches, not where they come from.
package herd.study;
