package herd.study;

import herd.engine.UserError;
import herd.scaling.Interval;
import herd.scaling.IsoFlop;
import herd.scaling.LossLaw;
import herd.scaling.LossTrend;
import herd.scaling.PowerLaw;
import herd.scaling.Prediction;
import herd.scaling.Run;
import herd.scaling.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the runs of a grid say, and the model of a larger budget that follows from it.
/// @param runs with the budget that each was planned for as its FLOPs
/// @param fit best runs of the budgets, and the power law through them; null where fewer than two
///     budgets have a minimum
/// @param prediction of losses by the law of sizes and tokens
/// @param trend of the budgets' best losses, if it foretells the largest budget's from the others
///     better than that law; else null
/// @param backtest how far that foretelling is off, a share of the loss; NaN where there are too
///     few runs for one
public record StudyFit(
    StudyPlan plan,
    List<Run> runs,
    int window,
    IsoFlop fit,
    Prediction prediction,
    LossTrend trend,
    double backtest) {
  /// Tokens served for each token of training, in the figure of over-training.
  private static final double SERVED = 10;

  /// @param window points on each side of the lowest that parabolas are fitted to
  /// @param resamples of the residuals, for the interval of the prediction
  /// @throws UserError if there are fewer than six runs
  public static StudyFit of(StudyPlan plan, List<Run> runs, int window, int resamples, long seed) {
    var budgets = new TreeMap<Double, List<Run>>();
    runs.forEach(
        run -> budgets.computeIfAbsent(run.flops(), _ -> new ArrayList<>()).add(run));
    long minima = budgets.values().stream()
        .filter(some -> IsoFlop.minimum(some, window) != null)
        .count();
    var fit = minima < 2 ? null : IsoFlop.fit(runs, window, seed);
    var prediction = Prediction.of(runs, resamples, seed);
    double byLaw = missOfLaw(plan, runs, fit);
    double byTrend = missOfTrend(plan, fit);
    return byTrend < byLaw
        ? new StudyFit(plan, runs, window, fit, prediction, LossTrend.fit(fit.minima()), byTrend)
        : new StudyFit(plan, runs, window, fit, prediction, null, byLaw);
  }

  private static boolean isLargest(StudyPlan plan, double flops) {
    return flops >= plan.budgets().getLast() * 0.999;
  }

  /// How far a law fitted to the other budgets' runs is off at the largest budget's best run, or
  /// on average at its runs if none is best.
  private static double missOfLaw(StudyPlan plan, List<Run> runs, IsoFlop fit) {
    var before = runs.stream().filter(run -> !isLargest(plan, run.flops())).toList();
    if (before.size() < 6) {
      return Double.NaN;
    }
    var law = LossLaw.fit(before);
    var best = fit == null || !isLargest(plan, fit.minima().getLast().flops())
        ? null
        : fit.minima().getLast();
    return best != null
        ? Math.abs(law.at(best.params(), best.tokens()) / best.loss() - 1)
        : runs.stream()
            .filter(run -> isLargest(plan, run.flops()))
            .mapToDouble(run -> Math.abs(law.at(run.params(), run.tokens()) / run.loss() - 1))
            .average()
            .orElse(Double.NaN);
  }

  /// How far a line through the other budgets' best losses is off at the largest's.
  private static double missOfTrend(StudyPlan plan, IsoFlop fit) {
    if (fit == null || !isLargest(plan, fit.minima().getLast().flops())) {
      return Double.NaN;
    }
    var best = fit.minima().getLast();
    var trend = LossTrend.fit(fit.minima().subList(0, fit.minima().size() - 1));
    return trend == null
        ? Double.NaN
        : Math.abs(trend.at(best.flops(), best.tokens(), best.tokens()) / best.loss() - 1);
  }

  /// Best number of tokens by FLOPs: the power law through the budgets' best runs, or where there
  /// are none the one that follows from the law of losses.
  public PowerLaw tokens() {
    if (fit != null) {
      return fit.tokens();
    }
    var law = prediction.law();
    double exponent = law.alpha() / (law.alpha() + law.beta());
    double flops = plan.budgets().getLast();
    return new PowerLaw(law.tokens(flops) / Math.pow(flops, exponent), exponent, Double.NaN);
  }

  /// Where that number lies in 95 of 100 resamples.
  private Interval tokensAt(double flops) {
    return fit != null
        ? fit.tokensAt(flops)
        : Interval.of(
            prediction.resampled().stream().mapToDouble(l -> l.tokens(flops)).toArray());
  }

  /// The model of the large budget: the rung nearest to the best size by the power law, or the next
  /// one that the text is enough for.
  /// @param available tokens of text
  public RunPlan large(long available) {
    return best(plan.largeBudget(), available, "");
  }

  /// The model of a budget whose size is the best by the power law, as far as rungs and text allow.
  public RunPlan best(double budget, long available, String prefix) {
    var grid = plan.grid();
    double params = budget / 6 / tokens().at(budget);
    for (int rung = Shape.rungNear(params, grid.vocab()); ; rung++) {
      var shape = Shape.rung(rung, grid.vocab());
      var run = RunPlan.of(prefix, budget, shape, grid.sequence(), grid.rule());
      if (run.tokens() <= available) {
        return run;
      }
    }
  }

  /// The loss that is predicted for a model.
  public double loss(RunPlan run) {
    return loss(run.flops(), run.shape().params(), run.tokens());
  }

  private double loss(double flops, double params, double tokens) {
    return trend == null
        ? prediction.law().at(params, tokens)
        : trend.at(flops, tokens, tokens().at(flops));
  }

  /// Where that lies in 95 of 100 cases, as far as the scatter of the runs tells.
  public Interval interval(RunPlan run) {
    return interval(run.flops(), run.shape().params(), run.tokens());
  }

  private Interval interval(double flops, double params, double tokens) {
    return trend == null
        ? prediction.interval(params, tokens)
        : trend.interval(flops, loss(flops, params, tokens));
  }

  /// What `herd scale fit --json` prints of such runs.
  public ObjectNode json() {
    var json = JsonNodeFactory.instance.objectNode().put("file", "runs.csv").put("stage", 1);
    json.putObject("fits").set("all", FitJson.of(this));
    return json;
  }

  /// The laws in a sentence or two.
  public String words() {
    var law = prediction.law();
    var interval = fit == null
        ? "; the lowest loss of too few budgets lies between others, so it follows from the law of"
            + " losses"
        : String.format(
            Locale.ROOT,
            " (95%%: exponent %.3f to %.3f)",
            fit.exponent().low(),
            fit.exponent().high());
    return String.format(
        Locale.ROOT,
        "tokens = %.4g C^%.4f%s; loss = %.3f + %.4g / N^%.3f + %.4g / D^%.3f.",
        tokens().factor(),
        tokens().exponent(),
        interval,
        law.floor(),
        law.a(),
        law.alpha(),
        law.b(),
        law.beta());
  }

  /// How larger models are predicted, and how well that foretold the largest budget.
  public String method() {
    var how = trend == null
        ? "that law of sizes and tokens"
        : String.format(
            Locale.ROOT,
            "a line through the budgets' best losses, %.3f less with each doubling of FLOPs",
            trend.perDoubling());
    return String.format(
        Locale.ROOT,
        "Larger models are predicted by %s: from the other budgets it foretells the largest to"
            + " %.2f%%.",
        how,
        100 * backtest);
  }

  private List<IsoFlop.Minimum> minima() {
    return fit == null ? List.of() : fit.minima();
  }

  /// Figures and tables for the report.
  public void show(ObjectNode facts) {
    isoFlop().to(facts);
    powerLaw().to(facts);
    var law = prediction.law();
    double budget = plan.largeBudget();
    OverTraining.plot(budget, law, SERVED * law.tokens(budget)).to(facts);
    var rows = new ArrayList<List<String>>();
    for (var m : minima()) {
      rows.add(List.of(
          form("%.3g", m.flops()),
          form("%.3g", m.tokens()),
          form("%.3g", m.params()),
          form("%.1f", m.tokens() / m.params()),
          form("%.4f", m.loss()),
          m.points() + ""));
    }
    for (var s : fit == null ? List.<IsoFlop.Skipped>of() : fit.skipped()) {
      rows.add(List.of(form("%.3g", s.flops()), s.why(), "", "", "", ""));
    }
    if (!rows.isEmpty()) {
      Plot.table(
          facts,
          "The best run of each budget",
          List.of("FLOPs", "tokens", "parameters", "tokens per parameter", "loss", "points"),
          rows);
    }
  }

  private static String form(String form, double value) {
    return String.format(Locale.ROOT, form, value);
  }

  /// Loss by tokens, a curve for each budget.
  private Plot isoFlop() {
    var plot = new Plot(
        "Loss by tokens, a curve for each budget",
        new Plot.Axis("tokens", true),
        new Plot.Axis("hold-out loss, nats per token", false));
    var budgets = new TreeMap<Double, List<Run>>();
    runs.forEach(
        run -> budgets.computeIfAbsent(run.flops(), _ -> new ArrayList<>()).add(run));
    budgets.forEach((flops, some) -> {
      var group = form("%.2g FLOPs", flops);
      plot.add(
          group,
          Plot.Form.POINTS,
          some.stream().map(run -> new double[] {run.tokens(), run.loss()}).toList());
      for (var m : minima()) {
        if (m.flops() == flops) {
          plot.add(group, Plot.Form.LINE, curve(m, some));
          plot.add(group, Plot.Form.MARK, List.<double[]>of(new double[] {m.tokens(), m.loss()}));
        }
      }
    });
    return plot;
  }

  /// The parabola of a budget over its runs.
  private static List<double[]> curve(IsoFlop.Minimum m, List<Run> some) {
    double low = some.stream().mapToDouble(Run::tokens).min().orElseThrow();
    double high = some.stream().mapToDouble(Run::tokens).max().orElseThrow();
    var line = new ArrayList<double[]>();
    for (int i = 0; i <= 40; i++) {
      double x = Math.log(low) + (Math.log(high) - Math.log(low)) * i / 40;
      double away = x - Math.log(m.tokens());
      line.add(new double[] {Math.exp(x), m.loss() + m.curvature() * away * away});
    }
    return line;
  }

  /// Best tokens by FLOPs with its interval, on to the large budget.
  private Plot powerLaw() {
    var plot = new Plot(
        "Best number of tokens by FLOPs",
        new Plot.Axis("FLOPs", true),
        new Plot.Axis("tokens", true));
    var band = new ArrayList<double[]>();
    var line = new ArrayList<double[]>();
    double low = Math.log(plan.budgets().getFirst());
    double high = Math.log(plan.largeBudget());
    for (int i = 0; i <= 24; i++) {
      double flops = Math.exp(low + (high - low) * i / 24);
      var interval = tokensAt(flops);
      band.add(new double[] {flops, interval.low(), interval.high()});
      line.add(new double[] {flops, tokens().at(flops)});
    }
    plot.add("95 of 100 resamples", Plot.Form.BAND, band);
    plot.add(
        form("tokens = %.3g", tokens().factor()) + form(" C^%.3f", tokens().exponent()),
        Plot.Form.LINE,
        line);
    plot.add(
        "best of a budget",
        Plot.Form.MARK,
        minima().stream().map(m -> new double[] {m.flops(), m.tokens()}).toList());
    return plot;
  }

  /// Loss of the best runs by FLOPs, the law through all runs, and the model that it predicts.
  /// @param measured the loss of that model, NaN as long as it is not trained
  public Plot losses(RunPlan large, double measured) {
    var plot = new Plot(
        "Loss by FLOPs: predicted and measured",
        new Plot.Axis("FLOPs", true),
        new Plot.Axis("hold-out loss, nats per token", false));
    var line = new ArrayList<double[]>();
    var band = new ArrayList<double[]>();
    double low = Math.log(plan.budgets().getFirst());
    double high = Math.log(plan.largeBudget() * 1.2);
    for (int i = 0; i <= 24; i++) {
      double flops = Math.exp(low + (high - low) * i / 24);
      double tokens = tokens().at(flops);
      double params = flops / 6 / tokens;
      var interval = interval(flops, params, tokens);
      line.add(new double[] {flops, loss(flops, params, tokens)});
      band.add(new double[] {flops, interval.low(), interval.high()});
    }
    plot.add("95 of 100 cases", Plot.Form.BAND, band);
    plot.add(trend == null ? "E + A / N^α + B / D^β" : "line over ln FLOPs", Plot.Form.LINE, line);
    plot.add(
        "best of a budget",
        Plot.Form.POINTS,
        minima().stream().map(m -> new double[] {m.flops(), m.loss()}).toList());
    plot.add(
        "predicted", Plot.Form.MARK, List.<double[]>of(new double[] {large.flops(), loss(large)}));
    if (!Double.isNaN(measured)) {
      plot.add(
          "measured", Plot.Form.MARK, List.<double[]>of(new double[] {large.flops(), measured}));
    }
    return plot;
  }
}
