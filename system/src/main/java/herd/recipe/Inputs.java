package herd.recipe;

import herd.engine.tensor.Kernels;
import herd.pull.Pull;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a stage is given to work with.
/// @param run the run's directory
/// @param results stage name to directory, of the stages that it reads
/// @param pull fetches sources
/// @param kernels compute
/// @param singles kernels of one thread each, as many as there are processors, for work of which
///     several pieces are done at a time
record Inputs(
    Path run, Map<String, Path> results, Pull pull, Kernels kernels, List<Kernels> singles) {
  /// A file or directory in another stage's result.
  Path in(String stage, String name) {
    return results.get(stage).resolve(name);
  }
}
