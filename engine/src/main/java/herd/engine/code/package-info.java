/// Machine code written by Java: an assembler of the instructions that the kernels use, memory that
/// can be executed, and what this processor can do. Knows nothing of matrices or models. Where the
/// system or the processor does not allow it, the answer is a reason in words, never an exception.
package herd.engine.code;
