package herd.serve.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Ends writes to clients that do not read: a thread that looks at all streams every second and
/// interrupts those whose write has lasted too long, which closes their connections.
final class StreamWatch implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1000;

  private final Set<Writing> all = ConcurrentHashMap.newKeySet();
  private final long patienceNanos;
  private final Thread thread;

  StreamWatch(long patienceSeconds) {
    this.patienceNanos = patienceSeconds * 1_000_000_000;
    this.thread = Thread.ofVirtual().name("herd-stream-watch").start(this::watch);
  }

  /// A stream's present write.
  static final class Writing {
    private Thread writer;
    private long since;

    synchronized void begin() {
      writer = Thread.currentThread();
      since = System.nanoTime();
    }

    synchronized void end() {
      writer = null;
    }

    private synchronized void interruptIfOlder(long nanos) {
      if (writer != null && System.nanoTime() - since > nanos) {
        writer.interrupt();
      }
    }
  }

  void add(Writing writing) {
    all.add(writing);
  }

  void remove(Writing writing) {
    all.remove(writing);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(PAUSE_MILLIS);
        all.forEach(writing -> writing.interruptIfOlder(patienceNanos));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
