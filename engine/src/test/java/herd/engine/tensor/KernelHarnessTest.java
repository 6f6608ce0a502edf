package herd.engine.tensor;

import herd.engine.kernel.MachineKernels;
import herd.engine.tensor.KernelCase.Body;
import herd.engine.tensor.KernelCase.Room;
import java.lang.foreign.Arena;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Every method of [Kernels], in every implementation, against the reference kernels in double:
/// random numbers in odd and large shapes, views inside allocations, ragged segments, extremes. The
/// reference kernels' backward methods are themselves compared with central differences in
/// `ReferenceKernelsTest`. Every method and format is tried each day on a few shapes, and on all of
/// them among the slow tests.
class KernelHarnessTest {
  /// Normalised squared error of sums and products in F32.
  private static final double LIMIT = 1e-11;

  /// Where exponentials and divisions are involved.
  private static final double LOOSE = 1e-10;

  private static final Workers ONE = new Workers(1);
  private static final Workers THREE = new Workers(3);

  @AfterAll
  static void closeWorkers() {
    ONE.close();
    THREE.close();
  }

  private static List<Kernels> implementations() {
    var all = new ArrayList<>(List.of(
        new ReferenceKernels(),
        VectorKernels.over(THREE, new Tile8x3()),
        VectorKernels.over(ONE, new Tile6x2())));
    all.addAll(machine(THREE));
    return all;
  }

  /// Machine code of every kind that runs here; the rest is done by the reference.
  private static List<MachineKernels> machine(Workers workers) {
    return MachineKernels.all(workers, ReferenceKernels::new);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("slow")
  void holdsInAllShapes(KernelCase test) {
    agreesWithTheReferenceInDouble(test);
    brokenKernelsFail(test);
    sameResultWhateverTheWorkers(test);
  }

  @ParameterizedTest
  @MethodSource("few")
  void agreesWithTheReferenceInDouble(KernelCase test) {
    long seed = test.toString().hashCode();
    try (var arena = Arena.ofShared()) {
      var exact = new Room(arena, DType.F64, seed);
      test.body().run(new ReferenceKernels(), exact);
      for (var kernels : implementations()) {
        var room = new Room(arena, DType.F32, seed);
        test.body().run(kernels, room);
        assertThat(room.guardsStand())
            .as("%s %s: rows beside the tensors", kernels, test)
            .isTrue();
        for (int i = 0; i < exact.tensors().size(); i++) {
          double error = error(room.tensors().get(i), exact.tensors().get(i));
          assertThat(error)
              .as("%s: %s, tensor %d", kernels.name(), test, i)
              .isLessThanOrEqualTo(test.limit());
        }
      }
    }
  }

  /// Every case notices kernels that get the last number of their output wrong.
  @ParameterizedTest
  @MethodSource("few")
  void brokenKernelsFail(KernelCase test) {
    long seed = test.toString().hashCode();
    try (var arena = Arena.ofShared()) {
      var exact = new Room(arena, DType.F64, seed);
      test.body().run(new ReferenceKernels(), exact);
      var room = new Room(arena, DType.F32, seed);
      test.body().run(broken(), room);
      double most = IntStream.range(0, exact.tensors().size())
          .mapToDouble(i -> error(room.tensors().get(i), exact.tensors().get(i)))
          .max()
          .orElseThrow();
      assertThat(most).isGreaterThan(test.limit());
    }
  }

  private static Kernels broken() {
    var right = new ReferenceKernels();
    return (Kernels) Proxy.newProxyInstance(
        Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, args) -> {
          var result = method.invoke(right, args);
          if (result instanceof Double sum) {
            return sum * 1.01;
          }
          if (args != null && args[0] instanceof Tensor out) {
            double last = out.get(out.rows() - 1, out.cols() - 1);
            out.set(out.rows() - 1, out.cols() - 1, last * 1.1 + 0.1);
          }
          return result;
        });
  }

  /// Squared error over squared size, or that of the worst number over a thousand times the
  /// mean square, whichever is more: in a large tensor one wrong number would else pass.
  /// Infinite where one is finite and the other is not.
  private static double error(Tensor found, Tensor exact) {
    double error = 0;
    double worst = 0;
    double size = 0;
    for (int r = 0; r < exact.rows(); r++) {
      for (int c = 0; c < exact.cols(); c++) {
        double e = exact.get(r, c);
        double f = found.get(r, c);
        if (Double.isNaN(e) != Double.isNaN(f) || Double.isInfinite(f)) {
          return Double.POSITIVE_INFINITY;
        }
        double squared = Double.isNaN(e) ? 0 : (f - e) * (f - e);
        error += squared;
        worst = Math.max(worst, squared);
        size += Double.isNaN(e) ? 0 : e * e;
      }
    }
    return error == 0 ? 0 : Math.max(error, worst * exact.size() / 1000) / size;
  }

  @Test
  void everyMethodHasCases() {
    var methods = Arrays.stream(Kernels.class.getDeclaredMethods())
        .filter(m -> !m.isSynthetic())
        .map(Method::getName)
        .filter(name -> !Set.of("name", "workers").contains(name))
        .collect(Collectors.toSet());
    assertThat(methods(few())).isEqualTo(methods);
    assertThat(methods(all())).isEqualTo(methods);
  }

  private static Set<String> methods(List<KernelCase> cases) {
    return cases.stream().map(KernelCase::method).collect(Collectors.toSet());
  }

  /// Bit for bit the same with one worker and with three.
  @ParameterizedTest
  @MethodSource("few")
  void sameResultWhateverTheWorkers(KernelCase test) {
    same(test, VectorKernels.over(ONE), VectorKernels.over(THREE));
    var one = machine(ONE);
    var three = machine(THREE);
    for (int i = 0; i < one.size(); i++) {
      same(test, one.get(i), three.get(i));
    }
  }

  private static void same(KernelCase test, Kernels a, Kernels b) {
    try (var arena = Arena.ofShared()) {
      var one = new Room(arena, DType.F32, 5);
      var three = new Room(arena, DType.F32, 5);
      test.body().run(a, one);
      test.body().run(b, three);
      for (int i = 0; i < one.tensors().size(); i++) {
        long mismatch =
            one.tensors().get(i).data().mismatch(three.tensors().get(i).data());
        assertThat(mismatch).as("%s: %s, tensor %d", a, test, i).isEqualTo(-1);
      }
    }
  }

  /// Shapes of the cases.
  /// @param linear tokens, inner and outer size of products
  /// @param sizes of rows
  /// @param headDims of heads that are turned
  private record Shapes(
      int[][] linear, int[] sizes, int[] headDims, List<AttentionCase> attention) {
    static Shapes few() {
      int[][] linear = {{1, 7, 13}, {5, 48, 48}, {17, 13, 207}, {33, 70, 50}};
      var attention = attentionCases().stream()
          .filter(a -> a.dim == 7 || a.dim == 4 || a.segments.pages() != null)
          .toList();
      return new Shapes(linear, new int[] {7, 207}, new int[] {6, 64}, attention);
    }

    static Shapes all() {
      int[][] linear = {
        {1, 7, 13},
        {1, 207, 702},
        {2, 4098, 7},
        {5, 48, 48},
        {7, 1, 1},
        {13, 702, 13},
        {16, 64, 5},
        {17, 13, 207},
        {48, 192, 96},
        {64, 33, 4098},
        {207, 702, 207},
        {9, 2100, 1},
        {702, 8, 49},
        {100, 1030, 61}
      };
      var sizes = new int[] {1, 7, 13, 48, 207, 702, 4098};
      return new Shapes(linear, sizes, new int[] {2, 6, 14, 48, 64, 70, 128}, attentionCases());
    }
  }

  static List<KernelCase> few() {
    return cases(Shapes.few());
  }

  static List<KernelCase> all() {
    return cases(Shapes.all());
  }

  private static List<KernelCase> cases(Shapes shapes) {
    var cases = new ArrayList<KernelCase>();
    linear(cases, shapes.linear);
    embedding(cases, shapes.sizes);
    rows(cases, shapes.sizes);
    turned(cases, shapes.headDims);
    elements(cases, shapes.sizes);
    attention(cases, shapes.attention);
    vocabulary(cases, shapes.sizes);
    optimizer(cases, shapes.sizes);
    return cases;
  }

  private static void linear(List<KernelCase> cases, int[][] shapes) {
    for (int[] s : shapes) {
      int tokens = s[0];
      int in = s[1];
      int out = s[2];
      add(
          cases,
          "linear",
          s,
          LIMIT,
          (k, room) ->
              k.linear(room.random(tokens, out), room.random(tokens, in), room.random(out, in)));
      add(
          cases,
          "linearBackwardInput",
          s,
          LIMIT,
          (k, room) -> k.linearBackwardInput(
              room.random(tokens, in), room.random(tokens, out), room.random(out, in)));
      for (boolean adds : new boolean[] {true, false}) {
        add(
            cases,
            "linearBackwardWeight",
            Arrays.toString(s) + (adds ? "" : ", not added"),
            LIMIT,
            (k, room) -> k.linearBackwardWeight(
                room.random(out, in), room.random(tokens, out), room.random(tokens, in), adds));
      }
    }
    add(
        cases,
        "linear",
        "huge and tiny numbers",
        LIMIT,
        (k, room) ->
            k.linear(room.random(33, 50), room.random(33, 70, 1e18), room.random(50, 70, 1e-18)));
  }

  private static void embedding(List<KernelCase> cases, int[] sizes) {
    for (int dim : sizes) {
      add(
          cases,
          "embedding",
          "dim " + dim,
          0,
          (k, room) -> k.embedding(room.random(57, dim), room.random(11, dim), room.ids(57, 11)));
      add(
          cases,
          "embeddingBackward",
          "dim " + dim,
          LIMIT,
          (k, room) ->
              k.embeddingBackward(room.random(11, dim), room.random(157, dim), room.ids(157, 11)));
    }
  }

  private static void rows(List<KernelCase> cases, int[] sizes) {
    for (int dim : sizes) {
      for (double scale : new double[] {1, 1e-4, 1e4}) {
        add(
            cases,
            "rmsNorm",
            dim + " x " + scale,
            LIMIT,
            (k, room) -> k.rmsNorm(
                room.random(70, dim),
                room.random(70, 1),
                room.random(70, dim, scale),
                room.random(1, dim),
                1e-5));
      }
      add(cases, "rmsNormBackward", "dim " + dim, LOOSE, (k, room) -> {
        var x = room.random(130, dim);
        var weight = room.random(1, dim);
        var inverse = room.random(130, 1);
        k.rmsNorm(room.random(130, dim), inverse, x, weight, 1e-5);
        k.rmsNormBackward(
            room.random(130, dim), room.random(1, dim), room.random(130, dim), inverse, x, weight);
      });
    }
  }

  private static void turned(List<KernelCase> cases, int[] headDims) {
    for (int headDim : headDims) {
      for (boolean inverse : new boolean[] {false, true}) {
        var segments = Segments.packed(new int[] {1, 7, 40}, new int[] {0, 4098, 13});
        var rotary = Rotary.of(headDim, 500_000, null);
        add(
            cases,
            "rope",
            headDim + (inverse ? " back" : ""),
            LIMIT,
            (k, room) -> k.rope(room.random(48, 3 * headDim), rotary, segments, inverse));
      }
    }
  }

  private static void elements(List<KernelCase> cases, int[] sizes) {
    for (int cols : sizes) {
      for (double scale : new double[] {1, 60}) {
        add(
            cases,
            "swiGlu",
            cols + " x " + scale,
            LOOSE,
            (k, room) -> k.swiGlu(
                room.random(13, cols), room.random(13, cols, scale), room.random(13, cols)));
        add(
            cases,
            "swiGluBackward",
            cols + " x " + scale,
            LOOSE,
            (k, room) -> k.swiGluBackward(
                room.random(13, cols),
                room.random(13, cols),
                room.random(13, cols),
                room.random(13, cols, scale),
                room.random(13, cols)));
      }
      add(
          cases,
          "add",
          "" + cols,
          LIMIT,
          (k, room) -> k.add(room.random(13, cols), room.random(13, cols), -0.37));
      add(
          cases,
          "sumOfSquares",
          "" + cols,
          LIMIT,
          (k, room) -> room.result(k.sumOfSquares(room.random(31, cols))));
    }
  }

  private record AttentionCase(String name, Segments segments, int heads, int kvHeads, int dim) {
    int positions() {
      var pages = segments.pages();
      if (pages != null) {
        int last =
            Arrays.stream(pages.table()).flatMapToInt(Arrays::stream).max().orElse(0);
        return (last + 1) * pages.size();
      }
      return IntStream.range(0, segments.count())
          .map(s -> segments.keyStart()[s] + segments.past()[s] + segments.length()[s])
          .max()
          .orElse(0);
    }
  }

  private static List<AttentionCase> attentionCases() {
    var list = new ArrayList<AttentionCase>();
    for (int dim : new int[] {2, 7, 16, 48, 64, 80, 128}) {
      list.add(new AttentionCase("packed", Segments.packed(1, 7, 13, 48, 65), 4, 2, dim));
    }
    list.add(new AttentionCase("one long", Segments.packed(207), 3, 3, 48));
    list.add(new AttentionCase("one head for all", Segments.packed(97, 50), 6, 1, 24));
    list.add(new AttentionCase("more heads than a block", Segments.packed(9, 2), 70, 1, 4));
    list.add(new AttentionCase(
        "many short", Segments.packed(IntStream.generate(() -> 5).limit(60).toArray()), 2, 2, 48));
    var cached = new Segments(
        new int[] {0, 1, 4},
        new int[] {1, 3, 70},
        new int[] {100, 7, 0},
        new int[] {100, 7, 0},
        new int[] {20, 121, 131});
    list.add(new AttentionCase("earlier keys", cached, 4, 2, 64));
    var shared = new Segments(
        new int[] {0, 1}, new int[] {1, 1}, new int[] {8, 8}, new int[] {8, 8}, new int[] {0, 0});
    list.add(new AttentionCase("keys in common", shared, 4, 2, 16));
    var table = new int[][] {{6, 1, 0}, {6, 1}, {2, 9, 4, 3, 5, 8}};
    var paged =
        Segments.paged(new int[] {1, 3, 70}, new int[] {40, 25, 20}, new Segments.Pages(16, table));
    for (int dim : new int[] {7, 64}) {
      list.add(new AttentionCase("paged", paged, 4, 2, dim));
    }
    return list;
  }

  private static void attention(List<KernelCase> cases, List<AttentionCase> all) {
    for (var a : all) {
      for (double scale : new double[] {1, 12}) {
        int tokens = a.segments.tokens();
        int wide = a.heads * a.dim;
        int narrow = a.kvHeads * a.dim;
        var title =
            "%s, %d/%d heads of %d, x %.0f".formatted(a.name, a.heads, a.kvHeads, a.dim, scale);
        add(
            cases,
            "attention",
            title,
            1e-9,
            (k, room) -> k.attention(
                room.random(tokens, wide),
                room.random(tokens, a.heads),
                room.random(tokens, wide, scale),
                room.random(a.positions(), narrow),
                room.random(a.positions(), narrow),
                a.segments,
                a.dim));
        for (var format : scale == 1 ? KvRows.Format.values() : new KvRows.Format[0]) {
          add(cases, "cachedAttention", format + " " + title, 1e-9, (k, room) -> {
            var y = room.random(tokens, wide);
            var q = room.random(tokens, wide, scale);
            var rows = new KvRows[2];
            for (int i = 0; i < 2; i++) {
              var numbers = room.random(a.positions(), narrow);
              rows[i] = room.packed(format, a.positions(), a.kvHeads, a.dim);
              rows[i].store(0, numbers, 0, a.positions());
            }
            k.cachedAttention(y, q, rows[0], rows[1], a.segments, a.dim);
          });
        }
        if (a.segments.pages() != null) {
          continue;
        }
        add(cases, "attentionBackward", title, 1e-9, (k, room) -> {
          var y = room.random(tokens, wide);
          var logSum = room.random(tokens, a.heads);
          var q = room.random(tokens, wide, scale);
          var keys = room.random(a.positions(), narrow);
          var values = room.random(a.positions(), narrow);
          k.attention(y, logSum, q, keys, values, a.segments, a.dim);
          k.attentionBackward(
              room.random(tokens, wide),
              room.random(a.positions(), narrow),
              room.random(a.positions(), narrow),
              room.random(tokens, wide),
              y,
              logSum,
              q,
              keys,
              values,
              a.segments,
              a.dim);
        });
      }
    }
  }

  /// Every third target is masked.
  private static int[] masked(int[] targets) {
    for (int i = 1; i < targets.length; i += 3) {
      targets[i] = -1;
    }
    return targets;
  }

  private static void vocabulary(List<KernelCase> cases, int[] sizes) {
    for (int vocab : sizes) {
      for (double scale : new double[] {1, 80}) {
        add(
            cases,
            "logProbs",
            vocab + " x " + scale,
            LOOSE,
            (k, room) -> k.logProbs(
                room.random(14, 1), room.random(14, vocab, scale), masked(room.ids(14, vocab))));
        add(
            cases,
            "logProbsBackward",
            vocab + " x " + scale,
            LOOSE,
            (k, room) -> k.logProbsBackward(
                room.random(14, vocab, scale), masked(room.ids(14, vocab)), room.random(14, 1)));
      }
    }
  }

  private static void optimizer(List<KernelCase> cases, int[] sizes) {
    for (int cols : sizes) {
      for (int steps : new int[] {1, 20}) {
        add(cases, "adamW", cols + ", step " + steps, LOOSE, (k, room) -> {
          var weight = room.random(13, cols);
          var m = room.random(13, cols);
          var v = room.random(13, cols);
          m.fill(0);
          v.fill(0);
          for (int step = 1; step <= steps; step++) {
            var settings = new Kernels.AdamStep(1e-2, 0.9, 0.95, 1e-8, 0.1, step, 0.7);
            k.adamW(weight, room.random(13, cols), m, v, settings);
          }
        });
      }
    }
  }

  private static void add(
      List<KernelCase> cases, String method, int[] shape, double limit, Body body) {
    add(cases, method, Arrays.toString(shape), limit, body);
  }

  private static void add(
      List<KernelCase> cases, String method, String shape, double limit, Body body) {
    cases.add(new KernelCase(method, shape, limit, body));
  }
}
