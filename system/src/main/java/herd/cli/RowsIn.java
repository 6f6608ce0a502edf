package herd.cli;

import picocli.CommandLine.Option;

/// Where rows come from.
final class RowsIn {
  @Option(
      names = "--in",
      defaultValue = "-",
      paramLabel = "FILE",
      description = "JSON objects, one a line; - for standard input (the default).")
  String file;
}
