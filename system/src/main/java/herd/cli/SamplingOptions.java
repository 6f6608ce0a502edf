package herd.cli;

import herd.engine.sample.Sampling;
import picocli.CommandLine.Option;

/// The options that say how tokens are chosen.
final class SamplingOptions {
  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Longest answer in tokens (${DEFAULT-VALUE}).")
  int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0 takes the most likely token (${DEFAULT-VALUE}).")
  double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Choose among the K most likely tokens; 0 for all (${DEFAULT-VALUE}).")
  int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Choose among the most likely tokens of this probability (${DEFAULT-VALUE}).")
  double topP;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The same seed gives the same answer (${DEFAULT-VALUE}).")
  long seed;

  Sampling sampling() {
    return Sampling.of(seed, temperature, topK, topP);
  }
}
