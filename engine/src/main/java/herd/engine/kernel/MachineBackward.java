package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels.AdamStep;
import herd.engine.tensor.Shapes;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What only training does, products apart, as machine code at full speed from the first call: the
/// backward passes of the operations on rows, and the optimizer.
final class MachineBackward {
  /// Numbers summed into one partial sum; fixed, so that sums do not depend on the workers.
  private static final int RUN = 1 << 16;

  /// Rows whose weight gradients are summed together before the sums are added up.
  private static final int NORM_ROWS = 64;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Workers workers;
  private final Spread spread;
  private final int lanes;
  private final Routine add;
  private final Routine softmaxSum;
  private final Routine swiGlu;
  private final Routine rmsNorm;
  private final Routine scaledExp;
  private final Routine squares;
  private final Routine adamW;
  private final MachineAttentionBackward attention;

  /// @param add see [RowPrograms#add]
  /// @param softmaxSum see [RowPrograms#softmaxSum]
  MachineBackward(Workers workers, Width width, Routine add, Routine softmaxSum) {
    this.workers = workers;
    this.spread = new Spread(workers);
    this.lanes = width.bytes() / 4;
    this.add = add;
    this.softmaxSum = softmaxSum;
    var assembler = new FloatAssembler(width);
    var programs = new BackwardPrograms(assembler);
    var routines = Routine.of(
        assembler,
        programs.swiGlu(),
        programs.rmsNorm(),
        programs.scaledExp(),
        programs.squares(),
        programs.adamW());
    swiGlu = routines[0];
    rmsNorm = routines[1];
    scaledExp = routines[2];
    squares = routines[3];
    adamW = routines[4];
    attention = new MachineAttentionBackward(workers, width);
  }

  MachineAttentionBackward attention() {
    return attention;
  }

  void embedding(Tensor dtable, Tensor dy, int[] ids) {
    Shapes.embedding(dy, dtable, ids);
    long ta = dtable.address();
    long ya = dy.address();
    int dim = dy.cols();
    int one = Float.floatToRawIntBits(1);
    int owners = dy.size() < 2 * Spread.GRAIN ? 1 : workers.count();
    workers.run(owners, owner -> {
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] % owners == owner) {
          long to = ta + 4L * ids[i] * dim;
          add.call(to, ya + 4L * i * dim, one, dim / lanes, dim % lanes, 0, 0);
        }
      }
    });
    Spread.keep(dtable, dy);
  }

  void rmsNorm(Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight) {
    Shapes.rmsNorm(dx, inverse, x, weight);
    Shapes.same("dy", dy, x);
    Shapes.same("dweight", dweight, weight);
    int dim = x.cols();
    int rows = x.rows();
    int blocks = Math.ceilDiv(rows, NORM_ROWS);
    long dxa = dx.address();
    long dya = dy.address();
    long ia = inverse.address();
    long xa = x.address();
    long wa = weight.address();
    try (var arena = Arena.ofConfined()) {
      long sums = Tensor.allocate(arena, DType.F32, blocks, dim).address();
      var told = arena.allocate(24L * blocks + 24, 8);
      for (int b = 0; b < blocks; b++) {
        told.set(ValueLayout.JAVA_LONG, 24L * b, Math.min(NORM_ROWS, rows - b * NORM_ROWS));
        told.set(ValueLayout.JAVA_LONG, 24L * b + 8, (long) (dim / lanes) << 32 | dim % lanes);
        told.set(FLOAT, 24L * b + 16, -1f / dim);
      }
      spread.rows(blocks, (long) NORM_ROWS * dim, (from, to) -> {
        for (int b = from; b < to; b++) {
          long at = 4L * b * NORM_ROWS * dim;
          long inv = ia + 4L * b * NORM_ROWS;
          long row = sums + 4L * b * dim;
          rmsNorm.call(dxa + at, row, dya + at, inv, xa + at, wa, told.address() + 24L * b);
        }
      });
      int one = Float.floatToRawIntBits(1);
      for (int b = 0; b < blocks; b++) {
        add.call(dweight.address(), sums + 4L * b * dim, one, dim / lanes, dim % lanes, 0, 0);
      }
    }
    Spread.keep(dx, dweight, dy, inverse, x, weight);
  }

  void swiGlu(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, dy);
    Shapes.same("up", up, dy);
    Shapes.same("dgate", dgate, dy);
    Shapes.same("dup", dup, dy);
    long dga = dgate.address();
    long dua = dup.address();
    long dya = dy.address();
    long ga = gate.address();
    long ua = up.address();
    spread.numbers(
        dy.size(),
        (at, n) ->
            swiGlu.call(dga + at, dua + at, dya + at, ga + at, ua + at, n / lanes, n % lanes));
    Spread.keep(dgate, dup, dy, gate, up);
  }

  void logProbs(Tensor logits, int[] targets, Tensor coefficients) {
    Shapes.logProbs(coefficients, logits, targets);
    long la = logits.address();
    coefficients.address();
    var data = logits.data();
    int vocab = logits.cols();
    try (var arena = Arena.ofShared()) {
      var sums = arena.allocate(8L * targets.length + 8, 8);
      spread.rows(targets.length, vocab, (from, to) -> {
        for (int t = from; t < to; t++) {
          long row = 4L * t * vocab;
          if (targets[t] < 0) {
            data.asSlice(row, 4L * vocab).fill((byte) 0);
            continue;
          }
          long own = sums.address() + 8L * t;
          softmaxSum.call(la + row, own, vocab / lanes, vocab % lanes, 0, 0, 0);
          double sum = sums.get(FLOAT, 8L * t + 4);
          double coefficient = coefficients.get(t, 0);
          long target = row + 4L * targets[t];
          double logProb = data.get(FLOAT, target) - sums.get(FLOAT, 8L * t) - Math.log(sum);
          sums.set(FLOAT, 8L * t + 4, (float) (-coefficient / sum));
          scaledExp.call(la + row, own, vocab / lanes, vocab % lanes, 0, 0, 0);
          data.set(FLOAT, target, (float) (-coefficient * Math.expm1(logProb)));
        }
      });
    }
    Spread.keep(logits, coefficients);
  }

  double sumOfSquares(Tensor x) {
    long xa = x.address();
    long n = x.size();
    int runs = Math.toIntExact((n + RUN - 1) / RUN);
    int vector = 8 * lanes; // bytes of as many doubles
    double sum = 0;
    try (var arena = Arena.ofConfined()) {
      var sums = arena.allocate((long) vector * runs + 64, 64);
      workers.run(runs, i -> {
        long from = (long) i * RUN;
        int whole = (int) (Math.min(RUN, n - from) / lanes);
        squares.call(xa + 4 * from, sums.address() + (long) vector * i, whole, 0, 0, 0, 0);
      });
      for (long i = 0; i < (long) runs * lanes; i++) {
        sum += sums.get(ValueLayout.JAVA_DOUBLE, 8 * i);
      }
    }
    for (long i = n / lanes * lanes; i < n; i++) {
      double last = x.data().get(FLOAT, 4 * i);
      sum += last * last;
    }
    Spread.keep(x);
    return sum;
  }

  void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step) {
    Shapes.writable("weight", weight);
    Shapes.same("gradient", gradient, weight);
    Shapes.same("m", m, weight);
    Shapes.same("v", v, weight);
    long wa = weight.address();
    long ga = gradient.address();
    long ma = m.address();
    long va = v.address();
    try (var arena = Arena.ofConfined()) {
      var told = numbers(step, arena);
      spread.numbers(
          weight.size(),
          (at, n) ->
              adamW.call(wa + at, ga + at, ma + at, va + at, told.address(), n / lanes, n % lanes));
    }
    Spread.keep(weight, gradient, m, v);
  }

  private static MemorySegment numbers(AdamStep s, Arena arena) {
    double correct1 = 1 - Math.pow(s.beta1(), s.step());
    double correct2 = 1 - Math.pow(s.beta2(), s.step());
    double[] numbers = {
      s.gradientScale(),
      s.beta1(),
      s.beta2(),
      1 - s.beta1(),
      1 - s.beta2(),
      1 - s.rate() * s.decay(),
      -s.rate() / correct1,
      1 / Math.sqrt(correct2),
      s.eps()
    };
    var told = arena.allocate(4L * BackwardPrograms.ADAM_NUMBERS, 64);
    for (int i = 0; i < numbers.length; i++) {
      told.set(FLOAT, 4L * i, (float) numbers[i]);
    }
    return told;
  }
}
