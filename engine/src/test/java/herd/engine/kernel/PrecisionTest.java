package herd.engine.kernel;

import herd.engine.kernel.MachineKernels.Kind;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Products in bf16: as the reference has them of operands that were rounded, whatever the workers.
class PrecisionTest {
  /// Normalised squared error: a sum in F32.
  private static final double LIMIT = 1e-11;

  /// The three products of one shape: results, then operands.
  private record Products(List<Tensor> results) {
    static Products of(Arena arena, Kernels kernels, int tokens, int in, int out, boolean rounded) {
      var random = new Random(tokens + 31L * in + 997L * out);
      var x = draw(arena, random, tokens, in, rounded);
      var w = draw(arena, random, out, in, rounded);
      var dy = draw(arena, random, tokens, out, rounded);
      var y = draw(arena, random, tokens, out, false);
      var dx = draw(arena, random, tokens, in, false);
      var dw = draw(arena, random, out, in, false);
      kernels.linear(y, x, w);
      kernels.linearBackwardInput(dx, dy, w);
      kernels.linearBackwardWeight(dw, dy, x, true);
      return new Products(List.of(y, dx, dw));
    }

    private static Tensor draw(Arena arena, Random random, int rows, int cols, boolean rounded) {
      var tensor = Tensor.allocate(arena, DType.F32, rows, cols);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          float drawn = (float) random.nextGaussian();
          tensor.set(r, c, rounded ? rounded(drawn) : drawn);
        }
      }
      return tensor;
    }

    /// To the nearest bf16, ties to even.
    private static float rounded(float x) {
      int bits = Float.floatToRawIntBits(x);
      return Float.intBitsToFloat(bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF_0000);
    }
  }

  private static Kernels inPairs(Workers workers) {
    var kinds = MachineKernels.kinds();
    var pairs = kinds.isEmpty()
        ? null
        : MachineKernels.of(kinds.getFirst(), workers, ReferenceKernels::new).inPairs();
    assumeTrue(pairs != null, "no bf16 products on this processor");
    return pairs;
  }

  @ParameterizedTest
  @CsvSource({
    "17, 1, 1",
    "17, 7, 13",
    "18, 31, 32",
    "33, 64, 48",
    "20, 33, 100",
    "64, 47, 702",
    "207, 130, 99",
    "19, 2100, 31",
    "40, 3, 2070",
    "131, 257, 49"
  })
  void asTheReferenceOfRoundedOperands(int tokens, int in, int out) {
    try (var arena = Arena.ofShared();
        var one = new Workers(1);
        var three = new Workers(3)) {
      var expected =
          Products.of(arena, new ReferenceKernels(), tokens, in, out, true).results();
      var found = Products.of(arena, inPairs(one), tokens, in, out, false).results();
      var spread = Products.of(arena, inPairs(three), tokens, in, out, false).results();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(error(found.get(i), expected.get(i))).as("product %d", i).isLessThan(LIMIT);
        assertThat(spread.get(i).data().mismatch(found.get(i).data())).isEqualTo(-1);
      }
    }
  }

  private static double error(Tensor found, Tensor expected) {
    double error = 0;
    double size = 0;
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.cols(); c++) {
        double e = expected.get(r, c);
        error += (found.get(r, c) - e) * (found.get(r, c) - e);
        size += e * e;
      }
    }
    return error / size;
  }

  @Test
  void saysWhyItComputesInFloats() {
    var said = new ArrayList<String>();
    var reference = new ReferenceKernels();
    assertThat(Precision.BF16.of(reference, said::add)).isSameAs(reference);
    assertThat(said).singleElement().asString().contains("bf16", "f32", "reference");
    assertThat(Precision.F32.of(reference, said::add)).isSameAs(reference);
    assertThat(said).hasSize(1);
  }

  @Test
  void bf16IsUsedWhereItIsFasterAndElseTheReasonIsSaid() {
    try (var workers = new Workers(1)) {
      assumeTrue(MachineKernels.kinds().contains(Kind.AVX512), "no AVX-512 here");
      var kernels = MachineKernels.of(Kind.AVX512, workers, ReferenceKernels::new);
      var said = new ArrayList<String>();
      var chosen = Precision.BF16.of(kernels, said::add);
      assertThat(chosen != kernels).isEqualTo(said.isEmpty());
      assertThat(chosen == kernels).isEqualTo(!chosen.toString().contains("bf16"));
    }
  }
}
