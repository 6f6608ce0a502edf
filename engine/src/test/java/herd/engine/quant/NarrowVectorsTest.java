package herd.engine.quant;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Vectors of 256 and 128 bits, as other processors have them, each in a JVM of its own.
class NarrowVectorsTest {
  /// Runs the harness of packed matrices on the Vector API alone.
  static final class Harness {
    private Harness() {}

    public static void main(String[] args) {
      var test = new BlockKernelHarnessTest();
      BlockKernelHarnessTest.cases()
          .filter(c -> c.kernels() instanceof VectorBlocks)
          .forEach(test::agreesWithThePlainLoops);
      BlockKernelHarnessTest.formats().forEach(test::everyKernelGivesTheSameBits);
      System.out.println("lanes " + VectorBlocks.FLOATS.length());
      System.exit(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 16})
  @Tag("slow")
  void agreeWithThePlainLoops(int bytes) throws Exception {
    var process = new ProcessBuilder(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:MaxVectorSize=" + bytes,
            "-cp",
            System.getProperty("java.class.path"),
            Harness.class.getName()))
        .redirectErrorStream(true)
        .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("lanes " + Math.min(VectorBlocks.FLOATS.length(), bytes / 4));
  }
}
