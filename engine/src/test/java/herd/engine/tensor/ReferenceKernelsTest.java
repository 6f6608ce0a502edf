package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// The oracle's own backward methods against central differences of its forward ones, in double:
/// the gradient of
/// `Σ seed * y` for a random `seed`.
class ReferenceKernelsTest {
  private final Arena arena = Arena.ofAuto();
  private final Random random = new Random(7);
  private final Kernels kernels = new ReferenceKernels();

  private Tensor random(int rows, int cols) {
    var t = Tensor.allocate(arena, DType.F64, rows, cols);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        t.set(r, c, random.nextGaussian());
      }
    }
    return t;
  }

  private Tensor zeros(Tensor like) {
    return Tensor.allocate(arena, DType.F64, like.rows(), like.cols());
  }

  /// Compares `gradient` with the slope of `Σ seed * forward()` in every number of `input`.
  private void compare(Tensor input, Tensor gradient, Tensor seed, Supplier<Tensor> forward) {
    double h = 1e-5;
    for (int r = 0; r < input.rows(); r++) {
      for (int c = 0; c < input.cols(); c++) {
        double kept = input.get(r, c);
        input.set(r, c, kept + h);
        double above = dot(seed, forward.get());
        input.set(r, c, kept - h);
        double below = dot(seed, forward.get());
        input.set(r, c, kept);
        assertThat(gradient.get(r, c)).isCloseTo((above - below) / (2 * h), within(1e-8));
      }
    }
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int r = 0; r < a.rows(); r++) {
      for (int c = 0; c < a.cols(); c++) {
        sum += a.get(r, c) * b.get(r, c);
      }
    }
    return sum;
  }

  @Test
  void linear() {
    var x = random(3, 5);
    var w = random(4, 5);
    var seed = random(3, 4);
    Supplier<Tensor> forward = () -> {
      var y = zeros(seed);
      kernels.linear(y, x, w);
      return y;
    };
    var dx = zeros(x);
    var dw = zeros(w);
    kernels.linearBackwardInput(dx, seed, w);
    kernels.linearBackwardWeight(dw, seed, x, true);
    compare(x, dx, seed, forward);
    compare(w, dw, seed, forward);
  }

  @Test
  void rmsNormAndSwiGlu() {
    var x = random(3, 6);
    var w = random(1, 6);
    var seed = random(3, 6);
    var inverse = random(3, 1);
    Supplier<Tensor> norm = () -> {
      var y = zeros(x);
      kernels.rmsNorm(y, inverse, x, w, 1e-3);
      return y;
    };
    norm.get();
    var dx = zeros(x);
    var dw = zeros(w);
    kernels.rmsNormBackward(dx, dw, seed, inverse, x, w);
    compare(x, dx, seed, norm);
    compare(w, dw, seed, norm);

    var up = random(3, 6);
    Supplier<Tensor> swiGlu = () -> {
      var y = zeros(x);
      kernels.swiGlu(y, x, up);
      return y;
    };
    var dgate = zeros(x);
    var dup = zeros(x);
    kernels.swiGluBackward(dgate, dup, seed, x, up);
    compare(x, dgate, seed, swiGlu);
    compare(up, dup, seed, swiGlu);
  }

  @Test
  void attentionOverSegmentsWithEarlierKeys() {
    int headDim = 2;
    var segments = new Segments(
        new int[] {0, 3}, new int[] {3, 2}, new int[] {0, 4}, new int[] {0, 4}, new int[] {7, 0});
    var q = random(5, 4 * headDim);
    var k = random(10, 2 * headDim);
    var v = random(10, 2 * headDim);
    var seed = random(5, 4 * headDim);
    var logSum = random(5, 4);
    Supplier<Tensor> forward = () -> {
      var y = zeros(q);
      kernels.attention(y, logSum, q, k, v, segments, headDim);
      return y;
    };
    var y = forward.get();
    var dq = zeros(q);
    var dk = zeros(k);
    var dv = zeros(v);
    kernels.attentionBackward(dq, dk, dv, seed, y, logSum, q, k, v, segments, headDim);
    compare(q, dq, seed, forward);
    compare(k, dk, seed, forward);
    compare(v, dv, seed, forward);
  }

  @Test
  void logProbs() {
    var logits = random(3, 5);
    var seed = random(3, 1);
    int[] targets = {4, -1, 0};
    Supplier<Tensor> forward = () -> {
      var y = random(3, 1);
      kernels.logProbs(y, logits, targets);
      return y;
    };
    var gradient = zeros(logits);
    gradient.copyFrom(logits);
    kernels.logProbsBackward(gradient, targets, seed);
    compare(logits, gradient, seed, forward);
  }

  @Test
  void ropeTurnsBack() {
    var rotary = Rotary.of(4, 500_000, null);
    var segments = Segments.packed(new int[] {2, 1}, new int[] {5, 100_000});
    var x = random(3, 8);
    var turned = zeros(x);
    turned.copyFrom(x);
    kernels.rope(turned, rotary, segments, false);
    assertThat(turned.get(2, 1)).isNotCloseTo(x.get(2, 1), within(1e-6));
    assertThat(kernels.sumOfSquares(turned)).isCloseTo(kernels.sumOfSquares(x), within(1e-12));
    kernels.rope(turned, rotary, segments, true);
    for (int c = 0; c < 8; c++) {
      assertThat(turned.get(2, c)).isCloseTo(x.get(2, c), within(1e-12));
    }
  }

  @Test
  void wrongShapeNamesTheTensor() {
    assertThatThrownBy(() -> kernels.linear(random(3, 4), random(3, 5), random(4, 6)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w: F64 [4, 6]; allowed: F64 [4, 5]");
    assertThatThrownBy(() -> kernels.embedding(random(1, 4), random(3, 4), new int[] {3}))
        .hasMessage("ids[0]: 3; allowed: 0 to 2");
  }
}
