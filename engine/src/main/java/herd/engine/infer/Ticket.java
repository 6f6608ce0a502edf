package herd.engine.infer;

/// A submitted request.
public interface Ticket {
  /// Ends it within one step of the engine, wherever it is; harmless if it has ended.
  void cancel();

  /// Waits for its end.
  Result await() throws InterruptedException;

  /// Waits for its end through interruptions, whose mark stays on the thread.
  default Result join() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
