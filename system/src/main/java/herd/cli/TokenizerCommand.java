package herd.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "tokenizer",
    description = "Train tokenizers, and extend them.",
    subcommands = {TokenizerTrainCommand.class, TokenizerExtendCommand.class},
    footer = {"", "Example: herd tokenizer train --in texts/ --vocab-size 32768 --out mine"})
final class TokenizerCommand implements Runnable {
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
