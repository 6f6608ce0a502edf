package herd.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How a command shows what it found, or what it can do.
final class Shown {
  @Option(
      names = "--json",
      description = "Print JSON, one object a line; commands that read rows do in any case.")
  private boolean json;

  @Mixin
  private Help help;

  boolean asJson() {
    return json;
  }

  /// Of commands that print text alone.
  static final class Help {
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help.")
    private boolean help;
  }

  /// Of commands that only hold others: by itself such a command shows which.
  static final class Group {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private Help help;

    void show(Main herd) {
      spec.commandLine().usage(herd.out());
    }
  }
}
