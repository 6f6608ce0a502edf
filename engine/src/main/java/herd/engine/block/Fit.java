package herd.engine.block;

import java.util.Arrays;

/// Finds the scale, or the scale and the least number, with which small whole numbers come closest
/// to floats: the weighted sum of squared errors counts. Each of many roundings is judged by the
/// scale that is best for it (linear least squares), and the best one is rounded anew with its own
/// scale until nothing is gained.
final class Fit {
  private static final float STEP = 0.1f; // of the largest whole number, between two roundings
  private static final int STEPS = 9; // to either side
  private static final int REPEATS = 6;
  private static final float ROUND = 12_582_912f; // 1.5 * 2^23: adding it leaves whole numbers

  private final float[] weights;
  private float scale;
  private float least;
  private double error;

  /// @param values in a block; all weigh the same until [#weigh] says otherwise
  Fit(int values) {
    weights = new float[values];
    Arrays.fill(weights, 1);
  }

  /// The weights of a block whose first number has `index` in its tensor.
  /// @param importance weight of each column of a row, null for all the same
  void weigh(float[] importance, long index) {
    if (importance == null) {
      return;
    }
    int column = (int) (index % importance.length);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = importance[column];
      sum += weights[i];
      column = column + 1 == importance.length ? 0 : column + 1;
    }
    if (!(sum > 0) || sum == Double.POSITIVE_INFINITY) {
      Arrays.fill(weights, 1);
    }
  }

  float weight(int index) {
    return weights[index];
  }

  /// What a step of one means.
  float scale() {
    return scale;
  }

  /// What zero means.
  float least() {
    return least;
  }

  /// The number of the largest absolute value, the first of several.
  static float most(float[] x) {
    return most(x, 0, x.length);
  }

  private static float most(float[] x, int from, int n) {
    float most = 0;
    for (int i = from; i < from + n; i++) {
      if (Math.abs(x[i]) > Math.abs(most)) {
        most = x[i];
      }
    }
    return most;
  }

  /// Nearest whole number from `low` to `high`.
  static float whole(float x, float low, float high) {
    return Math.max(low, Math.min(high, x)) + ROUND - ROUND;
  }

  /// The least number becomes 0, the largest `levels`.
  void ends(float[] x, int levels) {
    float low = x[0];
    float high = x[0];
    for (float value : x) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    scale = (high - low) / levels;
    least = low;
  }

  /// The scale of `x[i] ≈ scale * q`, `low <= q <= high`; may be negative, 0 for zeros.
  float symmetric(float[] x, int from, int n, int low, int high) {
    float most = most(x, from, n);
    scale = 0;
    error = Double.POSITIVE_INFINITY;
    if (most == 0) {
      return 0;
    }
    for (float top : new float[] {low, high}) {
      for (int step = -STEPS; step <= STEPS; step++) {
        trySymmetric(x, from, n, low, high, (top + step * STEP) / most);
      }
    }
    for (int repeat = 0; repeat < REPEATS && scale != 0; repeat++) {
      if (!trySymmetric(x, from, n, low, high, 1 / scale)) {
        break;
      }
    }
    return scale;
  }

  private boolean trySymmetric(float[] x, int from, int n, float low, float high, float inverse) {
    float xx = 0;
    float xq = 0;
    float qq = 0;
    for (int i = from; i < from + n; i++) {
      float q = whole(x[i] * inverse, low, high);
      float w = weights[i];
      xx += w * x[i] * x[i];
      xq += w * x[i] * q;
      qq += w * q * q;
    }
    if (qq == 0) {
      return false;
    }
    return better(xx - (double) xq * xq / qq, xq / qq, 0);
  }

  /// Sets [#scale] and [#least] of `x[i] ≈ scale * q + least`, `0 <= q <= levels`.
  /// @param offset whether `least` must not be over 0
  void affine(float[] x, int from, int n, int levels, boolean offset) {
    float low = x[from];
    float high = x[from];
    for (int i = from; i < from + n; i++) {
      low = Math.min(low, x[i]);
      high = Math.max(high, x[i]);
    }
    low = offset ? Math.min(low, 0) : low;
    high = offset ? Math.max(high, 0) : high;
    scale = 0;
    least = low;
    error = Double.POSITIVE_INFINITY;
    if (high == low) {
      return;
    }
    for (int step = -STEPS; step <= STEPS; step++) {
      tryAffine(x, from, n, levels, offset, (levels + step * STEP) / (high - low), low);
    }
    for (int repeat = 0; repeat < REPEATS && scale > 0; repeat++) {
      if (!tryAffine(x, from, n, levels, offset, 1 / scale, least)) {
        break;
      }
    }
  }

  private boolean tryAffine(
      float[] x, int from, int n, float levels, boolean offset, float inverse, float low) {
    float w1 = 0;
    float wx = 0;
    float xx = 0;
    float wq = 0;
    float qq = 0;
    float xq = 0;
    for (int i = from; i < from + n; i++) {
      float q = whole((x[i] - low) * inverse, 0, levels);
      float w = weights[i];
      w1 += w;
      wx += w * x[i];
      xx += w * x[i] * x[i];
      wq += w * q;
      qq += w * q * q;
      xq += w * x[i] * q;
    }
    double determinant = (double) w1 * qq - (double) wq * wq;
    if (!(determinant > 0)) {
      return false;
    }
    double s = ((double) w1 * xq - (double) wx * wq) / determinant;
    double m = ((double) qq * wx - (double) wq * xq) / determinant;
    if (offset && m > 0) {
      m = 0;
      s = xq / qq;
    }
    double sum = xx - 2 * s * xq - 2 * m * wx + s * s * qq + 2 * s * m * wq + m * m * w1;
    return s > 0 && better(sum, (float) s, (float) m);
  }

  private boolean better(double sum, float newScale, float newLeast) {
    if (!(sum < error)) {
      return false;
    }
    error = sum;
    scale = newScale;
    least = newLeast;
    return true;
  }
}
