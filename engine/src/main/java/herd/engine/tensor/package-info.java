/// Tensors on flat off-heap memory, the kernels that work on them, and the tape that differentiates
/// through them. Knows nothing of models, files or text: a kernel sees matrices, token ids and
/// segments.
package herd.engine.tensor;
