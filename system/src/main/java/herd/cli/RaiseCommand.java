package herd.cli;

import herd.recipe.RecipeReader;
import herd.run.Raise;
import herd.run.RunDirectory;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "raise",
    description =
        "Run the stages of a recipe whose results are missing or made from something else.",
    footer = {
      "",
      "Ctrl-C saves the state; the same command goes on. Results are in runs/NAME.",
      "Example: herd raise recipes/tiny.yaml --set preset=long --until pretrain"
    })
final class RaiseCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Parameters(paramLabel = "RECIPE", description = "A recipe's YAML file.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change a setting: pretrain.tokens=8M, curate.steps.0.minWords=5, seed=7.")
  private List<String> sets = List.of();

  @Option(
      names = "--from",
      paramLabel = "STAGE",
      description = "Run this stage and all after it even if nothing changed.")
  private String from;

  @Option(names = "--until", paramLabel = "STAGE", description = "Stop after this stage.")
  private String until;

  @Option(names = "--dry-run", description = "Tell what would run and why, and run nothing.")
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
    if (dryRun) {
      var plan = new Raise(run, recipe.seed(), recipe.tasks(null)).plan(from, until);
      plan.forEach(this::tell);
      return;
    }
    new RecipeRun(herd, file, recipe, run, shown.asJson()).raise(from, until);
    if (!shown.asJson()) {
      herd.out().println("results in " + run.root());
    }
  }

  private void tell(Raise.Decision decision) {
    var stage = decision.task().name();
    if (shown.asJson()) {
      herd.out()
          .println(JsonNodeFactory.instance
              .objectNode()
              .put("stage", stage)
              .put("runs", decision.runs())
              .put("why", decision.why()));
    } else {
      var verb = decision.runs() ? "run" : "keep";
      herd.out().printf("%-4s  %-10s  %s%n", verb, stage, decision.why());
    }
  }
}
