package herd.engine.tensor;

import herd.engine.code.Processor;
import herd.engine.code.Processor.Feature;
import herd.engine.kernel.KernelChoice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Each case is a JVM of its own, since flags cannot change in a running one.
class KernelChoiceTest {
  private static final List<String> FLAGS =
      List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

  private record Ended(int code, String output) {}

  private static Ended java(Class<?> main, List<String> flags)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }

  /// Chooses twice and computes once.
  static final class Chooses {
    private Chooses() {}

    public static void main(String[] args) {
      try (var workers = new Workers(2)) {
        KernelChoice.best(workers);
        var kernels = KernelChoice.best(workers);
        var x = Tensor.of(Arena.ofAuto(), 1, 2, 3);
        var y = Tensor.of(Arena.ofAuto(), 0);
        kernels.linear(y, x, x);
        System.out.println(kernels.name() + " " + y.get(0, 0));
      }
    }
  }

  @Test
  void withoutFlagsItNamesThemOnceAndStillComputes() throws Exception {
    var ended = java(Chooses.class, List.of());
    assertThat(ended.output).contains("reference 14.0").doesNotContain("Exception", "Error");
    assertThat(ended.output).containsOnlyOnce("--add-modules jdk.incubator.vector");
    assertThat(ended.output).containsOnlyOnce("--enable-native-access=ALL-UNNAMED");
    assertThat(ended.code).isZero();
  }

  @Test
  void withFlagsItTakesTheFastest() throws Exception {
    var ended = java(Chooses.class, FLAGS);
    String fastest =
        Processor.ask().has(Feature.AVX2, Feature.FMA, Feature.F16C) ? "machine" : "vector";
    assertThat(ended.output)
        .contains(fastest + " 14.0")
        .doesNotContain("Exception", "started without");
    assertThat(ended.code).isZero();
  }

  /// Runs the whole harness in one process and prints what is wrong.
  static final class Harness {
    private Harness() {}

    public static void main(String[] args) {
      var test = new KernelHarnessTest();
      for (var kernelCase : KernelHarnessTest.all()) {
        test.agreesWithTheReferenceInDouble(kernelCase);
      }
      System.out.println("lanes " + Floats.LANES);
      System.exit(0);
    }
  }

  /// Vectors of 256 and 128 bits, as other machines have them.
  @ParameterizedTest
  @ValueSource(ints = {32, 16})
  @Tag("slow")
  void narrowerVectorsAgreeToo(int bytes) throws Exception {
    var flags = new ArrayList<>(FLAGS);
    flags.add("-XX:MaxVectorSize=" + bytes);
    var ended = java(Harness.class, flags);
    assertThat(ended.output).contains("lanes " + Math.min(Floats.LANES, bytes / 4));
    assertThat(ended.code).isZero();
  }
}
