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

    /// Bytes of working memory that [#linear] needs for `tokens` rows.
    long workBytes(int tokens);

    /// `y = x wᵀ`: `x [tokens, cols]`, `y [tokens, rows]`, both F32. A row of `y` depends on its
    /// row
    /// of `x` alone, to the last bit: not on the other tokens, nor on the workers.
    /// @param work at least [#workBytes] bytes, aligned to 64, for the duration of the call
    void linear(Tensor y, Tensor x, Workers workers, MemorySegment work);

    /// Row `i` of `y [ids.length, cols]` is row `ids[i]` of this matrix as F32.
    void embedding(Tensor y, int[] ids);
  }
}
