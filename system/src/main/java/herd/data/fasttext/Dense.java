package herd.data.fasttext;

import java.util.Arrays;

/// A matrix of floats, row by row.
/// @param values `[rows * dim]`
record Dense(int rows, int dim, float[] values) implements Matrix {
  /// Columns that are summed at once: their sums stay in registers while all rows pass by.
  private static final int BLOCK = 16;

  @Override
  public void sum(int[] rows, int count, float[] out) {
    if (dim % BLOCK == 0 && dim <= 4 * BLOCK) {
      for (int column = 0; column < dim; column += BLOCK) {
        sumBlock(rows, count, column, out);
      }
      return;
    }
    Arrays.fill(out, 0, dim, 0);
    for (int i = 0; i < count; i++) {
      int from = rows[i] * dim;
      for (int j = 0; j < dim; j++) {
        out[j] += values[from + j];
      }
    }
  }

  private void sumBlock(int[] rows, int count, int column, float[] out) {
    float a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0;
    float b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0, b6 = 0, b7 = 0;
    for (int i = 0; i < count; i++) {
      int at = rows[i] * dim + column;
      a0 += values[at];
      a1 += values[at + 1];
      a2 += values[at + 2];
      a3 += values[at + 3];
      a4 += values[at + 4];
      a5 += values[at + 5];
      a6 += values[at + 6];
      a7 += values[at + 7];
      b0 += values[at + 8];
      b1 += values[at + 9];
      b2 += values[at + 10];
      b3 += values[at + 11];
      b4 += values[at + 12];
      b5 += values[at + 13];
      b6 += values[at + 14];
      b7 += values[at + 15];
    }
    out[column] = a0;
    out[column + 1] = a1;
    out[column + 2] = a2;
    out[column + 3] = a3;
    out[column + 4] = a4;
    out[column + 5] = a5;
    out[column + 6] = a6;
    out[column + 7] = a7;
    out[column + 8] = b0;
    out[column + 9] = b1;
    out[column + 10] = b2;
    out[column + 11] = b3;
    out[column + 12] = b4;
    out[column + 13] = b5;
    out[column + 14] = b6;
    out[column + 15] = b7;
  }

  @Override
  public float dot(int row, float[] vector) {
    return dot(values, row * dim, vector, dim);
  }

  /// The product of `a [from, from + dim)` and `b [0, dim)`, in four chains.
  static float dot(float[] a, int from, float[] b, int dim) {
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int j = 0;
    for (; j <= dim - 4; j += 4) {
      s0 += a[from + j] * b[j];
      s1 += a[from + j + 1] * b[j + 1];
      s2 += a[from + j + 2] * b[j + 2];
      s3 += a[from + j + 3] * b[j + 3];
    }
    for (; j < dim; j++) {
      s0 += a[from + j] * b[j];
    }
    return (s0 + s1) + (s2 + s3);
  }

  @Override
  public Dense reordered(int kept, int[] order) {
    var moved = new float[(kept + order.length) * dim];
    System.arraycopy(values, 0, moved, 0, kept * dim);
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(values, order[i] * dim, moved, (kept + i) * dim, dim);
    }
    return new Dense(kept + order.length, dim, moved);
  }
}
