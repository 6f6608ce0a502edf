package herd.engine.tensor;

import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// A fixed pool of platform threads that run the parts of one operation at a time. Threads spin
/// between operations for
/// a while before they park: fork and join then cost a fraction of a microsecond instead of tens.
///
/// Not reentrant: a part must not call [#run]. Calls from several threads take turns.
public final class Workers implements AutoCloseable {
  /// Looks at the round before a thread parks: about half a millisecond.
  private static final int SPINS = 10_000;

  /// Looks at the others' progress before the caller offers its processor to them.
  private static final int PATIENCE = 2_000;

  private final Thread[] threads;
  private final Parked[] parked;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private volatile long round;
  private volatile boolean closed;
  private volatile Throwable failure;
  private Part task;
  private int parts;

  /// One part of an operation.
  @FunctionalInterface
  public interface Part {
    /// @param worker who runs it, 0 (the caller) to `count() - 1`: names the scratch memory it may
    /// use
    /// @param part which part, 0 to `parts - 1`
    void run(int worker, int part);
  }

  /// Whether a thread sleeps or is about to; only then does it need to be woken.
  private static final class Parked {
    private volatile boolean now;
  }

  /// @param count threads that take part, the caller included; at least 1
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("workers: " + count);
    }
    threads = new Thread[count - 1];
    parked = new Parked[count - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      parked[i] = new Parked();
      threads[i] =
          Thread.ofPlatform().daemon().name("herd-worker-" + worker).unstarted(() -> serve(worker));
    }
    for (var thread : threads) {
      thread.start();
    }
  }

  /// One worker per processor.
  public static Workers perProcessor() {
    return new Workers(Runtime.getRuntime().availableProcessors());
  }

  /// Threads that take part, the caller included.
  public int count() {
    return threads.length + 1;
  }

  /// Runs `part.accept(0) … part.accept(parts - 1)`, each once, on any of the threads; returns when
  /// all are done. An
  /// exception of a part is thrown here after the others have finished; parts not yet begun are
  /// then left out.
  public void run(int parts, IntConsumer part) {
    run(parts, (_, i) -> part.accept(i));
  }

  /// As [#run(int, IntConsumer)]; each part is also told its worker.
  public synchronized void run(int parts, Part part) {
    if (parts <= 1 || threads.length == 0) {
      for (int i = 0; i < parts; i++) {
        part.run(0, i);
      }
      return;
    }
    if (closed) {
      throw new IllegalStateException("workers are closed");
    }
    begin(parts, part);
    takeParts(0);
    join();
    Reference.reachabilityFence(part);
    this.task = null;
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void begin(int parts, Part part) {
    this.task = part;
    this.parts = parts;
    failure = null;
    next.set(0);
    running.set(threads.length);
    round++;
    for (int i = 0; i < threads.length; i++) {
      if (parked[i].now) {
        LockSupport.unpark(threads[i]);
      }
    }
  }

  private void join() {
    for (int spins = 0; running.get() > 0; spins++) {
      if (spins < PATIENCE) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  private void takeParts(int worker) {
    try {
      for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
        task.run(worker, i);
      }
    } catch (Throwable e) {
      failure = e;
      next.set(parts);
    }
  }

  private void serve(int worker) {
    var sleep = parked[worker - 1];
    long seen = 0;
    while (awaitRound(seen, sleep)) {
      seen++;
      takeParts(worker);
      running.decrementAndGet();
    }
  }

  /// Waits for the round after `seen`; false if the pool was closed. A round begun after
  /// `sleep.now` was set sees it and
  /// wakes the thread; one begun before is seen by the look that follows: no wake-up is lost.
  private boolean awaitRound(long seen, Parked sleep) {
    for (int spins = 0; round == seen && !closed; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
        continue;
      }
      sleep.now = true;
      if (round == seen && !closed) {
        LockSupport.park(this);
      }
      sleep.now = false;
    }
    return round != seen;
  }

  /// Ends the threads; a running operation is finished first.
  @Override
  public synchronized void close() {
    closed = true;
    for (var thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
