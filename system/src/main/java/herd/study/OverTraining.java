package herd.study;

import herd.scaling.LossLaw;
import herd.scaling.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The figure of what smaller models cost and save that are trained for longer to the same loss.
public final class OverTraining {
  /// Models that cost more than this many times the budget are not shown.
  private static final double MOST = 4;

  private OverTraining() {}

  /// FLOPs by size: training alone, and with serving.
  /// @param flops budget of the compute-optimal model
  /// @param served tokens in the model's life
  public static Plot plot(double flops, LossLaw law, double served) {
    var plot = new Plot(
        "Cost of models of one loss, by size",
        new Plot.Axis("parameters", true),
        new Plot.Axis("times the training budget", false));
    var training = new ArrayList<double[]>();
    var total = new ArrayList<double[]>();
    for (var choice : Plan.choices(flops, law, served)) {
      if (choice.training() <= MOST * flops) {
        training.add(new double[] {choice.params(), choice.training() / flops});
        total.add(new double[] {choice.params(), choice.total() / flops});
      }
    }
    plot.add("training", Plot.Form.LINE, training);
    if (served > 0) {
      var best = Plan.cheapest(flops, law, served);
      plot.add(
          String.format(Locale.ROOT, "with %.2g tokens served", served), Plot.Form.LINE, total);
      plot.add("cheapest", Plot.Form.MARK, List.<double[]>of(new double[] {
        best.params(), best.total() / flops
      }));
    }
    plot.add(
        "compute-optimal", Plot.Form.MARK, List.<double[]>of(new double[] {law.params(flops), 1}));
    return plot;
  }
}
