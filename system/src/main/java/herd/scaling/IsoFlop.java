package herd.scaling;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// The first stage (Llama 3 paper, section 3.2.1): for each budget a second-degree polynomial of
/// loss over ln tokens, whose lowest point is the best run; a power law through these. Points far
/// from the minimum bend a parabola, so it is fitted over a window about the lowest point.
/// @param minima the best run of each budget, rising
/// @param skipped budgets without one, and why
/// @param tokens best number of tokens by FLOPs
/// @param exponent of `tokens`, over resamples of the budgets
/// @param factor of `tokens`, over the same
/// @param params best number of parameters by FLOPs
public record IsoFlop(
    List<Minimum> minima,
    List<Skipped> skipped,
    PowerLaw tokens,
    Interval exponent,
    Interval factor,
    PowerLaw params,
    List<PowerLaw> resamples) {
  private static final int RESAMPLES = 10_000;

  /// The best run of a budget.
  /// @param curvature second derivative of loss by ln tokens, halved
  /// @param points that the parabola was fitted to
  public record Minimum(
      double flops, double tokens, double params, double loss, double curvature, int points) {}

  /// A budget that says nothing.
  public record Skipped(double flops, String why) {}

  /// Fits runs.
  /// @param window points on each side of the lowest that count, 0 for all
  /// @param seed of the resamples
  /// @throws UserError if fewer than two budgets have a minimum
  public static IsoFlop fit(List<Run> runs, int window, long seed) {
    var budgets = new TreeMap<Double, List<Run>>();
    runs.forEach(
        run -> budgets.computeIfAbsent(run.flops(), _ -> new ArrayList<>()).add(run));
    var minima = new ArrayList<Minimum>();
    var skipped = new ArrayList<Skipped>();
    budgets.forEach((flops, points) -> {
      switch (look(flops, points, window)) {
        case Minimum found -> minima.add(found);
        case Skipped not -> skipped.add(not);
        default -> throw new IllegalStateException();
      }
    });
    if (minima.size() < 2) {
      throw new UserError(
          "budgets",
          minima.size() + " with a minimum (" + skipped + ")",
          "2 or more budgets whose lowest loss is not at an end",
          "Add smaller and larger models to each budget.");
    }
    double[] x = minima.stream().mapToDouble(Minimum::flops).toArray();
    double[] y = minima.stream().mapToDouble(Minimum::tokens).toArray();
    var law = PowerLaw.fit(x, y);
    var params = PowerLaw.fit(x, minima.stream().mapToDouble(Minimum::params).toArray());
    var resamples = resample(x, y, seed);
    return new IsoFlop(
        List.copyOf(minima),
        List.copyOf(skipped),
        law,
        Interval.of(resamples.stream().mapToDouble(PowerLaw::exponent).toArray()),
        Interval.of(resamples.stream().mapToDouble(PowerLaw::factor).toArray()),
        params,
        resamples);
  }

  /// The best number of tokens at a budget, over resamples.
  public Interval tokensAt(double flops) {
    return Interval.of(resamples.stream().mapToDouble(law -> law.at(flops)).toArray());
  }

  /// The best run of one budget.
  /// @return null if its lowest point is at an end, or the parabola has no lowest point there
  public static Minimum minimum(List<Run> budget, int window) {
    var points = new ArrayList<>(budget);
    return look(points.getFirst().flops(), points, window) instanceof Minimum found ? found : null;
  }

  private static Record look(double flops, List<Run> points, int window) {
    points.sort(Comparator.comparingDouble(Run::tokens));
    int lowest = 0;
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).loss() < points.get(lowest).loss()) {
        lowest = i;
      }
    }
    if (lowest == 0 || lowest == points.size() - 1) {
      return new Skipped(flops, "lowest point is at an end");
    }
    int from = window == 0 ? 0 : Math.max(0, lowest - window);
    int to = window == 0 ? points.size() : Math.min(points.size(), lowest + window + 1);
    var near = points.subList(from, to);
    var x = near.stream().mapToDouble(run -> Math.log(run.tokens())).toArray();
    var parabola = Parabola.fit(x, near.stream().mapToDouble(Run::loss).toArray());
    if (!(parabola.a() > 0)) {
      return new Skipped(flops, "not convex");
    }
    double vertex = parabola.vertex();
    if (!(vertex >= x[0] && vertex <= x[x.length - 1])) {
      return new Skipped(flops, "vertex outside the points");
    }
    return new Minimum(
        flops,
        Math.exp(vertex),
        Math.exp(paramsAt(near, vertex)),
        parabola.least(),
        parabola.a(),
        near.size());
  }

  /// ln params at a number of tokens, between the two runs beside it.
  private static double paramsAt(List<Run> points, double logTokens) {
    for (int i = 1; i < points.size(); i++) {
      double above = Math.log(points.get(i).tokens());
      if (above >= logTokens) {
        double below = Math.log(points.get(i - 1).tokens());
        double share = above > below ? (logTokens - below) / (above - below) : 0;
        double first = Math.log(points.get(i - 1).params());
        return first + share * (Math.log(points.get(i).params()) - first);
      }
    }
    return Math.log(points.getLast().params());
  }

  private static List<PowerLaw> resample(double[] x, double[] y, long seed) {
    var random = new SplittableRandom(seed);
    var laws = new ArrayList<PowerLaw>();
    var someX = new double[x.length];
    var someY = new double[x.length];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < x.length; i++) {
        int taken = random.nextInt(x.length);
        someX[i] = x[taken];
        someY[i] = y[taken];
      }
      laws.add(PowerLaw.fit(someX, someY));
    }
    return laws;
  }
}
