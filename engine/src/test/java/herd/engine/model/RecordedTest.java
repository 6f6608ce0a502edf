package herd.engine.model;

import herd.engine.kernel.KernelChoice;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Gradients of recorded operations against central differences in double, and the memory of
/// steps.
class RecordedTest {
  private static final double H = 1e-4;
  private static final double GATE = 1e-7;

  private final Arena arena = Arena.ofAuto();
  private final Kernels kernels = new ReferenceKernels();
  private final Random random = new Random(11);
  private final LinkedHashMap<String, Tensor> parameters = new LinkedHashMap<>();

  private Tensor parameter(String name, int rows, int cols) {
    var t = Tensor.allocate(arena, DType.F64, rows, cols);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        t.set(r, c, random.nextGaussian());
      }
    }
    parameters.put(name, t);
    return t;
  }

  /// The sum of `forward`'s results, each times another weight: every parameter's gradient must be
  /// the slope of it.
  private void check(Function<Ops, Tensor> forward) {
    var gradients = new Gradients(arena, parameters);
    try (var recorded = new Recorded(kernels, gradients);
        var eager = new Eager(kernels)) {
      for (int round = 0; round < 2; round++) { // the second finds used memory
        gradients.zero();
        recorded.reset();
        var out = forward.apply(recorded);
        weigh(out, recorded.gradient(out));
        recorded.backward();
      }
      assertSlopes(gradients, forward, eager);
    }
  }

  private static void weigh(Tensor out, Tensor gradient) {
    for (int r = 0; r < out.rows(); r++) {
      for (int c = 0; c < out.cols(); c++) {
        gradient.set(r, c, weight(r, c));
      }
    }
  }

  private void assertSlopes(Gradients gradients, Function<Ops, Tensor> forward, Eager eager) {
    parameters.forEach((name, p) -> {
      for (int r = 0; r < p.rows(); r++) {
        for (int c = 0; c < p.cols(); c++) {
          double kept = p.get(r, c);
          double[] at = new double[7];
          for (int i = 0; i < at.length; i++) {
            p.set(r, c, kept + (i - 3) * H);
            at[i] = value(forward, eager);
          }
          p.set(r, c, kept);
          double slope = (45 * (at[4] - at[2]) - 9 * (at[5] - at[1]) + at[6] - at[0]) / (60 * H);
          assertThat(gradients.byName().get(name).get(r, c))
              .as("%s[%d, %d]", name, r, c)
              .isCloseTo(slope, within(GATE * Math.max(1, Math.abs(slope))));
        }
      }
    });
  }

  private static double weight(int row, int col) {
    return Math.sin(1 + 3 * row + 7 * col);
  }

  private static double value(Function<Ops, Tensor> forward, Eager eager) {
    eager.reset();
    var out = forward.apply(eager);
    double sum = 0;
    for (int r = 0; r < out.rows(); r++) {
      for (int c = 0; c < out.cols(); c++) {
        sum += weight(r, c) * out.get(r, c);
      }
    }
    return sum;
  }

  @Test
  void residualSums() {
    var a = parameter("a", 4, 3);
    var w = parameter("w", 3, 3);
    var frozen = Tensor.allocate(arena, DType.F64, 1, 3).fill(0.7);
    var ids = new int[] {0, 2, 3, 2};
    // The sum takes the place of the product, which was made of something else.
    check(ops -> {
      var x = ops.embedding(a, ids);
      var h = ops.norm(x, frozen, 1e-5);
      return ops.add(x, ops.linear(h, w));
    });
    // The product was made of the other summand.
    check(ops -> {
      var x = ops.embedding(a, ids);
      return ops.add(x, ops.linear(x, w));
    });
    // Something else has been recorded in between.
    check(ops -> {
      var x = ops.embedding(a, ids);
      var y = ops.linear(x, w);
      var z = ops.linear(x, w);
      return ops.add(ops.add(x, y), z);
    });
  }

  @Test
  void inputsUsedTwice() {
    var a = parameter("a", 5, 4);
    var u = parameter("u", 4, 4);
    check(ops -> {
      var x = ops.embedding(a, new int[] {4, 1, 1});
      var y = ops.swiGlu(ops.linear(x, u), ops.linear(x, u));
      return ops.embedding(ops.add(y, ops.linear(y, u)), new int[] {2, 0, 2});
    });
  }

  @Test
  void wholeModelTiedAndUntied() {
    for (boolean tied : new boolean[] {true, false}) {
      var config = new LlamaConfig(7, 8, 2, 2, 1, 4, 6, 500_000, null, 1e-3, tied, 32);
      var model = Llama.random(arena, DType.F64, config, 9);
      parameters.clear();
      parameters.putAll(model.parameters());
      parameters.values().forEach(p -> kernels.add(p, p, 9)); // slopes that can be seen
      var segments = Segments.packed(new int[] {3, 2}, new int[] {0, 4});
      int[] tokens = {1, 2, 3, 1, 6};
      check(ops -> ops.logProbs(
          model.forward(ops, tokens, segments), model.head(), new int[] {2, -1, 0, 6, 5}));
    }
  }

  @Test
  void knownCoefficientsGiveTheSameGradients() {
    var config = new LlamaConfig(8_200, 4, 1, 2, 1, 2, 6, 500_000, null, 1e-3, true, 256);
    var model = Llama.random(arena, DType.F32, config, 9);
    int n = 300; // more rows than a chunk of so wide a vocabulary
    var tokens = random.ints(n, 0, config.vocab()).toArray();
    var targets = random.ints(n, -5_000, config.vocab()).toArray();
    var segments = Segments.packed(200, 100);
    var known = new Gradients(arena, model.parameters());
    var later = new Gradients(arena, model.parameters());
    try (var first = new Recorded(kernels, known);
        var second = new Recorded(kernels, later)) {
      var coefficients = random.doubles(n).toArray();
      var one = first.logProbs(
          model.forward(first, tokens, segments), model.head(), targets, coefficients);
      first.backward();
      var two = second.logProbs(model.forward(second, tokens, segments), model.head(), targets);
      for (int i = 0; i < n; i++) {
        assertThat(two.get(i, 0)).isEqualTo(one.get(i, 0));
        second.gradient(two).set(i, 0, coefficients[i]);
      }
      second.backward();
    }
    known.byName().forEach((name, gradient) -> {
      var other = later.byName().get(name).toFloats();
      var one = gradient.toFloats();
      float worst = 0;
      for (int i = 0; i < one.length; i++) {
        worst = Math.max(worst, Math.abs(one[i] - other[i]));
      }
      assertThat(worst).as(name).isLessThan(1e-6f);
    });
  }

  /// Whatever is computed again gives the same gradients bit for bit, in less memory.
  @Test
  void whatIsComputedAgainGivesTheSameGradients() {
    var config = new LlamaConfig(50, 32, 6, 4, 2, 8, 96, 500_000, null, 1e-5, true, 2048);
    var model = Llama.random(arena, DType.F32, config, 9);
    var gradients = new ArrayList<Gradients>();
    var fast = KernelChoice.best(new Workers(1));
    var bytes = new ArrayList<Long>();
    for (var recompute : Recompute.values()) {
      var some = new Gradients(arena, model.parameters());
      gradients.add(some);
      try (var ops = new Recorded(fast, some, recompute, Map.of())) {
        for (int step = 0; step < 2; step++) {
          int n = 500 + 100 * step;
          var ids = new Random(step).ints(n, 0, 50).toArray();
          ops.reset();
          var hidden = model.forward(ops, ids, Segments.packed(n - 70, 70));
          ops.logProbs(hidden, model.head(), ids, new Random(step).doubles(n).toArray());
          ops.backward();
        }
        ops.reset();
        bytes.add(ops.bytes());
      }
    }
    for (var other : gradients.subList(1, gradients.size())) {
      assertSame(gradients.getFirst(), other);
    }
    assertThat(bytes.get(1)).isLessThan(bytes.get(0) * 9 / 10);
    assertThat(bytes.get(2)).isLessThan(bytes.get(1) * 3 / 4);
  }

  /// Until a gradient is written its memory holds results: the same gradients bit for bit, in less
  /// memory; a second pass, which adds to them, has to keep its results elsewhere.
  @ParameterizedTest
  @EnumSource(Recompute.class)
  void resultsLieWhereGradientsWillBe(Recompute recompute) {
    var config = new LlamaConfig(50, 128, 6, 4, 2, 32, 320, 500_000, null, 1e-5, true, 2048);
    var model = Llama.random(arena, DType.F32, config, 9);
    var lends = new Gradients(arena, model.parameters());
    var apart = new Gradients(arena, model.parameters());
    var fast = KernelChoice.best(new Workers(1));
    try (var first = new Recorded(fast, lends, recompute, Map.of());
        var second = new Recorded(fast, apart, recompute, Map.of())) {
      for (int step = 0; step < 3; step++) {
        lends.zero();
        apart.zero();
        apart.byName(); // all are begun: nothing to lend
        for (var ops : List.of(first, second)) {
          pass(model, ops, 40 + 50 * step, step);
        }
        assertSame(lends, apart);
      }
      first.reset();
      second.reset();
      assertThat(first.bytes()).isLessThanOrEqualTo(second.bytes());
      if (recompute == Recompute.NONE) {
        assertThat(first.bytes()).isLessThan(second.bytes() * 2 / 3);
      }
      pass(model, first, 33, 7);
      pass(model, second, 33, 7);
      assertSame(lends, apart);
    }
  }

  private static void pass(Llama model, Recorded ops, int tokens, int seed) {
    var ids = new Random(seed).ints(tokens, 0, 50).toArray();
    ops.reset();
    var hidden = model.forward(ops, ids, Segments.packed(tokens - 30, 30));
    ops.logProbs(hidden, model.head(), ids, new Random(seed).doubles(tokens).toArray());
    ops.backward();
  }

  private static void assertSame(Gradients one, Gradients other) {
    one.byName().forEach((name, gradient) -> assertThat(
            other.byName().get(name).data().mismatch(gradient.data()))
        .as(name)
        .isEqualTo(-1));
  }

  @Test
  void aParameterBelongsToOneBlock() {
    var w = parameter("w", 4, 4);
    var x = Tensor.allocate(arena, DType.F64, 3, 4);
    try (var ops = new Recorded(kernels, new Gradients(arena, parameters))) {
      var y = ops.keep(ops.linear(x, w));
      assertThatThrownBy(() -> ops.linear(y, w)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void adaptersAndWhatIsComputedAgainHaveTrueSlopes() {
    var config = new LlamaConfig(7, 8, 2, 2, 1, 4, 6, 500_000, null, 1e-3, true, 32);
    var model = Llama.random(arena, DType.F64, config, 9);
    model.parameters().values().forEach(p -> kernels.add(p, p, 9));
    var parts = new LinkedHashMap<String, Adapter.LowRank>();
    for (var name : List.of("0.self_attn.q_proj", "1.self_attn.v_proj", "1.mlp.down_proj")) {
      var weight = model.parameters().get("model.layers." + name + ".weight");
      var a = parameter(name + ".a", 2, weight.cols());
      var b = parameter(name + ".b", weight.rows(), 2);
      parts.put("model.layers." + name + ".weight", new Adapter.LowRank(a, b));
    }
    var adapters = new Adapter(parts).on(model);
    var segments = Segments.packed(3, 2);
    int[] tokens = {1, 2, 3, 1, 6};
    for (var recompute : Recompute.values()) {
      var gradients = new Gradients(arena, parameters);
      try (var ops = new Recorded(kernels, gradients, recompute, adapters)) {
        var out = model.forward(ops, tokens, segments);
        weigh(out, ops.gradient(out));
        ops.backward();
      }
      try (var eager = new Eager(kernels)) {
        var same = Collections.nCopies(2, adapters);
        assertSlopes(
            gradients,
            ops -> model.forward(new Adapted(ops, segments, same), tokens, segments),
            eager);
      }
    }
  }

  @Test
  void frozenParametersGetNoGradient() {
    var config = new LlamaConfig(7, 8, 2, 2, 1, 4, 6, 500_000, null, 1e-3, false, 32);
    var model = Llama.random(arena, DType.F64, config, 9);
    var name = "model.layers.0.self_attn.v_proj.weight";
    parameters.put(name, model.parameters().get(name));
    check(ops -> model.forward(ops, new int[] {1, 2, 3}, Segments.packed(3)));
  }

  @Test
  void memoryIsThatOfTheLargestStep() {
    var config = new LlamaConfig(50, 32, 2, 4, 2, 8, 48, 500_000, null, 1e-5, true, 256);
    var model = Llama.random(arena, DType.F32, config, 9);
    var gradients = new Gradients(arena, model.parameters());
    try (var ops = new Recorded(kernels, gradients)) {
      long after = 0;
      for (int step = 0; step < 50; step++) {
        int n = step == 0 ? 200 : 1 + random.nextInt(200);
        ops.reset();
        if (step == 1) {
          after = ops.bytes();
        }
        var hidden = model.forward(ops, random.ints(n, 0, 50).toArray(), Segments.packed(n));
        var targets = random.ints(n, 0, 50).toArray();
        ops.logProbs(hidden, model.head(), targets, new double[n]);
        ops.backward();
        if (step > 0) {
          assertThat(ops.bytes()).as("step " + step).isEqualTo(after);
        }
      }
    }
  }
}
