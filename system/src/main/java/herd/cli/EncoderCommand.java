package herd.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "encoder",
    description = "Fine-tune encoders of RoBERTa's kind as classifiers of texts, and apply them.",
    subcommands = {EncoderTrainCommand.class, EncoderPredictCommand.class},
    footer = {
      "",
      "Example: herd encoder train --model distilroberta --in labelled.jsonl --out quality"
    })
final class EncoderCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  Main herd() {
    return herd;
  }

  @Override
  public void run() {
    spec.commandLine().usage(herd.out());
  }
}
