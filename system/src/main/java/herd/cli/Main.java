package herd.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The program `herd`.
@Command(
    name = "herd",
    version = "herd 0.1.0",
    mixinStandardHelpOptions = true,
    description = "The Llama 3 recipe as one program.")
public final class Main implements Runnable {
  private Main() {}

  /// Runs one command and exits with its code.
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
