package herd.scaling;

import java.util.Arrays;
import java.util.List;

/// Losses of one kind of text by FLOPs, for models trained on several mixes: `floor + factor *
/// (C / scale)^-exponent`, where what the text allows at best and how fast it is approached are
/// the same for all mixes, and each mix has a factor of its own.
/// @param scale FLOPs at which a loss is `floor + factor`
/// @param factors in the order of the mixes
public record MixLaw(double floor, double exponent, double scale, double[] factors) {
  /// A measured model.
  /// @param mix counted from 0
  public record Point(int mix, double flops, double loss) {}

  /// Least squares of relative errors, from several starting points.
  /// @param mixes how many
  public static MixLaw fit(List<Point> points, int mixes) {
    double scale = points.stream().mapToDouble(Point::flops).max().orElseThrow();
    double least = points.stream().mapToDouble(Point::loss).min().orElseThrow();
    double[] best = null;
    double value = Double.POSITIVE_INFINITY;
    for (double share : new double[] {0.3, 0.6, 0.9}) {
      for (double exponent : new double[] {0.1, 0.25}) {
        double[] end = Minimizer.minimize(
            p -> error(law(p, points, mixes, scale, least), points),
            new double[] {Math.log(share / (1 - share)), Math.log(exponent)},
            new double[] {0.3, 0.3});
        double found = error(law(end, points, mixes, scale, least), points);
        if (found < value) {
          value = found;
          best = end;
        }
      }
    }
    return law(best, points, mixes, scale, least);
  }

  /// @param p the floor as a share of the least loss (its logit), ln of the exponent
  private static MixLaw law(double[] p, List<Point> points, int mixes, double scale, double least) {
    double floor = least / (1 + Math.exp(-p[0]));
    double exponent = Math.exp(p[1]);
    var above = new double[mixes];
    var below = new double[mixes];
    for (var point : points) {
      double x = Math.pow(point.flops / scale, -exponent);
      above[point.mix] += x * (point.loss - floor);
      below[point.mix] += x * x;
    }
    var factors = new double[mixes];
    Arrays.setAll(factors, m -> above[m] / below[m]);
    return new MixLaw(floor, exponent, scale, factors);
  }

  private static double error(MixLaw law, List<Point> points) {
    double sum = 0;
    for (var point : points) {
      double residual = law.at(point.mix, point.flops) / point.loss - 1;
      sum += residual * residual;
    }
    return Double.isFinite(sum) ? sum : Double.POSITIVE_INFINITY;
  }

  /// The loss that a model trained on a mix has.
  public double at(int mix, double flops) {
    return floor + factors[mix] * Math.pow(flops / scale, -exponent);
  }
}
