package herd.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The loss of a larger model from many small runs: `E + A / N^alpha + B / D^beta` fitted to all of
/// them (Chinchilla, approach 3), with what resamples of its residuals say. Residuals, since some
/// draws of few runs with replacement have too few sizes left for a law.
/// @param law fitted to all runs
/// @param resampled the same fitted to the law's own losses with residuals drawn anew
public record Prediction(LossLaw law, List<LossLaw> resampled) {
  private static final int CONSTANTS = 5;

  /// @param resamples how many draws
  public static Prediction of(List<Run> runs, int resamples, long seed) {
    var law = LossLaw.fit(runs);
    var random = new SplittableRandom(seed);
    // Fitted constants take part of the spread: what is left is smaller than what there was.
    double wider = Math.sqrt((double) runs.size() / Math.max(1, runs.size() - CONSTANTS));
    double[] residuals = runs.stream()
        .mapToDouble(run -> wider * Math.log(run.loss() / law.at(run.params(), run.tokens())))
        .toArray();
    var laws = new ArrayList<LossLaw>();
    for (int r = 0; r < resamples; r++) {
      var drawn = new ArrayList<Run>();
      for (var run : runs) {
        double residual = residuals[random.nextInt(residuals.length)];
        double loss = law.at(run.params(), run.tokens()) * Math.exp(residual);
        drawn.add(new Run(run.flops(), run.params(), run.tokens(), loss));
      }
      laws.add(LossLaw.refit(drawn, law));
    }
    return new Prediction(law, List.copyOf(laws));
  }

  /// The loss of a run of that size, and where it lies in 95 of 100 resamples.
  public Interval interval(double params, double tokens) {
    return Interval.of(
        resampled.stream().mapToDouble(each -> each.at(params, tokens)).toArray());
  }
}
