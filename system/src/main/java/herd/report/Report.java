package herd.report;

import herd.engine.io.WholeFile;
import java.nio.file.Path;

/// The page of a run.
public final class Report {
  private Report() {}

  /// Draws `report.html` in the directory of a run from its `result.json`, where it has one yet,
  /// and the `stage.json` of each of its stages. The page needs no network and no other file.
  /// @return the page
  /// @throws herd.engine.UserError if there is no stage, a file is not JSON, or the page cannot
  /// be written
  public static Path write(Path run) {
    Path page = run.resolve("report.html");
    WholeFile.write(page, new Page(RunFiles.read(run)).html());
    return page;
  }
}
