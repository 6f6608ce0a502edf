package herd.train.course;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.List;

/// When a loss is taken for a spike. Training then goes back to the newest checkpoint and passes
/// over the batches from there to the spike (PaLM, section 5.1).
@About("when a loss is a spike: training goes back and passes over the batches that led there")
public record SpikeRule(
    @About("deviations above the mean of the last steps; 0 for never") @Default("0")
    double deviations,

    @About("steps that mean and deviation are taken over") @Default("100")
    int window,

    @About("times that training goes back at most") @Default("10")
    int most) {
  /// Never.
  public static final SpikeRule NEVER = new SpikeRule(0, 100, 10);

  public SpikeRule {
    if (!(deviations >= 0) || Double.isInfinite(deviations)) {
      throw new UserError("deviations", "" + deviations, "0 or more", "6 is usual.");
    }
    if (window < 10 || most < 0) {
      throw new UserError(
          "spikes",
          window + " steps, " + most + " times",
          "10 steps or more, 0 times or more",
          "Correct the rule.");
    }
  }

  /// Whether losses are looked at.
  boolean looks() {
    return deviations > 0;
  }

  /// @param before the losses of earlier steps, the newest last
  boolean spike(List<Double> before, double loss) {
    if (deviations == 0 || before.size() < window) {
      return false;
    }
    var last = before.subList(before.size() - window, before.size());
    double mean = last.stream().mapToDouble(x -> x).sum() / window;
    double square = last.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    return loss > mean + deviations * Math.sqrt(square / window);
  }
}
