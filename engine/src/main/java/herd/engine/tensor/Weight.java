package herd.engine.tensor;

import java.lang.foreign.MemorySegment;

/// A matrix `[rows, cols]` that a model multiplies by: plain numbers, or numbers packed for speed.
public sealed interface Weight permits Tensor, Weight.Packed {
  /// Outputs of the layer, or entries of the vocabulary.
  int rows();

  /// Inputs of the layer.
  int cols();

  /// A matrix in a format of its own, which can only be multiplied by and looked up in. It is fixed
  /// for good, and any number of threads may use it at a time.
  non-sealed interface Packed extends Weight {
    /// The name of its format, such as `Q8_0`.
    String format();

    /// Bytes that it takes.
    long bytes();

    /// Bytes of working memory that a product with `tokens` rows needs.
    long workBytes(int tokens);

    /// Writes what a product needs to know of `x [tokens, cols]`, F32, into `work`. Matrices of the
    /// same format and number of columns read the same there, so one call may serve several
    /// products.
    /// @param work at least [#workBytes] bytes, aligned to 64; as it is until the last product
    void prepare(Tensor x, Workers workers, MemorySegment work);

    /// `y = x wᵀ`: `y [tokens, rows]`, F32, for the `x` that was prepared. A row of `y` depends on
    /// its row of `x` alone, to the last bit: not on the other tokens, nor on the workers.
    void multiply(Tensor y, Workers workers, MemorySegment work);

    /// Row `i` of `y [ids.length, cols]` is row `ids[i]` of this matrix as F32.
    void embedding(Tensor y, int[] ids);
  }
}
