package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.stream.IntStream;

import static herd.engine.tensor.Floats.address;

/// All operations in `F32` on the Vector API, spread over the workers. Results do not depend on how
/// many there are.
public final class VectorKernels implements Kernels {
  /// Numbers that one worker handles in about a microsecond or two: smaller calls stay on the
  /// caller.
  private static final int GRAIN = 8_192;

  /// Numbers summed into one partial sum; fixed, so that sums do not depend on the workers.
  private static final int RUN = 1 << 16;

  /// Rows whose weight gradients are summed together before the sums are added up.
  private static final int NORM_ROWS = 64;

  /// Rows up to which a linear layer reads each weight once instead of packing it.
  private static final int NARROW = 16;

  private final Workers workers;
  private final Gemm gemm;
  private final VectorAttention attention;
  private final RotaryTables rotaryTables = new RotaryTables();

  private VectorKernels(Workers workers, Tile tile) {
    this.workers = workers;
    this.gemm = new Gemm(workers, tile, Arena.ofAuto());
    this.attention = new VectorAttention(workers, tile);
  }

  /// Needs `jdk.incubator.vector`.
  public static VectorKernels over(Workers workers) {
    return new VectorKernels(workers, Tile.best());
  }

  /// With a tile of choice, so that a test reaches those of other machines.
  static VectorKernels over(Workers workers, Tile tile) {
    return new VectorKernels(workers, tile);
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public Workers workers() {
    return workers;
  }

  @FunctionalInterface
  private interface Range {
    void run(int from, int to);
  }

  /// Spreads rows `0 … rows` over the workers, in pieces of at least `GRAIN` numbers.
  private void overRows(int rows, long cols, Range range) {
    long least = Math.max(1, GRAIN / Math.max(1, cols));
    int pieces = (int) Math.clamp(rows / least, 1, 4L * workers.count());
    workers.run(
        pieces,
        i -> range.run((int) ((long) rows * i / pieces), (int) ((long) rows * (i + 1) / pieces)));
  }

  // --- linear layers
  // -----------------------------------------------------------------------------------------------

  @Override
  public void linear(Tensor y, Tensor x, Tensor w) {
    Shapes.linear(y, x, w);
    if (x.rows() <= NARROW) {
      narrow(y, x, w);
    } else {
      product(y, x.rows(), w.rows(), x.cols(), x, false, w, true, false);
    }
  }

  @Override
  public void linearBackwardInput(Tensor dx, Tensor dy, Tensor w) {
    Shapes.linear(dy, dx, w);
    product(dx, dx.rows(), w.cols(), w.rows(), dy, false, w, false, true);
  }

  @Override
  public void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add) {
    Shapes.linear(dy, x, dw);
    product(dw, dw.rows(), dw.cols(), x.rows(), dy, true, x, false, add);
  }

  private void product(
      Tensor c,
      int m,
      int n,
      int k,
      Tensor a,
      boolean turnA,
      Tensor b,
      boolean turnB,
      boolean add) {
    if (m == 0 || n == 0 || k == 0) {
      if (!add) {
        c.fill(0);
      }
      return;
    }
    var left = Gemm.Matrix.of(a);
    var right = Gemm.Matrix.of(b);
    gemm.multiply(new Gemm.Product(
        Gemm.Matrix.of(c),
        turnA ? left.transposed() : left,
        turnB ? right.transposed() : right,
        m,
        n,
        k,
        add));
    keep(a, b, c);
  }

  /// Holds the memory of tensors whose addresses were in use until here.
  private static void keep(Tensor... tensors) {
    for (var tensor : tensors) {
      java.lang.ref.Reference.reachabilityFence(tensor);
    }
  }

  private void narrow(Tensor y, Tensor x, Tensor w) {
    long ya = address(y);
    long xa = address(x);
    long wa = address(w);
    int in = x.cols();
    int out = w.rows();
    overRows(
        (out + Narrow.COLUMNS - 1) / Narrow.COLUMNS, (long) in * Narrow.COLUMNS, (from, to) -> {
          int last = Math.min(out, to * Narrow.COLUMNS);
          Narrow.linear(ya, xa, wa, x.rows(), in, out, from * Narrow.COLUMNS, last);
        });
    keep(y, x, w);
  }

  // --- embedding
  // ---------------------------------------------------------------------------------------------------

  @Override
  public void embedding(Tensor y, Tensor table, int[] ids) {
    Shapes.embedding(y, table, ids);
    long ya = address(y);
    long ta = address(table);
    int dim = y.cols();
    overRows(ids.length, dim, (from, to) -> {
      for (int i = from; i < to; i++) {
        Floats.copy(ya + 4L * i * dim, ta + 4L * ids[i] * dim, dim);
      }
    });
    keep(y, table);
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, int[] ids) {
    Shapes.embedding(dy, dtable, ids);
    long ta = address(dtable);
    long ya = address(dy);
    int dim = dy.cols();
    int owners = dy.size() < 2 * GRAIN ? 1 : workers.count();
    workers.run(owners, owner -> {
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] % owners == owner) {
          VectorRows.add(ta + 4L * ids[i] * dim, ya + 4L * i * dim, 1, dim);
        }
      }
    });
    keep(dtable, dy);
  }

  // --- normalisation, element-wise
  // ---------------------------------------------------------------------------------

  @Override
  public void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight, double eps) {
    Shapes.rmsNorm(y, inverse, x, weight);
    long ya = address(y);
    long ia = address(inverse);
    long xa = address(x);
    long wa = address(weight);
    int dim = x.cols();
    overRows(x.rows(), dim, (from, to) -> {
      for (int t = from; t < to; t++) {
        long at = 4L * t * dim;
        Floats.put(ia + 4L * t, VectorRows.norm(ya + at, xa + at, wa, eps, dim));
      }
    });
    keep(y, inverse, x, weight);
  }

  @Override
  public void rmsNormBackward(
      Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight) {
    Shapes.rmsNorm(dx, inverse, x, weight);
    Shapes.same("dy", dy, x);
    Shapes.same("dweight", dweight, weight);
    int dim = x.cols();
    int blocks = (x.rows() + NORM_ROWS - 1) / NORM_ROWS;
    try (var arena = Arena.ofConfined()) {
      long partial = address(Tensor.allocate(arena, DType.F32, blocks, dim));
      long dxa = address(dx);
      long dya = address(dy);
      long ia = address(inverse);
      long xa = address(x);
      long wa = address(weight);
      overRows(blocks, (long) NORM_ROWS * dim, (from, to) -> {
        for (int t = from * NORM_ROWS; t < Math.min(x.rows(), to * NORM_ROWS); t++) {
          long at = 4L * t * dim;
          long sums = partial + 4L * (t / NORM_ROWS) * dim;
          float inv = Floats.get(ia + 4L * t);
          VectorRows.normBackward(dxa + at, sums, dya + at, inv, xa + at, wa, dim);
        }
      });
      for (int b = 0; b < blocks; b++) {
        VectorRows.add(address(dweight), partial + 4L * b * dim, 1, dim);
      }
    }
    keep(dx, dweight, dy, inverse, x, weight);
  }

  /// Spreads `n` numbers over the workers; pieces start at whole vectors of 64 bytes.
  private void overNumbers(long n, NumberRange range) {
    long runs = (n + GRAIN - 1) / GRAIN;
    int pieces = (int) Math.clamp(runs, 1, Math.max(4L * workers.count(), runs / 16));
    workers.run(pieces, i -> {
      long from = runs * i / pieces * GRAIN;
      long to = Math.min(n, runs * (i + 1) / pieces * GRAIN);
      range.run(4 * from, Math.toIntExact(to - from));
    });
  }

  @FunctionalInterface
  private interface NumberRange {
    /// @param at bytes from the first number
    void run(long at, int count);
  }

  @Override
  public void swiGlu(Tensor y, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, y);
    Shapes.same("up", up, y);
    long ya = address(y);
    long ga = address(gate);
    long ua = address(up);
    overNumbers(y.size(), (at, n) -> VectorRows.swiGlu(ya + at, ga + at, ua + at, n));
    keep(y, gate, up);
  }

  @Override
  public void swiGluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, dy);
    Shapes.same("up", up, dy);
    Shapes.same("dgate", dgate, dy);
    Shapes.same("dup", dup, dy);
    long dga = address(dgate);
    long dua = address(dup);
    long dya = address(dy);
    long ga = address(gate);
    long ua = address(up);
    overNumbers(
        dy.size(),
        (at, n) -> VectorRows.swiGluBackward(dga + at, dua + at, dya + at, ga + at, ua + at, n));
    keep(dgate, dup, dy, gate, up);
  }

  @Override
  public void add(Tensor y, Tensor x, double factor) {
    Shapes.same("x", x, y);
    long ya = address(y);
    long xa = address(x);
    overNumbers(y.size(), (at, n) -> VectorRows.add(ya + at, xa + at, (float) factor, n));
    keep(y, x);
  }

  // --- attention
  // ---------------------------------------------------------------------------------------------------

  @Override
  public void rope(Tensor x, Rotary rotary, Segments segments, boolean inverse) {
    Shapes.rope(x, rotary, segments);
    int half = rotary.headDim() / 2;
    var positions = segments.positions();
    var table = rotaryTables.of(rotary, 1 + IntStream.of(positions).max().orElse(0));
    long ta = address(table);
    long xa = address(x);
    int cols = x.cols();
    float sign = inverse ? -1 : 1;
    overRows(x.rows(), cols, (from, to) -> {
      for (int t = from; t < to; t++) {
        long cos = ta + 8L * half * positions[t];
        for (int c = 0; c < cols; c += 2 * half) {
          VectorRows.rotate(xa + 4L * ((long) t * cols + c), cos, cos + 4L * half, half, sign);
        }
      }
    });
    keep(x, table);
  }

  @Override
  public void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    Shapes.attention(y, logSum, q, k, v, segments, headDim);
    attention.forward(y, logSum, q, k, v, segments, headDim);
    keep(y, logSum, q, k, v);
  }

  @Override
  public void cachedAttention(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    Shapes.cachedAttention(y, q, k, v, segments, headDim);
    attention.forward(y, q, k, v, segments, headDim);
    keep(y, q);
    Reference.reachabilityFence(k);
    Reference.reachabilityFence(v);
  }

  @Override
  public void attentionBackward(
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor dy,
      Tensor y,
      Tensor logSum,
      Tensor q,
      Tensor k,
      Tensor v,
      Segments segments,
      int headDim) {
    Shapes.attention(y, logSum, q, k, v, segments, headDim);
    Shapes.attentionGradients(dq, dk, dv, dy, q, k);
    Shapes.unpaged(segments);
    attention.backward(dq, dk, dv, dy, y, logSum, q, k, v, segments, headDim);
    keep(dq, dk, dv, dy, y, logSum, q, k, v);
  }

  // --- vocabulary
  // --------------------------------------------------------------------------------------------------

  @Override
  public void logProbs(Tensor logProbs, Tensor logits, int[] targets) {
    Shapes.logProbs(logProbs, logits, targets);
    long out = address(logProbs);
    long la = address(logits);
    int vocab = logits.cols();
    overRows(targets.length, vocab, (from, to) -> {
      for (int t = from; t < to; t++) {
        float logProb = 0;
        if (targets[t] >= 0) {
          long row = la + 4L * t * vocab;
          float max = VectorRows.max(row, vocab);
          double logSum = Math.log(VectorRows.sumExp(row, max, vocab));
          logProb = (float) ((double) Floats.get(row + 4L * targets[t]) - max - logSum);
        }
        Floats.put(out + 4L * t, logProb);
      }
    });
    keep(logProbs, logits);
  }

  @Override
  public void logProbsBackward(Tensor logits, int[] targets, Tensor coefficients) {
    Shapes.logProbs(coefficients, logits, targets);
    long la = address(logits);
    long ca = address(coefficients);
    int vocab = logits.cols();
    overRows(targets.length, vocab, (from, to) -> {
      for (int t = from; t < to; t++) {
        long row = la + 4L * t * vocab;
        if (targets[t] < 0) {
          Floats.zero(row, vocab);
          continue;
        }
        float coefficient = Floats.get(ca + 4L * t);
        float max = VectorRows.max(row, vocab);
        double sum = VectorRows.sumExp(row, max, vocab);
        long target = row + 4L * targets[t];
        double logProb = Floats.get(target) - max - Math.log(sum);
        VectorRows.scaledExp(row, max, (float) (-coefficient / sum), vocab);
        Floats.put(target, (float) (-coefficient * Math.expm1(logProb)));
      }
    });
    keep(logits, coefficients);
  }

  // --- optimizer
  // ---------------------------------------------------------------------------------------------------

  @Override
  public double sumOfSquares(Tensor x) {
    long xa = address(x);
    long n = x.size();
    var sums = new double[Math.toIntExact((n + RUN - 1) / RUN)];
    workers.run(sums.length, i -> {
      long from = (long) i * RUN;
      sums[i] = VectorRows.squares(xa + 4 * from, (int) Math.min(RUN, n - from));
    });
    keep(x);
    double sum = 0;
    for (double s : sums) {
      sum += s;
    }
    return sum;
  }

  @Override
  public void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step) {
    Shapes.writable("weight", weight);
    Shapes.same("gradient", gradient, weight);
    Shapes.same("m", m, weight);
    Shapes.same("v", v, weight);
    var adam = VectorRows.Adam.of(step);
    long wa = address(weight);
    long ga = address(gradient);
    long ma = address(m);
    long va = address(v);
    overNumbers(
        weight.size(), (at, n) -> VectorRows.adamW(wa + at, ga + at, ma + at, va + at, adam, n));
    keep(weight, gradient, m, v);
  }
}
