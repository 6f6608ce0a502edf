package herd.engine.tensor;

import static herd.engine.tensor.Exp.sum;
import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.get;
import static herd.engine.tensor.Floats.load;
import static herd.engine.tensor.Floats.put;
import static herd.engine.tensor.Floats.zero;

/// `y = x wᵀ` for few rows of `x`, as in decoding: each row of `w` is read from memory once and
/// never copied.
final class Narrow {
  /// Rows of `w` taken together.
  static final int COLUMNS = 4;

  private Narrow() {}

  /// Columns `from … to` of `y [rows, out]`.
  static void linear(long y, long x, long w, int rows, int in, int out, int from, int to) {
    for (int o = from; o < to; o += COLUMNS) {
      int columns = Math.min(COLUMNS, to - o);
      long wAt = w + 4L * o * in;
      int t = 0;
      for (; t + 2 <= rows; t += 2) {
        long yAt = y + 4L * ((long) t * out + o);
        two(yAt, 4L * out, x + 4L * t * in, wAt, in, columns);
      }
      if (t < rows) {
        one(y + 4L * ((long) t * out + o), x + 4L * t * in, wAt, in, columns);
      }
    }
  }

  private static void one(long y, long x, long w, int in, int columns) {
    long w1 = w + 4L * in * Math.min(1, columns - 1);
    long w2 = w + 4L * in * Math.min(2, columns - 1);
    long w3 = w + 4L * in * Math.min(3, columns - 1);
    var s0 = zero();
    var s1 = zero();
    var s2 = zero();
    var s3 = zero();
    int whole = Floats.whole(in);
    for (int i = 0; i < whole; i += LANES) {
      var a = load(x + 4L * i);
      s0 = load(w + 4L * i).fma(a, s0);
      s1 = load(w1 + 4L * i).fma(a, s1);
      s2 = load(w2 + 4L * i).fma(a, s2);
      s3 = load(w3 + 4L * i).fma(a, s3);
    }
    finish(y, columns, sum(s0), sum(s1), sum(s2), sum(s3), x, w, in);
  }

  private static void two(long y, long yRow, long x, long w, int in, int columns) {
    long x1 = x + 4L * in;
    long w1 = w + 4L * in * Math.min(1, columns - 1);
    long w2 = w + 4L * in * Math.min(2, columns - 1);
    long w3 = w + 4L * in * Math.min(3, columns - 1);
    var s0 = zero();
    var s1 = zero();
    var s2 = zero();
    var s3 = zero();
    var t0 = zero();
    var t1 = zero();
    var t2 = zero();
    var t3 = zero();
    int whole = Floats.whole(in);
    for (int i = 0; i < whole; i += LANES) {
      var a = load(x + 4L * i);
      var b = load(x1 + 4L * i);
      var c = load(w + 4L * i);
      s0 = c.fma(a, s0);
      t0 = c.fma(b, t0);
      c = load(w1 + 4L * i);
      s1 = c.fma(a, s1);
      t1 = c.fma(b, t1);
      c = load(w2 + 4L * i);
      s2 = c.fma(a, s2);
      t2 = c.fma(b, t2);
      c = load(w3 + 4L * i);
      s3 = c.fma(a, s3);
      t3 = c.fma(b, t3);
    }
    finish(y, columns, sum(s0), sum(s1), sum(s2), sum(s3), x, w, in);
    finish(y + yRow, columns, sum(t0), sum(t1), sum(t2), sum(t3), x1, w, in);
  }

  private static void finish(
      long y, int columns, float s0, float s1, float s2, float s3, long x, long w, int in) {
    put(y, s0 + rest(x, w, in));
    if (columns > 1) {
      put(y + 4, s1 + rest(x, w + 4L * in, in));
    }
    if (columns > 2) {
      put(y + 8, s2 + rest(x, w + 8L * in, in));
    }
    if (columns > 3) {
      put(y + 12, s3 + rest(x, w + 12L * in, in));
    }
  }

  /// The products beyond the last whole vector.
  private static float rest(long x, long w, int in) {
    float sum = 0;
    for (int i = Floats.whole(in); i < in; i++) {
      sum = Math.fma(get(x + 4L * i), get(w + 4L * i), sum);
    }
    return sum;
  }
}
