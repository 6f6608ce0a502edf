package herd.scaling;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/// The lowest point of a function of a few variables, by the simplex of Nelder and Mead, begun
/// anew where it ends until that gains nothing.
final class Minimizer {
  private static final int ROUNDS = 40;

  private Minimizer() {}

  /// @param start where to begin
  /// @param steps the size of the first simplex
  static double[] minimize(ToDoubleFunction<double[]> f, double[] start, double[] steps) {
    double[] best = start.clone();
    double value = f.applyAsDouble(best);
    for (int round = 0; round < ROUNDS; round++) {
      double[] next = simplex(f, best, steps);
      double nextValue = f.applyAsDouble(next);
      boolean done = !(nextValue < value - 1e-15 * Math.abs(value));
      if (nextValue <= value) {
        best = next;
        value = nextValue;
      }
      if (done && round > 1) {
        break;
      }
    }
    return best;
  }

  private static double[] simplex(ToDoubleFunction<double[]> f, double[] start, double[] steps) {
    int n = start.length;
    var points = new double[n + 1][];
    var values = new double[n + 1];
    for (int i = 0; i <= n; i++) {
      points[i] = start.clone();
      if (i > 0) {
        points[i][i - 1] += steps[i - 1];
      }
      values[i] = f.applyAsDouble(points[i]);
    }
    for (int step = 0; step < 400 * n; step++) {
      sort(points, values);
      if (Math.abs(values[n] - values[0]) <= 1e-16 * (Math.abs(values[0]) + 1e-300)
          && spread(points) < 1e-12) {
        break;
      }
      improve(f, points, values);
    }
    sort(points, values);
    return points[0];
  }

  private static void improve(ToDoubleFunction<double[]> f, double[][] points, double[] values) {
    int n = points.length - 1;
    var middle = new double[n];
    for (int i = 0; i < n; i++) {
      for (int d = 0; d < n; d++) {
        middle[d] += points[i][d] / n;
      }
    }
    double[] mirrored = between(middle, points[n], -1);
    double value = f.applyAsDouble(mirrored);
    if (value < values[0]) {
      double[] farther = between(middle, points[n], -2);
      double far = f.applyAsDouble(farther);
      points[n] = far < value ? farther : mirrored;
      values[n] = Math.min(far, value);
    } else if (value < values[n - 1]) {
      points[n] = mirrored;
      values[n] = value;
    } else {
      boolean outside = value < values[n];
      double[] nearer = between(middle, points[n], outside ? -0.5 : 0.5);
      double near = f.applyAsDouble(nearer);
      if (near < Math.min(value, values[n])) {
        points[n] = nearer;
        values[n] = near;
        return;
      }
      for (int i = 1; i <= n; i++) {
        points[i] = between(points[0], points[i], 0.5);
        values[i] = f.applyAsDouble(points[i]);
      }
    }
  }

  private static double[] between(double[] from, double[] to, double share) {
    var out = new double[from.length];
    Arrays.setAll(out, d -> from[d] + share * (to[d] - from[d]));
    return out;
  }

  private static double spread(double[][] points) {
    double most = 0;
    for (double[] point : points) {
      for (int d = 0; d < point.length; d++) {
        most = Math.max(most, Math.abs(point[d] - points[0][d]) / (1 + Math.abs(points[0][d])));
      }
    }
    return most;
  }

  private static void sort(double[][] points, double[] values) {
    for (int i = 1; i < values.length; i++) {
      for (int j = i; j > 0 && !(values[j - 1] <= values[j]); j--) {
        double value = values[j];
        values[j] = values[j - 1];
        values[j - 1] = value;
        double[] point = points[j];
        points[j] = points[j - 1];
        points[j - 1] = point;
      }
    }
  }
}
