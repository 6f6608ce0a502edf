package herd.data.fasttext;

import java.util.Arrays;

/// A matrix as codes: each row is cut into parts of `partDim` numbers (the last may be
/// shorter), and a part is the nearest of 256 centroids. Lengths of rows may have a code of
/// their own.
/// @param codes `[rows * parts]`
/// @param centroids `[parts][256][partDim]`, of the last part `[256][dim % partDim or partDim]`
/// @param lengths code of each row's length; null where rows are coded with their length
/// @param lengthCentroids `[256]`, or null
record Quantised(
    int rows,
    int dim,
    int partDim,
    byte[] codes,
    float[] centroids,
    byte[] lengths,
    float[] lengthCentroids)
    implements Matrix {
  /// Codes are bytes.
  static final int CENTROIDS = 256;

  int parts() {
    return (dim + partDim - 1) / partDim;
  }

  private float length(int row) {
    return lengths == null ? 1 : lengthCentroids[lengths[row] & 0xff];
  }

  /// Adds a row to `out` from `at` on.
  private void add(int row, float[] out, int at) {
    float length = length(row);
    int parts = parts();
    int code = row * parts;
    for (int part = 0; part < parts; part++) {
      int first = part * partDim;
      int size = Math.min(partDim, dim - first);
      int from = first * CENTROIDS + (codes[code + part] & 0xff) * size;
      for (int j = 0; j < size; j++) {
        out[at + first + j] += length * centroids[from + j];
      }
    }
  }

  @Override
  public void sum(int[] rows, int count, float[] out) {
    Arrays.fill(out, 0, dim, 0);
    for (int i = 0; i < count; i++) {
      add(rows[i], out, 0);
    }
  }

  @Override
  public float dot(int row, float[] vector) {
    int parts = parts();
    int code = row * parts;
    float sum = 0;
    for (int part = 0; part < parts; part++) {
      int first = part * partDim;
      int size = Math.min(partDim, dim - first);
      int from = first * CENTROIDS + (codes[code + part] & 0xff) * size;
      for (int j = 0; j < size; j++) {
        sum += vector[first + j] * centroids[from + j];
      }
    }
    return sum * length(row);
  }

  /// All rows as floats.
  Dense decoded() {
    var values = new float[rows * dim];
    for (int row = 0; row < rows; row++) {
      add(row, values, row * dim);
    }
    return new Dense(rows, dim, values);
  }

  @Override
  public Quantised reordered(int kept, int[] order) {
    int parts = parts();
    int size = kept + order.length;
    var moved = Arrays.copyOf(codes, size * parts);
    var movedLengths = lengths == null ? null : Arrays.copyOf(lengths, size);
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(codes, order[i] * parts, moved, (kept + i) * parts, parts);
      if (movedLengths != null) {
        movedLengths[kept + i] = lengths[order[i]];
      }
    }
    return new Quantised(size, dim, partDim, moved, centroids, movedLengths, lengthCentroids);
  }
}
