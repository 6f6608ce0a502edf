package herd.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    description = "Measure how fast models read, write and are trained.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BenchInferCommand.class, BenchTrainCommand.class, MakeModelCommand.class},
    footer = {"", "Example: herd bench infer --model smollm2"})
final class BenchCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Spec
  private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    spec.commandLine().usage(herd.out());
  }

  Main herd() {
    return herd;
  }
}
