package herd.run;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashSet;
import java.util.Set;

/// Bounds the time of pieces of work, each of which one thread does. A thread of its own looks at
/// them from time to time and interrupts the one whose time is up; the work heeds that
/// ([#heed]) in its loops and ends by [Passed]. So no thread is left behind, and a piece of work
/// costs two short locks.
///
/// Counted is the processor time of the thread, so that a busy machine stops no more than an idle
/// one; where the thread waits for another, the time that passes.
public final class TimeLimit {
  private static final long LOOK_MILLIS = 100;

  /// Looks without work after which the thread that looks ends.
  private static final int IDLE = 20;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final long most;
  private final Set<Watch> watches = new HashSet<>();
  private boolean looking;

  /// The time of a piece of work is up.
  public static final class Passed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Passed() {
      super("the time for this is up", null, false, false);
    }
  }

  /// @param seconds for a piece of work
  public TimeLimit(double seconds) {
    most = (long) (seconds * 1e9);
  }

  /// To be called in loops whose length depends on the input. A nanosecond.
  /// @throws Passed if the time for the work on this thread is up
  public static void heed() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Passed();
    }
  }

  /// Processor time of this thread so far, in nanoseconds.
  public static long processorNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /// Watches over the work of this thread.
  public Watch watch() {
    var watch = new Watch(Thread.currentThread());
    synchronized (watches) {
      watches.add(watch);
      if (!looking) {
        looking = true;
        Thread.ofPlatform().daemon().name("time-limit").start(this::look);
      }
    }
    return watch;
  }

  private void look() {
    for (int idle = 0; ; idle++) {
      try {
        Thread.sleep(Math.clamp(most / 4_000_000, 1, LOOK_MILLIS));
      } catch (InterruptedException e) {
        idle = IDLE; // nobody does that
      }
      synchronized (watches) {
        watches.forEach(Watch::look);
        idle = watches.isEmpty() ? idle : 0;
        if (idle >= IDLE) {
          looking = false;
          return;
        }
      }
    }
  }

  /// The work of one thread, which alone calls these methods.
  public final class Watch implements AutoCloseable {
    private final Thread thread;
    private boolean busy;
    private boolean passed;
    private long number;

    // Of the last look: at which piece of work, what was used then, and when.
    private long seen = -1;
    private long cpu;
    private long time;
    private long used;

    private Watch(Thread thread) {
      this.thread = thread;
    }

    /// A piece of work begins.
    public synchronized void begin() {
      number++;
      busy = true;
    }

    /// It is done, or given up.
    /// @return whether its time was up
    public synchronized boolean end() {
      busy = false;
      boolean was = passed;
      if (passed) {
        passed = false;
        Thread.interrupted();
      }
      return was;
    }

    private synchronized void look() {
      if (!busy) {
        return;
      }
      long now = System.nanoTime();
      long cpuNow = THREADS.getThreadCpuTime(thread.threadId());
      if (number != seen) {
        seen = number;
        used = 0;
      } else {
        used += waits(thread.getState()) ? now - time : cpuNow - cpu;
      }
      time = now;
      cpu = cpuNow;
      if (used >= most) {
        passed = true;
        thread.interrupt();
      }
    }

    private static boolean waits(Thread.State state) {
      return switch (state) {
        case WAITING, TIMED_WAITING -> true;
        case NEW, RUNNABLE, BLOCKED, TERMINATED -> false;
      };
    }

    @Override
    public void close() {
      end();
      synchronized (watches) {
        watches.remove(this);
      }
    }
  }
}
