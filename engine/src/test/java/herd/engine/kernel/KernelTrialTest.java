package herd.engine.kernel;

import herd.engine.code.Processor;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// The operations are tried in a JVM of their own, between pages that must not be touched.
class KernelTrialTest {
  @TempDir
  Path folder;

  /// What the forked JVM runs: the reference with a fault.
  public static void main(String[] args) {
    KernelTrial.check(faulty(args[0]));
    System.exit(0);
  }

  /// Reads or writes the number behind the last output of every call, or gets it wrong.
  @SuppressWarnings("restricted")
  private static Kernels faulty(String fault) {
    var right = new ReferenceKernels();
    return (Kernels) Proxy.newProxyInstance(
        Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, args) -> {
          var result = method.invoke(right, args);
          if (args != null && args[0] instanceof Tensor out) {
            var all = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
            long behind = out.address() + 4 * out.size();
            switch (fault) {
              case "reads" -> all.get(ValueLayout.JAVA_FLOAT_UNALIGNED, behind);
              case "writes" -> all.set(ValueLayout.JAVA_FLOAT_UNALIGNED, behind, 0);
              case "wrong" -> out.set(0, 0, out.get(0, 0) * 1.01 + 0.01);
              default -> {}
            }
          }
          return result;
        });
  }

  private static void assumeMachineCode() {
    assumeTrue(!MachineKernels.kinds().isEmpty(), () -> "none runs here: " + Processor.ask());
  }

  @Test
  void everyKindThatRunsHerePassesAndWhatFailedIsNotUsed() throws IOException {
    assumeMachineCode();
    for (var kind : MachineKernels.kinds()) {
      assertThat(KernelTrial.passes(kind, folder)).as(kind.name()).isTrue();
      if (MachineKernels.of(kind, new Workers(1), ReferenceKernels::new).inPairs() != null) {
        assertThat(KernelTrial.passesInPairs(kind, folder)).as(kind.name()).isTrue();
      }
    }
    try (var verdicts = Files.list(folder)) {
      assertThat(verdicts).allSatisfy(file -> assertThat(file).content().isEqualTo("passed\n"));
    }
    try (var workers = new Workers(1)) {
      var best = KernelChoice.best(workers, folder);
      assertThat(best).isInstanceOf(MachineKernels.class);
      try (var verdicts = Files.list(folder)) {
        for (Path file : verdicts.toList()) {
          Files.writeString(file, "failed\n");
        }
      }
      assertThat(KernelChoice.best(workers, folder)).doesNotHaveToString(best.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reads", "writes", "wrong", "nothing"})
  void everyFaultEndsTheTrial(String fault) throws IOException, InterruptedException {
    assumeMachineCode();
    var command = List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:-CreateCoredumpOnCrash",
        "-XX:+SuppressFatalErrorMessage",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        KernelTrialTest.class.getName(),
        fault);
    var process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue() == 0).isEqualTo(fault.equals("nothing"));
  }
}
