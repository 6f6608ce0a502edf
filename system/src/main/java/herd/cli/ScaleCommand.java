package herd.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "scale",
    description = "Scaling laws: what many small runs say about a large one.",
    subcommands = {ScaleFitCommand.class, ScaleRunCommand.class},
    footer = {
      "",
      "Example: herd scale run recipes/scale.yaml",
      "Example: herd scale fit runs.csv --at 3.8e25"
    })
final class ScaleCommand implements Runnable {
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
