package herd.engine.block;

import herd.engine.io.Encoding;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Our blocks beside those of ggml itself, called in the library that the npm package
/// `node-llama-cpp` brings. Skipped unless the system property `herd.node` names a folder whose
/// `node_modules` holds that package.
@Tag("slow")
class GgmlQuantiseTest {
  private static final int ROWS = 64;
  private static final int COLS = 1024;

  private final Arena arena = Arena.ofAuto();

  private interface Source {
    float next(RandomGenerator random);
  }

  @Test
  void theErrorIsNoLargerThanGgmls() throws Throwable {
    var quantise = ggml();
    var random = new Random(20);
    List<Source> sources = List.of(
        r -> (float) (0.02 * r.nextGaussian()),
        r -> (float) (0.02 * Math.signum(r.nextDouble() - 0.5) * r.nextExponential()),
        r -> (float) r.nextDouble(0.5, 1),
        r -> (float) (r.nextGaussian() * (r.nextInt(100) == 0 ? 20 : 1)));
    for (var source : sources) {
      var x = arena.allocate(4L * ROWS * COLS, 64);
      for (long i = 0; i < ROWS * COLS; i++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, source.next(random));
      }
      var importance = new float[COLS];
      for (int c = 0; c < COLS; c++) {
        importance[c] = (float) Math.exp(2 * random.nextGaussian());
      }
      for (var encoding : List.of(Encoding.Q4_K, Encoding.Q6_K)) {
        for (float[] weights : new float[][] {null, importance}) {
          double ours = error(x, own(encoding, x, weights), encoding, weights);
          double theirs = error(x, theirs(quantise, encoding, x, weights), encoding, weights);
          assertThat(ours).as(encoding.name()).isLessThanOrEqualTo(theirs);
        }
      }
    }
  }

  private MemorySegment own(Encoding encoding, MemorySegment x, float[] importance) {
    var out = arena.allocate(encoding.bytes(ROWS * COLS));
    encoding.encode(x, out, importance);
    return out;
  }

  private MemorySegment theirs(
      MethodHandle quantise, Encoding encoding, MemorySegment x, float[] importance)
      throws Throwable {
    var out = arena.allocate(encoding.bytes(ROWS * COLS));
    var weights = importance == null
        ? MemorySegment.NULL
        : arena.allocateFrom(ValueLayout.JAVA_FLOAT, importance);
    int type = encoding == Encoding.Q4_K ? 12 : 14;
    long written = (long) quantise.invokeExact(type, x, out, 0L, (long) ROWS, (long) COLS, weights);
    assertThat(written).isEqualTo(out.byteSize());
    return out;
  }

  private double error(MemorySegment x, MemorySegment coded, Encoding encoding, float[] weights) {
    var decoded = arena.allocate(x.byteSize());
    encoding.decode(coded, decoded, "own");
    double sum = 0;
    for (int i = 0; i < ROWS * COLS; i++) {
      double difference =
          decoded.getAtIndex(ValueLayout.JAVA_FLOAT, i) - x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      sum += difference * difference * (weights == null ? 1 : weights[i % COLS]);
    }
    return sum;
  }

  @SuppressWarnings("restricted") // calls native code
  private MethodHandle ggml() throws IOException {
    String node = System.getProperty("herd.node");
    assumeTrue(node != null, "node-llama-cpp is absent; -Dherd.node=FOLDER names its place");
    Path library;
    try (var files = Files.walk(Path.of(node, "node_modules", "@node-llama-cpp"))) {
      library = files.filter(f -> f.endsWith("libggml-base.so")).findFirst().orElse(null);
    }
    assumeTrue(library != null, "no libggml-base.so under " + node);
    var symbol = SymbolLookup.libraryLookup(library, arena).find("ggml_quantize_chunk");
    return Linker.nativeLinker()
        .downcallHandle(
            symbol.orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
  }
}
