package herd.engine.encoder;

/// The Gaussian error linear unit `x Φ(x)` (Hendrycks and Gimpel 2016). The normal distribution
/// function is Abramowitz and Stegun's 7.1.26, off by 1.5e-7 at most.
final class Gelu {
  private static final double ROOT_HALF = Math.sqrt(0.5);
  private static final double DENSITY = 1 / Math.sqrt(2 * Math.PI);

  private Gelu() {}

  static float value(float x) {
    return (float) (x * below(x, Math.exp(-0.5 * (double) x * x)));
  }

  static float slope(float x) {
    double bell = Math.exp(-0.5 * (double) x * x);
    return (float) (below(x, bell) + x * bell * DENSITY);
  }

  /// The share of a normal distribution below `x`; `bell` is `exp(-x² / 2)`.
  private static double below(double x, double bell) {
    double t = 1 / (1 + 0.3275911 * Math.abs(x) * ROOT_HALF);
    double series = t
        * (0.254829592
            + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    double tail = 0.5 * series * bell;
    return x >= 0 ? 1 - tail : tail;
  }
}
