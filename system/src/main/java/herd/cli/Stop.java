package herd.cli;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.utils.Signals;

/// Ctrl-C and a polite kill: the first asks the work to save its state and end, the second ends
/// the program at once.
final class Stop {
  private final AtomicBoolean asked = new AtomicBoolean();
  private final PrintStream err;

  private Stop(PrintStream err) {
    this.err = err;
  }

  /// Listens from now on.
  static Stop listen(PrintStream err) {
    var stop = new Stop(err);
    Signals.register("INT", stop::ask);
    Signals.register("TERM", stop::ask);
    return stop;
  }

  private void ask() {
    if (asked.getAndSet(true)) {
      Runtime.getRuntime().halt(130);
    }
    err.println();
    err.println("herd: stopping as soon as the state is saved; Ctrl-C again stops at once");
  }

  /// Whether the user asked to stop.
  boolean asked() {
    return asked.get();
  }
}
