package herd.data.fasttext;

/// Rows of numbers, whole or as codes.
sealed interface Matrix permits Dense, Quantised {
  int rows();

  int dim();

  /// Puts the sum of `count` rows into `out [dim]`.
  void sum(int[] rows, int count, float[] out);

  /// The product of a row and `vector [dim]`.
  float dot(int row, float[] vector);

  /// The rows `order[0], order[1], …` of this matrix, after its first `kept` rows as they stand.
  Matrix reordered(int kept, int[] order);
}
