package herd.scaling;

/// `y = intercept + slope * x`.
/// @param r2 share of the variance of y that it explains
public record Line(double intercept, double slope, double r2) {
  /// The value at `x`.
  public double at(double x) {
    return intercept + slope * x;
  }

  /// The line of least squares; NaN where all `x` are equal.
  static Line fit(double[] x, double[] y) {
    int n = x.length;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      meanX += x[i] / n;
      meanY += y[i] / n;
    }
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (int i = 0; i < n; i++) {
      xx += (x[i] - meanX) * (x[i] - meanX);
      xy += (x[i] - meanX) * (y[i] - meanY);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    double slope = xx > 0 ? xy / xx : Double.NaN;
    return new Line(meanY - slope * meanX, slope, yy > 0 ? slope * xy / yy : 1);
  }
}
