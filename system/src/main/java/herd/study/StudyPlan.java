package herd.study;

import herd.scaling.TuningRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a study trains, and how long that takes here.
/// @param budgets FLOPs, ascending
/// @param times how many times the largest budget the model has that is predicted
/// @param one speed of each of `slots` models that are trained at a time
/// @param all speed of a model that has the machine to itself
public record StudyPlan(
    Grid grid, List<Double> budgets, double times, Speeds one, int slots, Speeds all) {
  /// Time for the hold-out, the beginning and the end of each run, as a share of its training.
  private static final double BESIDE = 1.05;

  /// A plan with the largest budgets that keep to these limits.
  /// @param minutes for all models of the grid
  /// @param largeMinutes for the model that is predicted
  /// @param available tokens of text, 0 if unknown
  public static StudyPlan within(
      StudyPlan form,
      int count,
      double apart,
      double minutes,
      double largeMinutes,
      long available) {
    double largest = Grid.largest(flops -> {
      var plan = form.with(Grid.budgets(flops, count, apart));
      return plan.seconds() <= 60 * minutes
          && plan.largeSeconds() <= 60 * largeMinutes
          && (available == 0
              || Grid.mostTokens(plan.runs()) <= available && plan.large().tokens() <= available);
    });
    return form.with(Grid.budgets(largest, count, apart));
  }

  /// The same with the middle of each budget's sizes elsewhere.
  StudyPlan with(double tokensPerParameter) {
    return new StudyPlan(grid.with(tokensPerParameter), budgets, times, one, slots, all);
  }

  private StudyPlan with(List<Double> others) {
    return new StudyPlan(grid, others, times, one, slots, all);
  }

  /// The models of the grid.
  public List<RunPlan> runs() {
    return grid.runs(budgets);
  }

  /// About the model that is predicted: its size follows from the fits, this one's from the rule of
  /// thumb.
  public RunPlan large() {
    return grid.best(largeBudget());
  }

  /// FLOPs of the model that is predicted.
  public double largeBudget() {
    return times * budgets.getLast();
  }

  /// Seconds for the grid.
  public double seconds() {
    return BESIDE * one.seconds(runs(), slots);
  }

  /// Seconds for the model that is predicted.
  public double largeSeconds() {
    return BESIDE * all.seconds(large());
  }

  /// A table of it all for people.
  public List<String> lines() {
    var lines = new ArrayList<String>();
    for (var run : runs()) {
      lines.add(line(run, BESIDE * one.seconds(run), ""));
    }
    lines.add(line(large(), largeSeconds(), "  (size by rule of thumb; the fits choose it)"));
    lines.add(String.format(
        Locale.ROOT,
        "%d models, %d at a time: %.0f minutes; the model at %.3g times the largest budget: %.0f"
            + " minutes; text needed: %,d tokens, each seen once",
        runs().size(),
        slots,
        seconds() / 60,
        times,
        largeSeconds() / 60,
        Math.max(Grid.mostTokens(runs()), large().tokens())));
    return lines;
  }

  private static String line(RunPlan run, double seconds, String more) {
    return String.format(
        Locale.ROOT,
        "%9.3g FLOPs  %9.3g parameters  %2d x %3d  %9.3g tokens  %5d steps of %5d  rate %.2e "
            + " %5.1f min%s",
        run.flops(),
        run.shape().params(),
        run.shape().layers(),
        run.shape().dim(),
        (double) run.tokens(),
        run.steps(),
        run.tokensPerStep(),
        run.rate(),
        seconds / 60,
        more);
  }

  /// As it is kept.
  public ObjectNode json() {
    var json = JsonNodeFactory.instance.objectNode();
    json.putObject("grid")
        .put("sizes", grid.sizes())
        .put("spread", grid.spread())
        .put("tokensPerParameter", grid.tokensPerParameter())
        .put("sequence", grid.sequence())
        .put("rate", grid.rule().rate())
        .put("batch", grid.rule().batch())
        .put("vocab", grid.vocab());
    json.put("times", times).put("slots", slots);
    var list = json.putArray("budgets");
    budgets.forEach(list::add);
    var speeds = json.putArray("speeds");
    one.values().forEach(speeds::add);
    var alone = json.putArray("alone");
    all.values().forEach(alone::add);
    json.put("seconds", seconds()).put("largeSeconds", largeSeconds());
    var runs = json.putArray("runs");
    runs().forEach(run -> runs.add(run.json().put("seconds", BESIDE * one.seconds(run))));
    json.set("large", large().json().put("seconds", largeSeconds()));
    return json;
  }

  /// From [#json].
  public static StudyPlan of(JsonNode json) {
    var form = json.path("grid");
    return new StudyPlan(
        new Grid(
            form.path("sizes").asInt(),
            form.path("spread").asDouble(),
            form.path("tokensPerParameter").asDouble(),
            form.path("sequence").asInt(),
            new TuningRule(form.path("rate").asDouble(), form.path("batch").asDouble()),
            form.path("vocab").asInt()),
        doubles(json.path("budgets")),
        json.path("times").asDouble(),
        Speeds.of(doubles(json.path("speeds"))),
        json.path("slots").asInt(),
        Speeds.of(doubles(json.path("alone"))));
  }

  private static List<Double> doubles(JsonNode array) {
    var out = new ArrayList<Double>();
    array.forEach(value -> out.add(value.asDouble()));
    return out;
  }
}
