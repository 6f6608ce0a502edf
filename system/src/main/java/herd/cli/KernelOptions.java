package herd.cli;

import herd.engine.UserError;
import herd.engine.tensor.KernelChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import picocli.CommandLine.Option;

/// The options that say how a model is computed.
final class KernelOptions {
  private static final int MOST_THREADS = 1024;

  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      description = "How to compute: reference, vector; else the best that can run here.")
  String name;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; else one per processor.")
  Integer threads;

  Workers workers() {
    if (threads == null) {
      return Workers.perProcessor();
    }
    if (threads < 1 || threads > MOST_THREADS) {
      throw new UserError(
          "--threads", "" + threads, "1 to " + MOST_THREADS, "Leave it out for one per processor.");
    }
    return new Workers(threads);
  }

  Kernels kernels(Workers workers) {
    return name == null ? KernelChoice.best(workers) : KernelChoice.of(name, workers);
  }
}
