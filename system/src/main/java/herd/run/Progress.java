package herd.run;

import java.util.Map;

/// Where long work says how far it is. The console shows it as a live line, a log as plain lines,
/// `--json` as events.
public interface Progress {
  /// Says nothing.
  Progress NONE = (_, _, _, _) -> {};

  /// @param done units done
  /// @param total units in all, 0 if unknown
  /// @param unit what is counted: `documents`, `tokens`, `items`, `bytes`
  /// @param facts what else to show, in order: `loss`, `tokens/s`
  void at(long done, long total, String unit, Map<String, Object> facts);

  /// As [#at(long, long, String, Map)] without further facts.
  default void at(long done, long total, String unit) {
    at(done, total, unit, Map.of());
  }

  /// A line worth keeping in the log.
  default void say(String line) {}

  /// Whether the user asked to stop. Long work asks between two units, saves its state and throws
  /// [Interrupted].
  default boolean interrupted() {
    return false;
  }

  /// Throws [Interrupted] if the user asked to stop.
  default void check() {
    if (interrupted()) {
      throw new Interrupted();
    }
  }

  /// Waits without missing that the user asked to stop.
  default void pause(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    try {
      while (System.nanoTime() < end) {
        check();
        Thread.sleep(Math.clamp((end - System.nanoTime()) / 1_000_000, 1, 100));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new Interrupted();
    }
  }
}
