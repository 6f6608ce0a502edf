package herd.cli;

import picocli.CommandLine.Option;

/// How a command shows what it found, or what it can do.
final class Shown {
  @Option(
      names = "--json",
      description = "Print JSON, one object a line; commands that read rows do in any case.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  boolean asJson() {
    return json;
  }
}
