package herd.eval;

import java.util.Arrays;
import java.util.SplittableRandom;

/// 95% intervals by resampling items with replacement (Llama 3 paper, section 5.1.1 gives every
/// figure one). Differences between two models are paired: both are taken on the same resampled
/// items, so that what makes an item hard for both cancels.
/// @param resamples how many, 10,000 is usual
/// @param seed of the choices
record Bootstrap(int resamples, long seed) {
  /// @param low 2.5th percentile
  /// @param high 97.5th percentile
  record Interval(double value, double low, double high, int items) {
    /// Whether the interval leaves out 0: a difference that is more than chance.
    boolean outside() {
      return low > 0 || high < 0;
    }
  }

  Interval interval(ItemScores scores) {
    var zero = new ItemScores(new double[scores.items()], scores.denominators());
    return difference(zero, scores);
  }

  /// `to` minus `from`.
  Interval difference(ItemScores from, ItemScores to) {
    int n = from.items();
    if (to.items() != n) {
      throw new IllegalArgumentException(n + " items and " + to.items());
    }
    var random = new SplittableRandom(seed);
    var values = new double[resamples];
    for (int r = 0; r < resamples; r++) {
      double aboveFrom = 0;
      double belowFrom = 0;
      double aboveTo = 0;
      double belowTo = 0;
      for (int i = 0; i < n; i++) {
        int at = random.nextInt(n);
        aboveFrom += from.numerators()[at];
        belowFrom += from.denominators()[at];
        aboveTo += to.numerators()[at];
        belowTo += to.denominators()[at];
      }
      values[r] = aboveTo / belowTo - aboveFrom / belowFrom;
    }
    Arrays.sort(values);
    int tail = (int) Math.floor(0.025 * resamples);
    return new Interval(to.value() - from.value(), values[tail], values[resamples - 1 - tail], n);
  }
}
