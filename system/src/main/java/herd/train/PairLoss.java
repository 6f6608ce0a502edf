package herd.train;

/// A loss of the difference between a better and a worse answer; value and slope in one method, so
/// that neither changes alone.
public sealed interface PairLoss {
  /// Loss and its derivative.
  record At(double value, double slope) {}

  /// Loss at `margin`: how much the better answer is ahead.
  At at(double margin);

  /// DPO (Rafailov et al. 2023, equation 7): `-log sigmoid(beta * margin)`.
  record Dpo(double beta) implements PairLoss {
    @Override
    public At at(double margin) {
      double z = beta * margin;
      return new At(softplus(-z), -beta * sigmoid(-z));
    }
  }

  /// Bradley-Terry without a margin term (Llama 3 paper, section 4.1.2): `-log sigmoid(margin)`.
  record Ranking() implements PairLoss {
    @Override
    public At at(double margin) {
      return new At(softplus(-margin), -sigmoid(-margin));
    }
  }

  /// `log(1 + exp(x))`, without overflow for large and underflow for small `x`.
  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double sigmoid(double x) {
    double e = Math.exp(-Math.abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
  }
}
