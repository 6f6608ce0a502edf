package herd.cli;

import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.pull.Cache;
import herd.pull.Pull;
import herd.recipe.Means;
import herd.recipe.Recipe;
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
