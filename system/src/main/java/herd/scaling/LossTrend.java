package herd.scaling;

import java.util.List;

/// The best loss of each budget as a line over the logarithm of FLOPs, as the Llama 3 paper draws
/// it (section 3.2.1, figure 4, left). It knows no floor: good where the loss still falls by as
/// much with each doubling, wrong where it has begun to flatten.
/// @param line of loss over ln FLOPs
/// @param curvature of loss over ln tokens about the best number, mean of the budgets
/// @param budgets that it was fitted to
/// @param spread standard deviation of losses about the line
/// @param mean of ln FLOPs
/// @param square sum of their squared distances from the mean
public record LossTrend(
    Line line, double curvature, int budgets, double spread, double mean, double square) {
  /// Student's t beyond which 5 of 100 lie, for 1, 2, … degrees of freedom; behind them the last.
  private static final double[] T = {12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};

  private static final int LEAST = 3;

  /// @return null if there are fewer than three
  public static LossTrend fit(List<IsoFlop.Minimum> minima) {
    int n = minima.size();
    if (n < LEAST) {
      return null;
    }
    double[] x = minima.stream().mapToDouble(m -> Math.log(m.flops())).toArray();
    double[] y = minima.stream().mapToDouble(IsoFlop.Minimum::loss).toArray();
    var line = Line.fit(x, y);
    double mean = 0;
    for (double value : x) {
      mean += value / n;
    }
    double square = 0;
    double left = 0;
    for (int i = 0; i < n; i++) {
      square += (x[i] - mean) * (x[i] - mean);
      left += Math.pow(y[i] - line.at(x[i]), 2);
    }
    double curvature =
        minima.stream().mapToDouble(IsoFlop.Minimum::curvature).average().orElseThrow();
    return new LossTrend(line, curvature, n, Math.sqrt(left / (n - 2)), mean, square);
  }

  /// The loss of a run.
  /// @param best number of tokens at these FLOPs
  public double at(double flops, double tokens, double best) {
    double away = Math.log(tokens / best);
    return line.at(Math.log(flops)) + curvature * away * away;
  }

  /// Where a loss of `middle` lies in 95 of 100 cases, if the line goes on.
  public Interval interval(double flops, double middle) {
    double away = Math.log(flops) - mean;
    double wide = T[Math.min(budgets - 2, T.length) - 1]
        * spread
        * Math.sqrt(1 + 1.0 / budgets + away * away / square);
    return new Interval(middle - wide, middle, middle + wide);
  }

  /// By how much the loss falls with each doubling of FLOPs.
  public double perDoubling() {
    return -line.slope() * Math.log(2);
  }
}
