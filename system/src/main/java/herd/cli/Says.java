package herd.cli;

import herd.run.Console;
import herd.run.Progress;

/// How commands show progress.
final class Says {
  private static final int WIDTH = 80;

  private Says() {}

  /// A console on standard output for results of long work.
  static Console console(Main herd, boolean json, Stop stop) {
    var form = Console.form(json);
    var columns = herd.environment().getOrDefault("COLUMNS", "");
    int width = columns.matches("\\d{2,4}") ? Integer.parseInt(columns) : WIDTH;
    return new Console(herd.out(), form, width, stop::asked, System::nanoTime);
  }

  /// Progress on standard error, for commands whose standard output is their result.
  static Progress aside(Main herd, Stop stop) {
    var form = Console.form(false);
    return new Console(herd.err(), form, WIDTH, stop::asked, System::nanoTime).begin("");
  }
}
