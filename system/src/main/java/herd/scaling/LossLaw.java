package herd.scaling;

import herd.engine.UserError;
import java.util.List;

/// `loss = floor + a / params^alpha + b / tokens^beta` (Chinchilla, approach 3).
/// @param error Huber loss of the logarithms that is left, summed; NaN if it was not fitted here
public record LossLaw(double floor, double a, double b, double alpha, double beta, double error) {
  /// The refit of Chinchilla's points by Besiroglu et al. (2024, arXiv 2404.10102).
  public static final LossLaw CHINCHILLA =
      new LossLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658, Double.NaN);

  /// Residuals of ln loss above this count only in proportion.
  private static final double DELTA = 1e-3;

  /// The loss of a run.
  public double at(double params, double tokens) {
    return floor + a * Math.pow(params, -alpha) + b * Math.pow(tokens, -beta);
  }

  /// The best number of parameters at a budget, with 6 FLOPs per parameter and token.
  public double params(double flops) {
    double g = Math.pow(alpha * a / (beta * b), 1 / (alpha + beta));
    return g * Math.pow(flops / 6, beta / (alpha + beta));
  }

  /// The best number of tokens at a budget, with 6 FLOPs per parameter and token.
  public double tokens(double flops) {
    return flops / 6 / params(flops);
  }

  /// Tokens with which a model of this size reaches a loss; infinite if it cannot.
  public double tokensFor(double params, double loss) {
    double left = loss - floor - a * Math.pow(params, -alpha);
    return left > 0 ? Math.pow(b / left, 1 / beta) : Double.POSITIVE_INFINITY;
  }

  /// Least Huber loss of ln loss, from many starting points.
  /// @throws UserError if there are fewer than six runs
  public static LossLaw fit(List<Run> runs) {
    return fit(runs, null);
  }

  /// As [#fit], from the one starting point `near`: for resamples.
  static LossLaw refit(List<Run> runs, LossLaw near) {
    return fit(runs, near);
  }

  private static LossLaw fit(List<Run> runs, LossLaw near) {
    if (runs.size() < 6) {
      throw new UserError("runs", "" + runs.size(), "6 or more for five constants", "Add runs.");
    }
    double[] n = runs.stream().mapToDouble(run -> Math.log(run.params())).toArray();
    double[] d = runs.stream().mapToDouble(run -> Math.log(run.tokens())).toArray();
    double[] l = runs.stream().mapToDouble(run -> Math.log(run.loss())).toArray();
    double least = runs.stream().mapToDouble(Run::loss).min().orElseThrow();
    double meanN = mean(n);
    double meanD = mean(d);
    double[] best = null;
    double value = Double.POSITIVE_INFINITY;
    if (near != null) {
      best = minimum(near.start(meanN, meanD), n, d, l, meanN, meanD);
      return of(best, error(best, n, d, l, meanN, meanD), meanN, meanD);
    }
    for (double share : new double[] {0.4, 0.7, 0.95}) {
      for (double alpha : new double[] {0.2, 0.4, 0.7}) {
        for (double beta : new double[] {0.2, 0.4, 0.7}) {
          double part = Math.log(least * (1.02 - share) / 2);
          double[] start = {Math.log(least * share), part, part, alpha, beta};
          double[] end = minimum(start, n, d, l, meanN, meanD);
          double found = error(end, n, d, l, meanN, meanD);
          if (found < value) {
            value = found;
            best = end;
          }
        }
      }
    }
    return of(best, value, meanN, meanD);
  }

  private static double[] minimum(
      double[] start, double[] n, double[] d, double[] l, double meanN, double meanD) {
    return Minimizer.minimize(
        p -> error(p, n, d, l, meanN, meanD), start, new double[] {0.1, 0.5, 0.5, 0.1, 0.1});
  }

  private double[] start(double meanN, double meanD) {
    return new double[] {
      Math.log(floor), Math.log(a) - alpha * meanN, Math.log(b) - beta * meanD, alpha, beta
    };
  }

  private static LossLaw of(double[] p, double value, double meanN, double meanD) {
    return new LossLaw(
        Math.exp(p[0]),
        Math.exp(p[1] + p[3] * meanN),
        Math.exp(p[2] + p[4] * meanD),
        p[3],
        p[4],
        value);
  }

  /// @param p ln floor, ln of both parts at the means, both exponents
  private static double error(
      double[] p, double[] n, double[] d, double[] l, double meanN, double meanD) {
    double sum = 0;
    for (int i = 0; i < l.length; i++) {
      double loss = Math.exp(p[0])
          + Math.exp(p[1] - p[3] * (n[i] - meanN))
          + Math.exp(p[2] - p[4] * (d[i] - meanD));
      double residual = Math.abs(Math.log(loss) - l[i]);
      sum += residual <= DELTA ? residual * residual / 2 : DELTA * (residual - DELTA / 2);
    }
    return Double.isNaN(sum) ? Double.POSITIVE_INFINITY : sum;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }
}
