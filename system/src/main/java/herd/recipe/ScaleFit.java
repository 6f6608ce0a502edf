package herd.recipe;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Disk;
import herd.run.Workspace;
import herd.study.Findings;
import herd.study.StudyFit;
import herd.study.StudyPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Fits scaling laws to the runs of a grid (Llama 3 paper, section 3.2.1), and says which loss a
/// model of a much larger budget will have, before it is trained.
///
/// Leaves `fit.json`, which `herd plan --law` takes, and `prediction.json`.
@About("fits scaling laws to a grid and predicts a larger model's loss")
record ScaleFit(
    @About("stage with the runs") @Default("grid") String grid,

    @About("points on each side of the lowest that parabolas are fitted to") @Default("2")
    int window,

    @About("resamples of the residuals, for the prediction's interval") @Default("200")
    int resamples)
    implements Stage {
  static final String PREDICTION = "prediction.json";

  ScaleFit {
    if (window < 0 || resamples < 20 || resamples > 100_000) {
      throw new UserError(
          "resamples",
          resamples + ", window " + window,
          "20 to 100000, window 0 or more",
          "200 and 2 are usual.");
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(grid);
  }

  @Override
  public int version() {
    return 2;
  }

  /// The fit that a `prediction.json` was made with.
  static StudyFit fit(Path grid, JsonNode prediction) {
    return fit(
        grid,
        prediction.path("window").asInt(),
        prediction.path("resamples").asInt(),
        prediction.path("seed").asLong());
  }

  private static StudyFit fit(Path grid, int window, int resamples, long seed) {
    var plan = StudyPlan.of(Findings.read(grid.resolve(ScaleGrid.PLAN)));
    var runs = Findings.runs(grid.resolve("runs.json"));
    return StudyFit.of(plan, runs, window, resamples, seed);
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) {
    var folder = inputs.results().get(grid);
    var fit = fit(folder, window, resamples, workspace.seed());
    long available =
        Findings.read(folder.resolve(ScaleGrid.PLAN)).path("textTokens").asLong(0);
    var large = fit.large(available);
    var interval = fit.interval(large);
    Disk.write(workspace.result().resolve("fit.json"), fit.json().toPrettyString() + "\n");
    var predicted = large
        .json()
        .put("predicted", fit.loss(large))
        .put("low", interval.low())
        .put("high", interval.high())
        .put("backtest", fit.backtest())
        .put("window", window)
        .put("resamples", resamples)
        .put("seed", workspace.seed());
    Disk.write(workspace.result().resolve(PREDICTION), predicted.toPrettyString() + "\n");
    fit.show(workspace.facts());
    workspace
        .facts()
        .withObjectProperty("counts")
        .put("budgets", fit.plan().budgets().size());
    note(workspace, "%s", fit.words());
    note(
        workspace,
        "At %.3g FLOPs %.3g parameters on %.3g tokens will have a loss of %.4f (95%%: %.4f to"
            + " %.4f).",
        large.flops(),
        large.shape().params(),
        (double) large.tokens(),
        fit.loss(large),
        interval.low(),
        interval.high());
    note(workspace, "%s", fit.method());
  }

  /// A line for the report and the log.
  static void note(Workspace workspace, String form, Object... values) {
    var line = String.format(Locale.ROOT, form, values);
    workspace.facts().withArrayProperty("notes").add(line);
    workspace.progress().say(line);
  }
}
