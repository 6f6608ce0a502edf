package herd.cli;

import herd.engine.tensor.Workers;
import herd.pull.Cache;
import herd.pull.Pull;
import herd.recipe.Means;
import herd.recipe.Recipe;
import herd.recipe.RecipeReader;
import herd.run.Disk;
import herd.run.Machine;
import herd.run.Raise;
import herd.run.ResultJson;
import herd.run.RunDirectory;
import herd.run.RunLock;
import java.io.IOException;
import java.nio.file.Files;
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
    var stop = Stop.listen(herd.err());
    try (var _ = RunLock.take(run.root());
        var workers = Workers.perProcessor()) {
      raise(recipe, run, workers, stop);
    }
    if (!shown.asJson()) {
      herd.out().println("results in " + run.root());
    }
  }

  private void raise(Recipe recipe, RunDirectory run, Workers workers, Stop stop) {
    var kernels = new KernelOptions().kernels(workers);
    var machine = Machine.here(kernels.name());
    var pull = new Pull(Cache.ofUser(herd.environment()), herd.environment());
    var raise = new Raise(run, recipe.seed(), recipe.tasks(new Means(run.root(), pull, kernels)));
    var stages = List.copyOf(recipe.stages().keySet());
    var name = file.getFileName().toString();
    raise.run(raise.plan(from, until), Says.console(herd, shown.asJson(), stop), machine, kept -> {
      ResultJson.write(run, recipe.name(), name, stages, kept, machine);
      show(run, stages);
    });
  }

  /// A report that was removed from the run's directory comes back from its stage.
  private static void show(RunDirectory run, List<String> stages) {
    var shown = run.root().resolve("report.html");
    for (var stage : stages) {
      var page = run.stage(stage).resolve(shown.getFileName());
      if (Files.exists(page) && !Files.exists(shown)) {
        try {
          Files.copy(page, shown);
        } catch (IOException e) {
          throw Disk.trouble(e, shown);
        }
      }
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
