package herd.engine;

import java.lang.management.ManagementFactory;

/// What work costs. A limit on it holds whatever else the machine does, which one on time does not.
public final class Effort {
  private Effort() {}

  /// Seconds of the processor that this thread spends on `work`.
  public static double seconds(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    work.run();
    return (threads.getCurrentThreadCpuTime() - start) / 1e9;
  }
}
