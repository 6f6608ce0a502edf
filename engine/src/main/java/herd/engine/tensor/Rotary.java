package herd.engine.tensor;

/// Rotary position embedding (RoFormer; Llama 3 paper, section 3.2, base 500,000): pair `(j, j +
/// headDim / 2)` of a head is turned by `position * frequency[j]`. Angles are computed in double,
/// so that far positions stay exact.
/// @param frequencies radians per position, one for each of the `headDim / 2` pairs
public record Rotary(double[] frequencies) {
  /// Llama 3.1's stretching of the slow frequencies.
  /// @param factor by which the longest waves are stretched (8 in Llama 3.1, 32 in 3.2)
  /// @param low waves longer than `original / low` positions are stretched by the full factor
  /// @param high waves shorter than `original / high` positions are left alone
  /// @param original positions that the model was trained on before stretching
  public record Scaling(double factor, double low, double high, int original) {
    /// All waves stretched alike: positions divided by the factor (arXiv 2306.15595).
    public static Scaling linear(double factor) {
      return new Scaling(factor, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 1);
    }
  }

  /// @param scaling null for none
  public static Rotary of(int headDim, double base, Scaling scaling) {
    var frequencies = new double[headDim / 2];
    for (int j = 0; j < frequencies.length; j++) {
      double frequency = Math.pow(base, -2.0 * j / headDim);
      frequencies[j] = scaling == null ? frequency : stretched(frequency, scaling);
    }
    return new Rotary(frequencies);
  }

  private static double stretched(double frequency, Scaling s) {
    double wave = 2 * Math.PI / frequency;
    if (wave < s.original() / s.high()) {
      return frequency;
    }
    if (wave > s.original() / s.low()) {
      return frequency / s.factor();
    }
    double smooth = (s.original() / wave - s.low()) / (s.high() - s.low());
    return (1 - smooth) * frequency / s.factor() + smooth * frequency;
  }

  /// Numbers in one head.
  public int headDim() {
    return 2 * frequencies.length;
  }
}
