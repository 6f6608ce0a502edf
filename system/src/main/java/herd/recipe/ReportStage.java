package herd.recipe;

import herd.report.Report;
import herd.run.About;
import herd.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/// Draws the run's `report.html` from `result.json` and the `stage.json` of the stages before it.
@About("draws report.html from what the stages before it found")
record ReportStage(
    @About("stages whose findings it shows, in the recipe's order")
    List<String> of) implements Stage {
  @Override
  public List<String> inputs() {
    return of;
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var page = Report.write(inputs.run());
    Files.copy(page, workspace.result().resolve(page.getFileName()));
  }
}
