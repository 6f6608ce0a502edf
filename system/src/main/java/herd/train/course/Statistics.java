package herd.train.course;

import herd.engine.io.JsonWriter;
import herd.engine.model.Eager;
import herd.engine.model.Gradients;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.run.Workspace;
import herd.train.Batches;
import herd.train.TrainState;
import herd.train.Training;
import herd.train.watch.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes norms of weights and gradients, and sizes of activations, every so many steps to
/// `statistics.jsonl`: what to look at when a training goes wrong.
final class Statistics implements Training.Listener {
  static final String FILE = "statistics.jsonl";

  private final Workspace workspace;
  private final Kernels kernels;
  private final Llama model;
  private final Batches batches;
  private final long every;
  private final Path file;
  private final Map<String, Double> norms = new LinkedHashMap<>();

  Statistics(Workspace workspace, Kernels kernels, Llama model, Batches batches, long every) {
    this.workspace = workspace;
    this.kernels = kernels;
    this.model = model;
    this.batches = batches;
    this.every = every;
    this.file = workspace.scratch().resolve(FILE);
  }

  @Override
  public void before(long step, Gradients gradients) {
    if (step % every == 0) {
      gradients
          .byName()
          .forEach((name, gradient) -> norms.put(name, Math.sqrt(kernels.sumOfSquares(gradient))));
    }
  }

  @Override
  public void after(Training.Step step, TrainState state) {
    if (step.number() % every != 0) {
      return;
    }
    var weights = new LinkedHashMap<String, Double>();
    state
        .parameters()
        .forEach(
            (name, parameter) -> weights.put(name, Math.sqrt(kernels.sumOfSquares(parameter))));
    var json = new LinkedHashMap<String, Object>();
    json.put("step", step.number());
    json.put("gradientNorms", new LinkedHashMap<>(norms));
    json.put("weightNorms", weights);
    json.put("activations", activations(state.step() + state.skipped()));
    try {
      Files.writeString(
          file,
          JsonWriter.write(json) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      workspace.progress().say("WARNING: statistics are not written: " + e.getMessage());
    }
  }

  /// Root mean square and largest number of each result of a forward pass.
  private Map<String, Object> activations(long next) {
    var batch = batches.microBatches(next).getFirst();
    var sizes = new LinkedHashMap<String, Object>();
    try (var eager = new Eager(kernels)) {
      var watched = new Watched(eager, model);
      model.forward(watched, batch.tokens(), batch.segments());
      for (var result : watched.seen()) {
        sizes.put(result.where(), List.of(result.rms(), result.most()));
      }
    }
    return sizes;
  }

  /// Puts the file into the result.
  void finish() {
    try {
      if (Files.exists(file)) {
        Files.copy(file, workspace.result().resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      workspace.progress().say("WARNING: statistics are not kept: " + e.getMessage());
    }
  }
}
