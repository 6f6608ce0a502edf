package herd.data.office;

import com.sun.management.ThreadMXBean;
import herd.run.TimeLimit;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/// What reading one file may take. Everything that reads its bytes or writes its text asks here; a
/// bound that is passed ends the work, and is remembered, as libraries may hide what they were
/// thrown.
final class Bounds {
  /// Bytes that a thread may take from the heap for a part of a file, dead or alive.
  private static final long MEMORY = 512L << 20;

  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  /// Calls between looks at the memory.
  private static final int OFTEN = 1024;

  private final long most;
  private final long memory;
  private long begun;
  private int calls;
  private String passed;

  /// @param most characters of text
  Bounds(long most) {
    this(most, MEMORY);
  }

  /// @param memory bytes that are taken from the heap for a part, dead or alive
  Bounds(long most, long memory) {
    this.most = most;
    this.memory = memory;
    begin();
  }

  /// Which bound was passed, as a reason in kebab case; null if none was.
  String passed() {
    return passed;
  }

  /// Ends the work.
  IOException pass(String reason) {
    passed = passed == null ? reason : passed;
    return new IOException(reason);
  }

  /// A part of the file begins: what was taken for the one before can go.
  final void begin() {
    begun = THREADS.getCurrentThreadAllocatedBytes();
  }

  /// To be called in loops, some nanoseconds.
  void heed() throws IOException {
    TimeLimit.heed();
    if (passed != null) {
      throw new IOException(passed);
    }
    if (++calls % OFTEN == 0) {
      heedMemory();
    }
  }

  /// To be called before much work.
  void heedMemory() throws IOException {
    TimeLimit.heed();
    if (passed != null) {
      throw new IOException(passed);
    }
    if (THREADS.getCurrentThreadAllocatedBytes() - begun > memory) {
      throw pass("too-much-memory");
    }
  }

  /// As [#heed], and that a text of this length may grow by so many characters.
  void heed(long length, long more) throws IOException {
    heed();
    if (length + more > most) {
      throw pass("text-too-large");
    }
  }
}
