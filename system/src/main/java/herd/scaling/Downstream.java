package herd.scaling;

import herd.engine.UserError;
import java.util.List;

/// The second stage (Llama 3 paper, section 3.2.1): negative log-likelihood of the right answer
/// as a line over log10 FLOPs, and accuracy as a sigmoid of that likelihood. The line stands on
/// compute-optimal runs, the sigmoid on all.
/// @param linePoints runs that the line was fitted to
/// @param sigmoidPoints runs that the sigmoid was fitted to
public record Downstream(Line likelihood, Sigmoid accuracy, int linePoints, int sigmoidPoints) {
  /// One evaluated model.
  /// @param loss negative log-likelihood of the right answer, per character say
  /// @param optimal whether its size was right for its FLOPs
  public record Point(double flops, double loss, double accuracy, boolean optimal) {}

  /// Fits both.
  /// @param chance the accuracy of guessing
  /// @throws UserError if there are too few points
  public static Downstream fit(List<Point> points, double chance) {
    var optimal = points.stream().filter(Point::optimal).toList();
    if (optimal.size() < 2 || points.size() < 4) {
      throw new UserError(
          "points",
          points.size() + ", " + optimal.size() + " of them compute-optimal",
          "4 or more, 2 of them compute-optimal",
          "Add runs.");
    }
    var line = Line.fit(
        optimal.stream().mapToDouble(p -> Math.log10(p.flops())).toArray(),
        optimal.stream().mapToDouble(Point::loss).toArray());
    var sigmoid = Sigmoid.fit(
        points.stream().mapToDouble(Point::loss).toArray(),
        points.stream().mapToDouble(Point::accuracy).toArray(),
        chance);
    return new Downstream(line, sigmoid, optimal.size(), points.size());
  }

  /// The likelihood expected at a budget.
  public double lossAt(double flops) {
    return likelihood.at(Math.log10(flops));
  }

  /// The accuracy expected at a budget.
  public double accuracyAt(double flops) {
    return accuracy.at(lossAt(flops));
  }
}
