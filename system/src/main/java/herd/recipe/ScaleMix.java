package herd.recipe;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.study.Findings;
import herd.study.Grid;
import herd.study.MixStudy;
import herd.study.RunPlan;
import herd.study.SmallRuns;
import herd.study.StudyFit;
import herd.train.AdamW;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Chooses a mix (Llama 3 paper, section 3.1.2): small models are trained on each, of which follows
/// the loss of larger ones; then larger ones are trained, too, and compared with that.
///
/// Leaves `mixes.json`, `runs.json` and `runs.csv`.
@About("chooses a mix by small models, and trains larger ones to confirm it")
record ScaleMix(
    @About("stage with the runs of a grid") @Default("grid") String grid,

    @About("stage with the fit that says how large the best models are") @Default("fit")
    String fit,

    @About("stage with the tokens") @Default("tokenizer") String tokens,
    @About("stage with the documents") @Default("curate") String data,

    @About("name of each mix to kind of document to its share of the tokens")
    Map<String, Map<String, Double>> mixes,

    @About("kind of held-out document to how much its loss counts; none for all alike")
    @Default("{}")
    Map<String, Double> target,

    @About("FLOPs of the small models of each mix; none for what fits into the minutes")
    @Default("[]")
    List<Double> budgets,

    @About("how many budgets, where they are chosen") @Default("4")
    int count,

    @About("how many times the one before each budget is") @Default("2")
    double apart,

    @About("how many times the largest budget the larger models have") @Default("8")
    double times,

    @About("minutes for all models, where budgets are chosen") @Default("50")
    double minutes,

    @Default("{beta2: 0.99}") AdamW optimizer,

    @About("held-out tokens that the loss is measured on, at most") @Default("300K")
    long holdoutTokens)
    implements Stage {
  ScaleMix {
    if (mixes.size() < 2) {
      throw new UserError("mixes", mixes.size() + " mixes", "2 or more", "Name another mix.");
    }
    mixes.forEach((name, shares) -> {
      if (!name.matches("[a-z0-9][a-z0-9-]{0,31}")) {
        throw new UserError("mixes", "'" + name + "'", "lower-case letters, digits, '-'", "");
      }
      check("mixes", shares);
      if (shares.isEmpty()) {
        throw new UserError("mixes", name + ": no kind of document", "one or more", "Name some.");
      }
    });
    check("target", target);
    if (budgets.isEmpty() ? count < 3 : budgets.size() < 3) {
      throw new UserError("budgets", "fewer than three", "3 or more", "4 are usual.");
    }
    if (!(times > 1 && times <= 1000 && apart > 1 && apart <= 100 && minutes > 0)) {
      throw new UserError(
          "times",
          times + ", apart " + apart + ", minutes " + minutes,
          "over 1, over 1, over 0",
          "8, 2 and 50 are usual.");
    }
    Limits.positive("holdoutTokens", holdoutTokens, 300_000);
  }

  private static void check(String where, Map<String, Double> shares) {
    for (double share : shares.values()) {
      if (!(share >= 0 && share < 1e9)) {
        throw new UserError(where, "a share of " + share, "0 or more", "Correct it.");
      }
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(data, tokens, grid, fit);
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var fitted = ScaleFit.fit(
        inputs.results().get(grid), Findings.read(inputs.in(fit, ScaleFit.PREDICTION)));
    try (var arena = Arena.ofShared()) {
      int sequence = fitted.plan().grid().sequence();
      var text = StudyText.open(inputs, tokens, data, sequence, holdoutTokens, arena);
      var corpora = new LinkedHashMap<String, Corpus>();
      mixes.forEach((name, shares) -> corpora.put(name, text.natural().shares(shares)));
      target.keySet().forEach(kind -> text.natural().shares(Map.of(kind, 1.0)));
      var all = budgets.isEmpty() ? chosen(fitted, text, corpora, workspace) : budgets;
      var study = new MixStudy(List.copyOf(mixes.keySet()), plans(fitted, all), weights(text));
      var large = plans(fitted, List.of(times * all.getLast()));
      var byName = new LinkedHashMap<String, Corpus>();
      double expected = 0;
      for (var plans : List.of(study.plans(), large)) {
        for (var mix : mixes.keySet()) {
          for (var run : plans.get(mix)) {
            checkText(text, run, mix, corpora.get(mix));
            byName.put(run.name(), corpora.get(mix));
            expected += fitted.plan().one().seconds(run);
          }
        }
      }
      var runs = new SmallRuns(
          inputs.singles(),
          run -> text.batches(run, byName.get(run.name()), workspace.seed()),
          text.heldOut(),
          optimizer,
          workspace,
          fitted.plan().one(),
          expected);
      study.run(runs, large, workspace);
    }
  }

  private Map<String, Double> weights(StudyText text) {
    var weights = new LinkedHashMap<String, Double>();
    text.heldOut()
        .kinds()
        .forEach(
            kind -> weights.put(kind, target.isEmpty() ? 1.0 : target.getOrDefault(kind, 0.0)));
    return weights;
  }

  /// For each mix models of the sizes that the grid found best.
  private Map<String, List<RunPlan>> plans(StudyFit fitted, List<Double> some) {
    var plans = new LinkedHashMap<String, List<RunPlan>>();
    for (var mix : mixes.keySet()) {
      plans.put(
          mix, some.stream().map(c -> fitted.best(c, Long.MAX_VALUE, mix + "-")).toList());
    }
    return plans;
  }

  /// The largest budgets that keep to the minutes and to the text.
  private List<Double> chosen(
      StudyFit fitted, StudyText text, Map<String, Corpus> corpora, Workspace workspace) {
    double largest = Grid.largest(flops -> {
      var small = plans(fitted, Grid.budgets(flops, count, apart));
      var large = plans(fitted, List.of(times * flops));
      double seconds = seconds(fitted, small) + seconds(fitted, large);
      return seconds <= 60 * minutes
          && large.entrySet().stream()
              .allMatch(e -> fits(text, e.getValue().getFirst(), corpora.get(e.getKey())));
    });
    var found = Grid.budgets(largest, count, apart);
    workspace
        .progress()
        .say(String.format(
            Locale.ROOT,
            "%d mixes, budgets up to %.3g FLOPs, %.3g times that to confirm: %.0f minutes",
            mixes.size(),
            largest,
            times,
            (seconds(fitted, plans(fitted, found))
                    + seconds(fitted, plans(fitted, List.of(times * largest))))
                / 60));
    return found;
  }

  private static double seconds(StudyFit fitted, Map<String, List<RunPlan>> plans) {
    var all = new ArrayList<RunPlan>();
    plans.values().forEach(all::addAll);
    return 1.05 * fitted.plan().one().seconds(all, fitted.plan().slots());
  }

  private static boolean fits(StudyText text, RunPlan run, Corpus mix) {
    for (double epochs : text.batches(run, mix, 1).epochs(run.steps())) {
      if (epochs > 1) {
        return false;
      }
    }
    return true;
  }

  private static void checkText(StudyText text, RunPlan run, String name, Corpus mix) {
    double[] epochs = text.batches(run, mix, 1).epochs(run.steps());
    for (int s = 0; s < epochs.length; s++) {
      if (epochs[s] > 1) {
        throw new UserError(
            "mixes",
            String.format(
                Locale.ROOT,
                "%s: %,d tokens would show each '%s' document %.2f times",
                name,
                run.tokens(),
                mix.names().get(s),
                epochs[s]),
            "each at most once",
            "Name more sources, lower the share, or lower budgets or minutes.");
      }
    }
  }
}
