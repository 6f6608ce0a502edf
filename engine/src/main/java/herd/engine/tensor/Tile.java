package herd.engine.tensor;

import jdk.incubator.vector.FloatVector;

import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.load;
import static herd.engine.tensor.Floats.store;

/// The innermost block of a matrix product, held in registers: the sums over `steps` of a few rows
/// of `a` times a few
/// vectors of columns of `b`. Numbers of `a` are spread one by one, so `a` is an array; columns of
/// `b` are whole vectors,
/// so `b` lies aligned outside the heap.
///
/// The bodies use the JDK's methods without helpers of our own and few memory segments: beyond some
/// 18,000 nodes the
/// compiler stops inlining, and every vector becomes an object.
sealed interface Tile permits Tile8x3, Tile6x2 {
  /// Most rows of one tile.
  int rows();

  /// Most vectors in one row of a tile.
  int vectors();

  /// Numbers in one row of a tile.
  default int width() {
    return vectors() * LANES;
  }

  /// Overwrites `c [rows(), vectors * LANES]` with the product.
  /// @param c at least `rows() * width()` numbers
  /// @param a number of row `r` at step `k` is `a[at + r * row + k * step]`, for all [#rows()]
  /// rows: where fewer are
  /// wanted, what stands behind them is multiplied too, and is no more than wasted
  /// @param b address of the first step's columns, each step `bStep` bytes after the one before
  /// @param vectors 1 to [#vectors()]
  void multiply(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps, int vectors);

  /// Writes or adds the first `width` columns of a tile's result to rows `cRow` bytes apart.
  static void put(float[] tile, int vectors, long c, long cRow, int rows, int width, boolean add) {
    if (vectors == 3 && width == 3 * LANES) {
      putThree(tile, c, cRow, rows, add);
      return;
    }
    int whole = Floats.whole(width);
    for (int r = 0; r < rows; r++) {
      long to = c + r * cRow;
      int from = r * vectors * LANES;
      for (int j = 0; j < whole; j += LANES) {
        var sum = FloatVector.fromArray(Floats.SPECIES, tile, from + j);
        store(to + 4L * j, add ? load(to + 4L * j).add(sum) : sum);
      }
      for (int j = whole; j < width; j++) {
        float sum = tile[from + j];
        Floats.put(to + 4L * j, add ? Floats.get(to + 4L * j) + sum : sum);
      }
    }
  }

  private static void putThree(float[] tile, long c, long cRow, int rows, boolean add) {
    for (int r = 0; r < rows; r++) {
      int from = r * 3 * LANES;
      var v0 = FloatVector.fromArray(Floats.SPECIES, tile, from);
      var v1 = FloatVector.fromArray(Floats.SPECIES, tile, from + LANES);
      var v2 = FloatVector.fromArray(Floats.SPECIES, tile, from + 2 * LANES);
      if (add) {
        v0 = v0.add(load(c));
        v1 = v1.add(load(c + Floats.BYTES));
        v2 = v2.add(load(c + 2 * Floats.BYTES));
      }
      store(c, v0);
      store(c + Floats.BYTES, v1);
      store(c + 2 * Floats.BYTES, v2);
      c += cRow;
    }
  }

  /// The tile that fits this machine's registers: 32 vectors with AVX-512 and NEON, 16 with AVX2
  /// and SSE.
  static Tile best() {
    boolean many = LANES == 16 || System.getProperty("os.arch").equals("aarch64");
    return many ? new Tile8x3() : new Tile6x2();
  }
}
