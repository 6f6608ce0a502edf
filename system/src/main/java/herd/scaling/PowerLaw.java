package herd.scaling;

/// `y = factor * x^exponent`.
/// @param r2 share of the variance of ln y that it explains
public record PowerLaw(double factor, double exponent, double r2) {
  /// What the Llama 3 paper found for the best number of tokens by FLOPs: the exponent that gives
  /// its 16.55T tokens at 3.8e25 FLOPs with its factor 0.29; printed, rounded, is 0.53, which
  /// gives 10.5T.
  public static final PowerLaw LLAMA3 = new PowerLaw(0.29, 0.5378, Double.NaN);

  /// The value at `x`.
  public double at(double x) {
    return factor * Math.pow(x, exponent);
  }

  /// The least-squares line through (ln x, ln y).
  static PowerLaw fit(double[] x, double[] y) {
    var logX = new double[x.length];
    var logY = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      logX[i] = Math.log(x[i]);
      logY[i] = Math.log(y[i]);
    }
    var line = Line.fit(logX, logY);
    return new PowerLaw(Math.exp(line.intercept()), line.slope(), line.r2());
  }
}
