package herd.engine.code;

import herd.engine.code.Processor.Feature;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ProcessorTest {
  private static final Path KNOWN = Path.of("/proc/cpuinfo");

  /// The system's own list, which counts only what it saves.
  @Test
  void hasWhatTheSystemSays() throws IOException {
    var processor = Processor.ask();
    assumeTrue(processor.refusal() == null, processor.refusal());
    assumeTrue(Files.isReadable(KNOWN), "no " + KNOWN);
    var lines = Files.readAllLines(KNOWN);
    var flags = Set.of(value(lines, "flags").split(" "));
    var expected = Arrays.stream(Feature.values())
        .filter(feature -> flags.contains(feature.name().toLowerCase(Locale.ROOT)))
        .collect(Collectors.toCollection(TreeSet::new));
    // Systems write some of them in one word, some in two.
    for (var feature : Feature.values()) {
      if (flags.contains(feature.name().toLowerCase(Locale.ROOT).replace("_", ""))) {
        expected.add(feature);
      }
    }
    assertThat(new TreeSet<>(processor.features())).isEqualTo(expected);
    assertThat(processor.name()).isEqualTo(value(lines, "model name"));
  }

  private static String value(Iterable<String> lines, String key) {
    for (String line : lines) {
      if (line.startsWith(key)) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    return "";
  }

  @Test
  void largeMemoryIsZeroedAlignedAndGivenBack() throws IOException {
    long bytes = 50 << 20; // far more than what the JVM takes for itself meanwhile
    long before = mapped();
    try (var arena = Arena.ofShared()) {
      var data = Pages.data(bytes, arena);
      assertThat(data.byteSize()).isEqualTo(bytes);
      assertThat(data.address() % 64).isZero();
      assertThat(data.mismatch(arena.allocate(bytes))).isEqualTo(-1);
      data.fill((byte) 1);
    }
    assertThat(mapped()).isLessThan(before + bytes);
  }

  private static long mapped() throws IOException {
    var status = Path.of("/proc/self/statm");
    assumeTrue(Files.isReadable(status), "no " + status);
    return 4096 * Long.parseLong(Files.readString(status).split(" ")[1]);
  }
}
