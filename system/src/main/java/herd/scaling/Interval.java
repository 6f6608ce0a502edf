package herd.scaling;

import java.util.Arrays;

/// Where a number lies in 95 of 100 resamples.
/// @param low 2.5th percentile
/// @param middle median
/// @param high 97.5th percentile
public record Interval(double low, double middle, double high) {
  /// The interval of some values; NaN ones do not count.
  public static Interval of(double[] values) {
    double[] sorted =
        Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
    if (sorted.length == 0) {
      return new Interval(Double.NaN, Double.NaN, Double.NaN);
    }
    return new Interval(at(sorted, 0.025), at(sorted, 0.5), at(sorted, 0.975));
  }

  /// Between two values linear.
  private static double at(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
