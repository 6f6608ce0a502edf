package herd.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "tokenizer",
    description = "Train tokenizers, and extend them.",
    subcommands = {TokenizerTrainCommand.class, TokenizerExtendCommand.class},
    footer = {"", "Example: herd tokenizer train --in texts/ --vocab-size 32768 --out mine"})
final class TokenizerCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private Shown.Group group;

  Main herd() {
    return herd;
  }

  @Override
  public void run() {
    group.show(herd);
  }
}
