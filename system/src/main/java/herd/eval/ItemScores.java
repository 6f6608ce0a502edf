package herd.eval;

import java.util.Arrays;

/// The scores of one model on the items of one measure. The measure's value is the ratio of the
/// sums: with all denominators 1 it is a mean, with bytes as denominators bits per byte.
/// @param numerators one for each item
/// @param denominators one for each item
record ItemScores(double[] numerators, double[] denominators) {
  ItemScores {
    if (numerators.length != denominators.length || numerators.length == 0) {
      throw new IllegalArgumentException(numerators.length + " items");
    }
  }

  /// A mean over items.
  static ItemScores mean(double... scores) {
    var ones = new double[scores.length];
    Arrays.fill(ones, 1);
    return new ItemScores(scores, ones);
  }

  /// The scores of some of the items.
  ItemScores only(int... items) {
    return new ItemScores(
        Arrays.stream(items).mapToDouble(i -> numerators[i]).toArray(),
        Arrays.stream(items).mapToDouble(i -> denominators[i]).toArray());
  }

  int items() {
    return numerators.length;
  }

  double value() {
    double above = 0;
    double below = 0;
    for (int i = 0; i < numerators.length; i++) {
      above += numerators[i];
      below += denominators[i];
    }
    return above / below;
  }
}
