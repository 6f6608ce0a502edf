package herd.recipe;

import herd.engine.tensor.Kernels;
import herd.pull.Pull;
import java.nio.file.Path;

/// What all stages of a run work with.
/// @param run the run's directory
/// @param pull fetches sources
/// @param kernels compute
public record Means(Path run, Pull pull, Kernels kernels) {}
