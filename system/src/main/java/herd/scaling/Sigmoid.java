package herd.scaling;

/// `accuracy = chance + (top - chance) / (1 + exp(k (loss - x0)))`.
/// @param error root of the mean squared residual
public record Sigmoid(double chance, double k, double x0, double top, double error) {
  private static final double LEAST_K = 0.01;
  private static final double MOST_K = 50;
  private static final double MOST_X0 = 10;

  /// The accuracy at a loss.
  public double at(double loss) {
    return chance + (top - chance) * share(k, x0, loss);
  }

  private static double share(double k, double x0, double loss) {
    return 1 / (1 + Math.exp(k * (loss - x0)));
  }

  /// Least squares with `0.01 <= k <= 50`, `0 <= x0 <= 10`, `chance + 0.01 <= top <= 1`.
  static Sigmoid fit(double[] loss, double[] accuracy, double chance) {
    double[] best = null;
    double value = Double.POSITIVE_INFINITY;
    for (double k : new double[] {0.5, 2, 5, 12, 30}) {
      for (double x0 = 0.25; x0 < MOST_X0; x0 += 0.5) {
        double found = squares(k, x0, loss, accuracy, chance);
        if (found < value) {
          value = found;
          best = new double[] {Math.log(k), x0};
        }
      }
    }
    double[] end = Minimizer.minimize(
        p -> squares(Math.exp(p[0]), p[1], loss, accuracy, chance), best, new double[] {0.3, 0.2});
    double k = Math.clamp(Math.exp(end[0]), LEAST_K, MOST_K);
    double x0 = Math.clamp(end[1], 0, MOST_X0);
    double error = Math.sqrt(squares(k, x0, loss, accuracy, chance) / loss.length);
    return new Sigmoid(chance, k, x0, top(k, x0, loss, accuracy, chance), error);
  }

  /// For given `k` and `x0` the best top is that of a line through chance.
  private static double top(double k, double x0, double[] loss, double[] accuracy, double chance) {
    double above = 0;
    double below = 0;
    for (int i = 0; i < loss.length; i++) {
      double share = share(k, x0, loss[i]);
      above += share * (accuracy[i] - chance);
      below += share * share;
    }
    return Math.clamp(chance + (below > 0 ? above / below : 0), chance + 0.01, 1);
  }

  private static double squares(
      double k, double x0, double[] loss, double[] accuracy, double chance) {
    if (!(k >= LEAST_K && k <= MOST_K && x0 >= 0 && x0 <= MOST_X0)) {
      return Double.POSITIVE_INFINITY;
    }
    double top = top(k, x0, loss, accuracy, chance);
    double sum = 0;
    for (int i = 0; i < loss.length; i++) {
      double residual = chance + (top - chance) * share(k, x0, loss[i]) - accuracy[i];
      sum += residual * residual;
    }
    return sum;
  }
}
