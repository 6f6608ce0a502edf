package herd.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "scale",
    description = "Scaling laws: what many small runs say about a large one.",
    subcommands = {ScaleFitCommand.class},
    footer = {"", "Example: herd scale fit runs.csv --at 3.8e25"})
final class ScaleCommand implements Runnable {
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
