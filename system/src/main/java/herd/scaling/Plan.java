package herd.scaling;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.List;

/// What to train with a budget (Llama 3 paper, section 3.2.1), and what a smaller model trained
/// for longer costs and saves when it is served: compute-optimal training ignores that every
/// served token costs 2 FLOPs per parameter.
/// @param flops the budget
/// @param tokens the best number of tokens
/// @param byPaper parameters by the paper's own count
/// @param bySix parameters by 6 FLOPs per parameter and token
public record Plan(double flops, double tokens, double bySix, double byPaper) {
  /// FLOPs per parameter and token that the paper's flagship comes to: 3.8e25 over 402B times
  /// 16.55T.
  public static final double PAPER_FLOPS = 3.8e25 / (402e9 * 16.55e12);

  /// FLOPs of one served token for each parameter.
  private static final double SERVING = 2;

  /// Plans a budget.
  /// @param law best tokens by FLOPs
  public static Plan of(double flops, PowerLaw law) {
    if (!(flops >= 1e12 && flops <= 1e32)) {
      throw new UserError("--flops", "" + flops, "1e12 to 1e32", "Check the budget.");
    }
    double tokens = law.at(flops);
    return new Plan(flops, tokens, flops / (6 * tokens), flops / (PAPER_FLOPS * tokens));
  }

  /// A model of another size that reaches the same loss.
  /// @param size of the optimal model's parameters, as a share
  /// @param tokens it must be trained on; infinite if it cannot reach that loss
  /// @param training FLOPs
  /// @param serving FLOPs for all served tokens
  /// @param lossAtBudget the loss it has when it is trained on the budget alone
  public record Choice(
      double size,
      double params,
      double tokens,
      double training,
      double serving,
      double lossAtBudget) {
    /// FLOPs of training and serving.
    public double total() {
      return training + serving;
    }
  }

  /// Models from a twentieth of the optimal size to twice that, all of the same loss.
  /// @param served tokens in the model's life
  public static List<Choice> choices(double flops, LossLaw law, double served) {
    var out = new ArrayList<Choice>();
    for (int step = -26; step <= 6; step++) {
      out.add(choice(Math.pow(2, step / 6.0), flops, law, served));
    }
    return out;
  }

  /// The model of that loss whose training and serving cost least.
  public static Choice cheapest(double flops, LossLaw law, double served) {
    double low = -8;
    double high = 1;
    for (int step = 0; step < 200; step++) { // golden section over the logarithm of the size
      double a = high - 0.6180339887498949 * (high - low);
      double b = low + 0.6180339887498949 * (high - low);
      double atA = choice(Math.pow(2, a), flops, law, served).total();
      double atB = choice(Math.pow(2, b), flops, law, served).total();
      if (atA < atB) {
        high = b;
      } else {
        low = a; // also where both are infinite: too small to reach the loss
      }
    }
    return choice(Math.pow(2, (low + high) / 2), flops, law, served);
  }

  private static Choice choice(double size, double flops, LossLaw law, double served) {
    double optimal = law.params(flops);
    double loss = law.at(optimal, law.tokens(flops));
    double params = size * optimal;
    double tokens = size == 1 ? law.tokens(flops) : law.tokensFor(params, loss);
    return new Choice(
        size,
        params,
        tokens,
        6 * params * tokens,
        SERVING * params * served,
        law.at(params, flops / 6 / params));
  }
}
