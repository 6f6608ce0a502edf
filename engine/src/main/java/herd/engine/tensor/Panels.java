package herd.engine.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.SPECIES;
import static herd.engine.tensor.Floats.get;
import static herd.engine.tensor.Floats.load;
import static herd.engine.tensor.Floats.put;
import static herd.engine.tensor.Floats.store;

/// Brings pieces of a matrix into the order in which a tile reads them: step after step, each a row
/// of `width` numbers,
/// zero beyond the matrix.
final class Panels {
  private static final VectorShuffle<Float> SWAP_1 = swap(1);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final VectorMask<Float> ODD_1 = odd(1);
  private static final VectorMask<Float> ODD_2 = odd(2);
  private static final VectorMask<Float> ODD_4 = odd(4);
  private static final VectorMask<Float> ODD_8 = odd(8);

  private Panels() {}

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(SPECIES, i -> (i ^ distance) & (LANES - 1));
  }

  private static VectorMask<Float> odd(int distance) {
    var lanes = new boolean[LANES];
    for (int i = 0; i < LANES; i++) {
      lanes[i] = (i & distance) != 0;
    }
    return VectorMask.fromArray(SPECIES, lanes, 0);
  }

  /// One panel of a matrix whose steps follow each other: `steps` of each of `count` columns, which
  /// are `column` bytes apart, change places; zero up to `width`.
  static void transpose(long to, int width, long from, long column, int steps, int count) {
    put(to, touch(from, column, steps, count));
    for (int j = 0; j < width; j += LANES) {
      long rows = from + j * column;
      if (j + LANES > count) {
        gather(to + 4L * j, width, rows, column, 0, steps, count - j);
        continue;
      }
      int whole = Floats.whole(steps);
      for (int k = 0; k < whole; k += LANES) {
        transpose(to + 4L * (k * (long) width + j), 4L * width, rows + 4L * k, column);
      }
      gather(to + 4L * j, width, rows, column, whole, steps, LANES);
    }
  }

  /// Reads a number of each cache line in the order of memory: the processor then fetches
  /// ahead, which it does not when sixteen rows are read at once.
  private static float touch(long from, long column, int steps, int count) {
    float sum = 0;
    for (int j = 0; j < count; j++) {
      for (int k = 0; k < steps; k += 16) {
        sum += get(from + j * column + 4L * k);
      }
    }
    return sum;
  }

  /// All panels of `steps` rows of `count` numbers, which are rows `first …` of panels of
  /// `panelSteps`.
  static void copy(
      long panels,
      int width,
      int panelSteps,
      int first,
      long from,
      long row,
      int steps,
      int count) {
    for (int k = 0; k < steps; k++) {
      for (int j = 0; j < count; j += width) {
        long to = panels + 4L * (j * (long) panelSteps + (first + k) * (long) width);
        copy(to, width, from + k * row + 4L * j, 0, 1, Math.min(width, count - j));
      }
    }
  }

  /// Rows of `count` numbers, `row` bytes apart, to rows of `width`, zero beyond.
  static void copy(long to, int width, long from, long row, int rows, int count) {
    int whole = Floats.whole(count);
    for (int k = 0; k < rows; k++) {
      long source = from + k * row;
      long target = to + 4L * k * width;
      for (int j = 0; j < whole; j += LANES) {
        store(target + 4L * j, load(source + 4L * j));
      }
      for (int j = whole; j < width; j++) {
        put(target + 4L * j, j < count ? get(source + 4L * j) : 0);
      }
    }
  }

  /// Copies `rows` rows of `count` numbers into an array, `stride` apart.
  static void copyRows(float[] to, int stride, long from, long row, int rows, int count) {
    int whole = Floats.whole(count);
    for (int r = 0; r < rows; r++) {
      long source = from + r * row;
      int target = r * stride;
      for (int j = 0; j < whole; j += LANES) {
        load(source + 4L * j).intoArray(to, target + j);
      }
      for (int j = whole; j < count; j++) {
        to[target + j] = get(source + 4L * j);
      }
    }
  }

  /// One vector's columns, number by number; those from `count` on are zero.
  private static void gather(
      long to, int width, long from, long column, int firstStep, int steps, int count) {
    for (int k = firstStep; k < steps; k++) {
      for (int j = 0; j < LANES; j++) {
        put(to + 4L * (k * (long) width + j), j < count ? get(from + 4L * k + j * column) : 0);
      }
    }
  }

  /// Writes the transpose of a square of `LANES` rows, `row` bytes apart, to rows `toRow` bytes
  /// apart: numbers change
  /// places at distances 8 and 4, then 2 and 1. The target holds what lies between.
  private static void transpose(long to, long toRow, long from, long row) {
    switch (LANES) {
      case 16 -> {
        for (int i = 0; i < 4; i++) {
          far16(to + i * toRow, toRow, from + i * row, row);
        }
      }
      case 8 -> {
        for (int i = 0; i < 4; i++) {
          far8(to + i * toRow, toRow, from + i * row, row);
        }
      }
      default -> {
        for (int i = 0; i < LANES; i++) {
          store(to + i * toRow, load(from + i * row));
        }
      }
    }
    if (LANES >= 4) {
      for (int i = 0; i < LANES; i += 4) {
        near(to + i * toRow, toRow);
      }
    } else {
      near2(to, toRow);
    }
  }

  private static void far16(long to, long toRow, long from, long row) {
    var r0 = load(from);
    var r1 = load(from + 4 * row);
    var r2 = load(from + 8 * row);
    var r3 = load(from + 12 * row);
    var s0 = low(r0, r2, SWAP_8, ODD_8);
    var s2 = high(r0, r2, SWAP_8, ODD_8);
    var s1 = low(r1, r3, SWAP_8, ODD_8);
    var s3 = high(r1, r3, SWAP_8, ODD_8);
    store(to, low(s0, s1, SWAP_4, ODD_4));
    store(to + 4 * toRow, high(s0, s1, SWAP_4, ODD_4));
    store(to + 8 * toRow, low(s2, s3, SWAP_4, ODD_4));
    store(to + 12 * toRow, high(s2, s3, SWAP_4, ODD_4));
  }

  private static void far8(long to, long toRow, long from, long row) {
    var r0 = load(from);
    var r1 = load(from + 4 * row);
    store(to, low(r0, r1, SWAP_4, ODD_4));
    store(to + 4 * toRow, high(r0, r1, SWAP_4, ODD_4));
  }

  private static void near(long to, long toRow) {
    var r0 = load(to);
    var r1 = load(to + toRow);
    var r2 = load(to + 2 * toRow);
    var r3 = load(to + 3 * toRow);
    var s0 = low(r0, r2, SWAP_2, ODD_2);
    var s2 = high(r0, r2, SWAP_2, ODD_2);
    var s1 = low(r1, r3, SWAP_2, ODD_2);
    var s3 = high(r1, r3, SWAP_2, ODD_2);
    store(to, low(s0, s1, SWAP_1, ODD_1));
    store(to + toRow, high(s0, s1, SWAP_1, ODD_1));
    store(to + 2 * toRow, low(s2, s3, SWAP_1, ODD_1));
    store(to + 3 * toRow, high(s2, s3, SWAP_1, ODD_1));
  }

  private static void near2(long to, long toRow) {
    var r0 = load(to);
    var r1 = load(to + toRow);
    store(to, low(r0, r1, SWAP_1, ODD_1));
    store(to + toRow, high(r0, r1, SWAP_1, ODD_1));
  }

  private static FloatVector low(
      FloatVector a, FloatVector b, VectorShuffle<Float> swap, VectorMask<Float> odd) {
    return a.blend(b.rearrange(swap), odd);
  }

  private static FloatVector high(
      FloatVector a, FloatVector b, VectorShuffle<Float> swap, VectorMask<Float> odd) {
    return a.rearrange(swap).blend(b, odd);
  }
}
