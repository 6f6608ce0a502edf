package herd.engine.io;

import com.sun.management.ThreadMXBean;
import herd.engine.Effort;
import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

import static org.assertj.core.api.Assertions.assertThat;

/// Headers of real model files with bytes of them changed, cut out, put in or doubled: each file is
/// read, or refused with its name and a place in it; nothing else is thrown, and neither time nor
/// memory grows beyond what the size of the file accounts for.
class HeaderFuzzTest {
  private static final String NAME = "fuzz.file";
  private static final double SECONDS = 2;
  private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final List<byte[]> GGUFS = files(".gguf", 30_000);
  private static final List<byte[]> SAFETENSORS = files(".safetensors", 10_000);

  /// One change of a file.
  /// @param at where, in parts of the header's length
  sealed interface Change {
    double at();

    record Flip(double at, int bit) implements Change {}

    record Byte(double at, int value) implements Change {}

    /// A number that readers may take for a length.
    record Number(double at, long value, int bytes) implements Change {}

    record Cut(double at, int length) implements Change {}

    record Doubled(double at, int length) implements Change {}

    /// The file ends there.
    record End(double at) implements Change {}
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    var at = Arbitraries.doubles().between(0, 1);
    var length = Arbitraries.integers().between(1, 40);
    var numbers = Arbitraries.of(
        0L,
        1L,
        -1L,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        0x7FFF_FFFFL,
        0xFFFF_FFFFL,
        1L << 40,
        9L,
        300L);
    Arbitrary<Change> one = Arbitraries.oneOf(
        Combinators.combine(at, Arbitraries.integers().between(0, 7)).as(Change.Flip::new),
        Combinators.combine(at, Arbitraries.integers().between(0, 255)).as(Change.Byte::new),
        Combinators.combine(at, numbers, Arbitraries.of(4, 8)).as(Change.Number::new),
        Combinators.combine(at, length).as(Change.Cut::new),
        Combinators.combine(at, length).as(Change.Doubled::new),
        at.map(Change.End::new));
    return one.list().ofMinSize(1).ofMaxSize(3);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void ggufIsReadOrRefusedWithItsPlace(@ForAll int which, @ForAll("changes") List<Change> changes) {
    readOrRefused(
        GGUFS.get(Math.floorMod(which, GGUFS.size())),
        changes,
        (file, bytes) -> new GgufReader(file, bytes).read());
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void safetensorsAreReadOrRefusedWithTheirPlace(
      @ForAll int which, @ForAll("changes") List<Change> changes) {
    readOrRefused(
        SAFETENSORS.get(Math.floorMod(which, SAFETENSORS.size())),
        changes,
        (file, bytes) -> new Safetensors.Reader(file, bytes).read());
  }

  @Property(tries = 20_000)
  @Tag("slow")
  void ofEitherKindLonger(@ForAll int which, @ForAll("changes") List<Change> changes) {
    ggufIsReadOrRefusedWithItsPlace(which, changes);
    safetensorsAreReadOrRefusedWithTheirPlace(which, changes);
  }

  private static void readOrRefused(
      byte[] whole, List<Change> changes, BiConsumer<Path, MemorySegment> reader) {
    int header = header(whole);
    byte[] bytes = whole;
    for (var change : changes) {
      bytes = changed(bytes, header, change);
    }
    var segment = MemorySegment.ofArray(bytes);
    long allocated = MEMORY.getCurrentThreadAllocatedBytes();
    double seconds = Effort.seconds(() -> {
      try {
        reader.accept(Path.of(NAME), segment);
      } catch (UserError e) {
        assertThat(e.getMessage())
            .contains(NAME)
            .containsPattern("byte \\d|line \\d|tensor '|key '")
            .hasSizeLessThan(4 * whole.length + 1000);
      }
    });
    assertThat(seconds).isLessThan(SECONDS);
    assertThat(MEMORY.getCurrentThreadAllocatedBytes() - allocated)
        .isLessThan((4 << 20) + 200L * bytes.length);
  }

  private static byte[] changed(byte[] from, int header, Change change) {
    if (from.length == 0) {
      return from;
    }
    int at = Math.min(from.length - 1, (int) (change.at() * header));
    var out = from.clone();
    switch (change) {
      case Change.Flip f -> out[at] ^= (byte) (1 << f.bit());
      case Change.Byte b -> out[at] = (byte) b.value();
      case Change.Number n -> {
        var eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(n.value());
        System.arraycopy(eight.array(), 0, out, at, Math.min(n.bytes(), out.length - at));
      }
      case Change.Cut c -> {
        int end = Math.min(out.length, at + c.length());
        out = joined(Arrays.copyOf(from, at), Arrays.copyOfRange(from, end, from.length));
      }
      case Change.Doubled d -> {
        int end = Math.min(out.length, at + d.length());
        out = joined(Arrays.copyOf(from, end), Arrays.copyOfRange(from, at, from.length));
      }
      case Change.End _ -> out = Arrays.copyOf(from, at);
    }
    return out;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    var out = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, out, first.length, second.length);
    return out;
  }

  /// Bytes at the beginning of a file that tell what the rest is.
  private static int header(byte[] whole) {
    var bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getInt(0) != 0x46554747) {
      return 8 + (int) bytes.getLong(0);
    }
    var gguf = new GgufReader(Path.of(NAME), MemorySegment.ofArray(whole)).read();
    return gguf.places().tensorsEnd();
  }

  /// Sound files of other programs where they are at hand, and one of our own.
  private static List<byte[]> files(String ending, int most) {
    var out = new ArrayList<byte[]>(List.of(own(ending)));
    Path golden = Path.of(System.getProperty("herd.shared", "../shared"), "golden", "infer");
    if (Files.isDirectory(golden)) {
      try (var files = Files.walk(golden)) {
        for (Path file :
            files.filter(f -> f.toString().endsWith(ending)).sorted().toList()) {
          boolean broken = file.getParent().endsWith("broken");
          if (!broken || file.getFileName().toString().startsWith("ok.")) {
            byte[] whole = Files.readAllBytes(file);
            if (header(whole) <= most) {
              out.add(whole);
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return out;
  }

  private static byte[] own(String ending) {
    try (var arena = Arena.ofConfined()) {
      var tensors = new ArrayList<StoredTensor>();
      for (var encoding : Set.of(Encoding.F32, Encoding.F16, Encoding.BF16)) {
        long[] shape = {3, 32};
        var data = arena.allocate(encoding.bytes(96), 64);
        tensors.add(new StoredTensor("of." + encoding, encoding, shape, data));
      }
      Path file = Files.createTempFile("fuzz", ending);
      try {
        if (ending.equals(".gguf")) {
          var metadata = Map.<String, Object>of(
              "words", List.of("a", "", "日"), "sizes", new int[] {1, 2}, "x", 0.5f, "on", true);
          Gguf.write(file, metadata, tensors);
        } else {
          Safetensors.write(file, tensors, Map.of("é", "text"));
        }
        return Files.readAllBytes(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
