package herd.cli;

import herd.report.Report;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "report",
    description = "Draw the report of a run again.",
    footer = {"", "Example: herd report runs/tiny"})
final class ReportCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Parameters(paramLabel = "RUN", description = "A run's directory.")
  private Path run;

  @Mixin
  private Shown.Help help;

  @Override
  public void run() {
    herd.out().println(Report.write(run));
  }
}
