package herd.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The loss of a larger model from many small runs: `E + A / N^alpha + B / D^beta` fitted to all of
/// them (Chinchilla, approach 3), with what resamples of the runs say.
/// @param law fitted to all runs
/// @param resampled the same fitted to draws of the runs with replacement
public record Prediction(LossLaw law, List<LossLaw> resampled) {
  /// @param resamples how many draws
  public static Prediction of(List<Run> runs, int resamples, long seed) {
    var law = LossLaw.fit(runs);
    var random = new SplittableRandom(seed);
    var laws = new ArrayList<LossLaw>();
    for (int r = 0; r < resamples; r++) {
      var drawn = new ArrayList<Run>();
      for (int i = 0; i < runs.size(); i++) {
        drawn.add(runs.get(random.nextInt(runs.size())));
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
