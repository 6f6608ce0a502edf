package herd.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of commands that ask a model what it makes of given texts or tokens.
final class AskedModel {
  @Option(
      names = "--model",
      defaultValue = ModelPlace.DEFAULT,
      paramLabel = "MODEL",
      description = "A run, a model directory, a GGUF file or hf:owner/name (${DEFAULT-VALUE}).")
  private String model;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  Path place(Main herd) {
    return ModelPlace.find(model, herd.environment());
  }

  LoadedModel load(Main herd) {
    return new LoadedModel(place(herd), kernels(herd));
  }

  /// How it is computed.
  KernelOptions kernels(Main herd) {
    return kernels.in(herd.environment());
  }

  boolean json() {
    return shown.asJson();
  }
}
