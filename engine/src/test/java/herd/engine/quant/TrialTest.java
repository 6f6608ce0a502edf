package herd.engine.quant;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Machine code is tried in a JVM of its own, between pages that must not be touched.
class TrialTest {
  @TempDir
  Path folder;

  /// Reads one unit of weights too many, or writes one group too many: what a wrong loop does.
  record Broken(BlockKernels right, boolean reads) implements BlockKernels {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public BlockKernel kernel(PackedFormat format) {
      var kernel = right.kernel(format);
      return new BlockKernel() {
        @Override
        public int tokens() {
          return kernel.tokens();
        }

        @Override
        public int groups() {
          return kernel.groups();
        }

        @Override
        public void tile(
            long w, int units, int groups, long panel, int tokens, long y, long step, long ahead) {
          kernel.tile(w, units, groups, panel, tokens, reads ? y : y + 4, step, ahead);
          if (reads) {
            long unit = (long) units * groups * format.unitBytes();
            Bytes.signed(w + unit);
          }
        }
      };
    }
  }

  /// What the forked JVM runs.
  public static void main(String[] args) {
    Trial.check(new Broken(new ReferenceBlocks(), args[0].equals("reads")));
  }

  private static void assumeMachineCode() {
    var processor = Processor.ask();
    assumeTrue(processor.refusal() == null, processor.refusal());
    assumeTrue(InstructionSet.AVX2.runsOn(processor), "no AVX2 here");
  }

  @Test
  void everyKindThatRunsHerePassesAndItsVerdictIsKept() throws IOException {
    assumeMachineCode();
    for (var set : InstructionSet.values()) {
      if (set.runsOn(Processor.ask())) {
        assertThat(Trial.passes(set, folder)).as(set.name()).isTrue();
      }
    }
    try (var verdicts = Files.list(folder)) {
      assertThat(verdicts).allSatisfy(file -> assertThat(file).content().isEqualTo("passed\n"));
    }
    var best = BlockChoice.best(folder);
    assertThat(best).isInstanceOf(MachineBlocks.class);
    try (var verdicts = Files.list(folder)) {
      for (Path file : verdicts.toList()) {
        Files.writeString(file, "failed\n");
      }
    }
    assertThat(BlockChoice.best(folder)).doesNotHaveToString(best.toString());
  }

  @Test
  void oneByteOutsideEndsTheTrial() throws IOException, InterruptedException {
    assumeMachineCode();
    for (String fault : List.of("reads", "writes")) {
      assertThat(fork(fault)).as(fault).isNotZero();
    }
  }

  /// One row packed into the lane beside its own.
  private record Misplaced(BlockKernels right) implements BlockKernels {
    @Override
    public String name() {
      return "misplaced";
    }

    @Override
    public BlockKernel kernel(PackedFormat format) {
      var kernel = right.kernel(format);
      return new BlockKernel() {
        @Override
        public int tokens() {
          return kernel.tokens();
        }

        @Override
        public int groups() {
          return kernel.groups();
        }

        @Override
        public void pack(
            PackedFormat format, long from, long step, long group, int lane, int rows, int cols) {
          kernel.pack(format, from, step, group, rows == 1 ? lane ^ 1 : lane, rows, cols);
        }

        @Override
        public void tile(
            long w, int units, int groups, long panel, int tokens, long y, long step, long ahead) {
          kernel.tile(w, units, groups, panel, tokens, y, step, ahead);
        }
      };
    }
  }

  @Test
  void rowsPackedOtherwiseEndTheTrial() {
    assumeMachineCode(); // guarded pages are needed
    assertThatThrownBy(() -> Trial.check(new Misplaced(new ReferenceBlocks())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("packed otherwise");
  }

  private int fork(String fault) throws IOException, InterruptedException {
    var process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+SuppressFatalErrorMessage",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            TrialTest.class.getName(),
            fault)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Test
  void aNameChooses() {
    assertThat(BlockChoice.of("reference", folder).name()).isEqualTo("reference");
    assertThatThrownBy(() -> BlockChoice.of("fast", folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--kernels: fast; allowed: reference, vector, machine");
  }

  @Test
  void aNameChoosesTheInstructions() {
    assumeMachineCode();
    var processor = Processor.ask();
    for (var set : InstructionSet.values()) {
      if (set.runsOn(processor)) {
        assertThat(BlockChoice.of(set.kernels(), null)).hasToString("machine (" + set + ")");
      } else {
        assertThatThrownBy(() -> BlockChoice.of(set.kernels(), null))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("this processor lacks");
      }
    }
    assertThatThrownBy(() -> BlockChoice.of("machine:sse", null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("machine:avx512-vnni, machine:avx-vnni, machine:avx2");
  }
}
