package herd.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// The most memory that this process has taken.
public final class PeakMemory {
  private PeakMemory() {}

  /// Bytes of main memory, at the highest so far; where the system does not tell, what Java has
  /// set aside now.
  public static long bytes() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseGet(PeakMemory::committed);
    } catch (IOException e) {
      return committed();
    }
  }

  private static long committed() {
    var memory = ManagementFactory.getMemoryMXBean();
    return memory.getHeapMemoryUsage().getCommitted()
        + memory.getNonHeapMemoryUsage().getCommitted();
  }
}
