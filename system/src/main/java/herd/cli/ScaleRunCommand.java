package herd.cli;

import herd.engine.tensor.Workers;
import herd.recipe.Recipe;
import herd.recipe.RecipeReader;
import herd.run.RunDirectory;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "run",
    description =
        "Train small models, fit scaling laws to them, predict a larger one and train it.",
    footer = {
      "",
      "Stopped or killed, the same command goes on; no model is trained twice. Results are in",
      "runs/NAME: report.html, grid/runs.csv for 'herd scale fit', fit/fit.json for 'herd plan'.",
      "Example: herd scale run recipes/scale-small.yaml --dry-run",
      "Example: herd scale run recipes/scale.yaml"
    })
final class ScaleRunCommand implements Runnable {
  @ParentCommand
  private ScaleCommand parent;

  @Parameters(paramLabel = "RECIPE", description = "A recipe with a stage of the kind scale-grid.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change a setting: grid.minutes=30, mix.budgets=[1e12,2e12,4e12], seed=7.")
  private List<String> sets = List.of();

  @Option(names = "--until", paramLabel = "STAGE", description = "Stop after this stage.")
  private String until;

  @Option(
      names = "--dry-run",
      description = {
        "Print the models, their tokens, FLOPs and minutes, and train nothing; the speed of this",
        "machine is measured for some seconds."
      })
  private boolean dryRun;

  @Option(
      names = "--runs",
      paramLabel = "DIR",
      defaultValue = "runs",
      description = "Where results of runs are (${DEFAULT-VALUE}).")
  private Path runs;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var recipe = RecipeReader.read(file, sets);
    var run = new RunDirectory(runs.resolve(recipe.name()));
    recipe.checkStudy();
    if (dryRun) {
      plan(recipe, run);
      return;
    }
    new RaiseCommand.RecipeRun(parent.herd(), file, recipe, run, shown.asJson()).raise(null, until);
    var result = result(recipe, run);
    if (shown.asJson()) {
      parent.herd().out().println(result);
    } else {
      parent.herd().out().println("results in " + run.root());
    }
  }

  private void plan(Recipe recipe, RunDirectory run) {
    var herd = parent.herd();
    try (var workers = Workers.perProcessor()) {
      var progress = Says.aside(herd, Stop.listen(herd.err()));
      var plan = recipe.study(run, RaiseCommand.RecipeRun.means(herd, run, workers), progress);
      if (shown.asJson()) {
        herd.out().println(plan.json());
      } else {
        plan.lines().forEach(herd.out()::println);
      }
    }
  }

  /// What was predicted and measured.
  private static ObjectNode result(Recipe recipe, RunDirectory run) {
    var json = JsonNodeFactory.instance.objectNode().put("event", "result");
    json.put("run", run.root().toString());
    for (var stage : recipe.stages().keySet()) {
      var record = run.json(stage);
      for (var fact : List.of("prediction", "mixes")) {
        if (record != null && record.at("/facts/" + fact).isObject()) {
          json.set(fact, record.at("/facts/" + fact));
        }
      }
    }
    return json;
  }
}
