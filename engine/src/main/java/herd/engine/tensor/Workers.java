package herd.engine.tensor;

import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// A fixed pool of platform threads that run the parts of one operation at a time. Threads spin
/// between operations for a while before they park: fork and join then cost a fraction of a
/// microsecond instead of tens.
///
/// Not reentrant: a part must not call [#run]. Calls from several threads take turns.
public final class Workers implements AutoCloseable {
  private static final int SPINS = 20_000;

  private final Thread[] threads;
  private volatile long round;
  private volatile boolean closed;
  private IntConsumer task;
  private int parts;
  private final java.util.concurrent.atomic.AtomicInteger next =
      new java.util.concurrent.atomic.AtomicInteger();
  private final java.util.concurrent.atomic.AtomicInteger running =
      new java.util.concurrent.atomic.AtomicInteger();
  private volatile Throwable failure;

  /// @param count threads that take part, the caller included; at least 1
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("workers: " + count);
    }
    threads = new Thread[count - 1];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofPlatform().daemon().name("herd-worker-" + (i + 1)).start(this::serve);
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
  /// all are done. An exception of a part is thrown here after the others have finished.
  public synchronized void run(int parts, IntConsumer part) {
    if (parts <= 1 || threads.length == 0) {
      for (int i = 0; i < parts; i++) {
        part.accept(i);
      }
      return;
    }
    this.task = part;
    this.parts = parts;
    next.set(0);
    failure = null;
    running.set(threads.length);
    round++;
    for (var thread : threads) {
      LockSupport.unpark(thread);
    }
    takeParts();
    while (running.get() > 0) {
      Thread.onSpinWait();
    }
    this.task = null;
    if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    }
  }

  private void takeParts() {
    try {
      for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
        task.accept(i);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
      next.set(parts);
    }
  }

  private void serve() {
    long seen = 0;
    while (true) {
      int spins = 0;
      while (round == seen && !closed) {
        if (++spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
      if (closed) {
        return;
      }
      seen = round;
      takeParts();
      running.decrementAndGet();
    }
  }

  @Override
  public void close() {
    closed = true;
    for (var thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
