package herd.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The machine that a result was made on.
/// @param cpu name of the processor
/// @param cores that this process may use
/// @param memoryBytes of main memory
/// @param jdk version of Java
/// @param system operating system and architecture
/// @param kernels which kernels compute: `vector`, `reference`
public record Machine(
    String cpu, int cores, long memoryBytes, String jdk, String system, String kernels) {
  /// This machine.
  public static Machine here(String kernels) {
    long memory = ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean bean
        ? bean.getTotalMemorySize()
        : 0;
    return new Machine(
        processor(),
        Runtime.getRuntime().availableProcessors(),
        memory,
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        kernels);
  }

  private static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException | RuntimeException e) {
      return System.getProperty("os.arch");
    }
  }

  /// As it stands in `stage.json` and `result.json`.
  public ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("cpu", cpu)
        .put("cores", cores)
        .put("memoryBytes", memoryBytes)
        .put("jdk", jdk)
        .put("system", system)
        .put("kernels", kernels);
  }
}
