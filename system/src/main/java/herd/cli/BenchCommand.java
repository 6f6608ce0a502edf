package herd.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "bench",
    description = "Measure how fast models read, write and are trained.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BenchInferCommand.class, BenchTrainCommand.class, MakeModelCommand.class},
    footer = {"", "Example: herd bench infer --model smollm2"})
final class BenchCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private Shown.Group group;

  @Override
  public void run() {
    group.show(herd);
  }

  Main herd() {
    return herd;
  }
}
