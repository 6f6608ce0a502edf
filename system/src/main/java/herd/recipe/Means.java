package herd.recipe;

import herd.engine.tensor.Kernels;
import herd.pull.Pull;
import java.nio.file.Path;
import java.util.List;

/// What all stages of a run work with.
/// @param run the run's directory
/// @param pull fetches sources
/// @param kernels compute
/// @param singles kernels of one thread each, as many as there are processors
public record Means(Path run, Pull pull, Kernels kernels, List<Kernels> singles) {
  /// Without pieces of work that are done at a time.
  public Means(Path run, Pull pull, Kernels kernels) {
    this(run, pull, kernels, List.of(kernels));
  }
}
