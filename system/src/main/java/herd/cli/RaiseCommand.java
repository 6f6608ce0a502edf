package herd.cli;

import herd.engine.tensor.Kernels;
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
import java.util.ArrayList;
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

  /// A recipe's stages brought up to date in the directory of its run.
  /// @param file of the recipe
  /// @param json whether events are printed as JSON
  record RecipeRun(Main herd, Path file, Recipe recipe, RunDirectory run, boolean json) {
    /// What stages work with on `workers`, and on each of them alone.
    static Means means(Main herd, RunDirectory run, Workers workers) {
      var singles = new ArrayList<Kernels>();
      for (int i = 0; i < workers.count(); i++) {
        singles.add(new KernelOptions().kernels(new Workers(1)));
      }
      var pull = new Pull(Cache.ofUser(herd.environment()), herd.environment());
      return new Means(run.root(), pull, new KernelOptions().kernels(workers), singles);
    }

    /// Runs what is missing or was made from something else.
    /// @param from run this stage and all after it in any case; null for none
    /// @param until the last stage; null for all
    void raise(String from, String until) {
      var stop = Stop.listen(herd.err());
      try (var _ = RunLock.take(run.root());
          var workers = Workers.perProcessor()) {
        var means = means(herd, run, workers);
        var machine = Machine.here(means.kernels().name());
        var raise = new Raise(run, recipe.seed(), recipe.tasks(means));
        var stages = List.copyOf(recipe.stages().keySet());
        var name = file.getFileName().toString();
        raise.run(raise.plan(from, until), Says.console(herd, json, stop), machine, kept -> {
          ResultJson.write(run, recipe.name(), name, stages, kept, machine);
          show(stages);
        });
      }
    }

    /// A report that was removed from the run's directory comes back from its stage.
    private void show(List<String> stages) {
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
  }
}
