package herd.cli;

import herd.engine.kernel.Precision;
import herd.engine.model.Recompute;
import herd.train.course.LowRankSettings;
import herd.train.course.SpikeRule;
import herd.train.course.TrainOptions;
import java.util.List;
import picocli.CommandLine.Option;

/// Options of the commands that train on files of text.
final class TrainingOptions {
  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "262144",
      description = "Tokens to train on (${DEFAULT-VALUE}).")
  long length;

  @Option(
      names = "--step-tokens",
      paramLabel = "N",
      defaultValue = "2048",
      description = "Tokens of an optimizer step (${DEFAULT-VALUE}).")
  int stepTokens;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens of a row, which no document exceeds (${DEFAULT-VALUE}).")
  int sequence;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      defaultValue = "0",
      description = "Most tokens of a forward and backward pass; a step adds up several.")
  int batchTokens;

  @Option(
      names = "--recompute",
      paramLabel = "WHAT",
      defaultValue = "NONE",
      description = "Results that are computed again instead of kept: ${COMPLETION-CANDIDATES}.")
  Recompute recompute;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description =
          "Operands of products: f32, or bf16 where this machine multiplies those faster.")
  Precision precision;

  @Option(
      names = "--lora",
      paramLabel = "RANK",
      defaultValue = "0",
      description = "Train low-rank additions of this width instead of the model.")
  int lora;

  @Option(
      names = "--freeze",
      paramLabel = "PART",
      description = "Part of the names of parameters that are not trained: embed_tokens, layers.0.")
  List<String> freeze = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the order of documents (${DEFAULT-VALUE}).")
  long seed;

  TrainOptions options() {
    return new TrainOptions(
        recompute,
        batchTokens,
        2,
        0,
        0,
        SpikeRule.NEVER,
        0,
        freeze,
        new LowRankSettings(lora, LowRankSettings.NONE.targets()),
        precision);
  }
}
