package herd.scaling;

import herd.engine.UserError;

/// Learning rate and tokens of a step by the FLOPs of a run, as DeepSeek LLM found them
/// (arXiv 2401.02954, equation 1): `0.3118 * C^-0.1250` and `0.2920 * C^0.3271`. Runs of one budget
/// share both, as in the Llama 3 paper (section 3.2.1).
/// @param rate factor on the rule's learning rate
/// @param batch factor on the rule's tokens of a step
public record TuningRule(double rate, double batch) {
  public TuningRule {
    check("rate", rate);
    check("batch", batch);
  }

  private static void check(String name, double factor) {
    if (!(factor >= 0.01 && factor <= 100)) {
      throw new UserError(name, "" + factor, "a factor from 0.01 to 100", "1 is the rule itself.");
    }
  }

  /// Highest learning rate of a run of that many FLOPs.
  public double rateAt(double flops) {
    return rate * 0.3118 * Math.pow(flops, -0.1250);
  }

  /// Tokens of its steps, in whole rows.
  /// @param sequence tokens of a row
  public int tokensPerStep(double flops, int sequence) {
    double tokens = batch * 0.2920 * Math.pow(flops, 0.3271);
    return sequence * (int) Math.max(1, Math.round(tokens / sequence));
  }
}
