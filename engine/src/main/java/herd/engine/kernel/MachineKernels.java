package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import herd.engine.code.Processor.Feature;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.RotaryTables;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Shapes;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The operations in `F32` as machine code, spread over the workers. Each number of a forward pass
/// depends on its own row alone, to the last bit, neither on the other tokens of the batch nor on
/// the workers; sums over rows do not depend on the workers. Products of few rows with plain
/// matrices, and the backward pass of attention with heads that are no whole vectors, are done by
/// other kernels, which are made when they are first asked for.
public final class MachineKernels implements Kernels {
  /// Rows up to which a product is left to the other kernels, which read each weight once then, and
  /// compute each row alike, however many there are.
  private static final int NARROW = 16;

  /// Which instructions are used.
  enum Kind {
    AVX512(Width.BITS_512),
    AVX2(Width.BITS_256);

    private final Width width;

    Kind(Width width) {
      this.width = width;
    }

    static Kind of(InstructionSet set) {
      return set.width() == Width.BITS_512 ? AVX512 : AVX2;
    }

    boolean runsOn(Processor processor) {
      return processor.has(Feature.AVX2, Feature.FMA, Feature.F16C)
          && (this == AVX2 || processor.has(Feature.AVX512F, Feature.AVX512BW));
    }
  }

  private final Workers workers;
  private final Spread spread;
  private final Kind kind;
  private final int lanes;
  private final Supplier<Kernels> others;
  private final Path verdicts; // null where it is trusted untried
  private final boolean pairs; // whether products round their operands to bf16
  private final RotaryTables rotaryTables = new RotaryTables();
  private final Routine add;
  private final Routine swiGlu;
  private final Routine rmsNorm;
  private final Routine rope;
  private final Routine ropeBack;
  private final Routine softmaxSum;
  private Kernels made;
  private MachineBackward backward;
  private MachineAttention attention;
  private MachineGemm gemm;

  private MachineKernels(Workers workers, Kind kind, Path verdicts, Supplier<Kernels> others) {
    this.workers = workers;
    this.spread = new Spread(workers);
    this.kind = kind;
    this.verdicts = verdicts;
    this.pairs = false;
    this.lanes = kind.width.bytes() / 4;
    this.others = others;
    var assembler = new FloatAssembler(kind.width);
    var rows = new RowPrograms(assembler);
    var routines = Routine.of(
        assembler,
        rows.add(),
        rows.swiGlu(),
        rows.rmsNorm(),
        rows.rope(false),
        rows.rope(true),
        rows.softmaxSum());
    add = routines[0];
    swiGlu = routines[1];
    rmsNorm = routines[2];
    rope = routines[3];
    ropeBack = routines[4];
    softmaxSum = routines[5];
  }

  /// The same code with products in bf16.
  private MachineKernels(MachineKernels same) {
    workers = same.workers;
    spread = same.spread;
    kind = same.kind;
    lanes = same.lanes;
    others = same::others;
    verdicts = same.verdicts;
    pairs = true;
    add = same.add;
    swiGlu = same.swiGlu;
    rmsNorm = same.rmsNorm;
    rope = same.rope;
    ropeBack = same.ropeBack;
    softmaxSum = same.softmaxSum;
  }

  /// @param others what does the rest, made when it is first needed
  static MachineKernels of(Kind kind, Workers workers, Supplier<Kernels> others) {
    return of(kind, workers, null, others);
  }

  /// @param verdicts where it is kept whether more code works; null to trust it untried
  static MachineKernels of(Kind kind, Workers workers, Path verdicts, Supplier<Kernels> others) {
    return new MachineKernels(workers, kind, verdicts, others);
  }

  /// Kernels whose three products round their operands to bf16 and sum in F32; all else as here.
  /// Their tensors are F32. Null where the processor has no such instruction.
  MachineKernels inPairs() {
    boolean can = kind == Kind.AVX512 && Processor.ask().has(Feature.AVX512_BF16);
    return can ? new MachineKernels(this) : null;
  }

  Kind kind() {
    return kind;
  }

  Path verdicts() {
    return verdicts;
  }

  /// One for each set of instructions that this processor has, the fastest first; untried.
  public static List<MachineKernels> all(Workers workers, Supplier<Kernels> others) {
    var all = new ArrayList<MachineKernels>();
    for (var kind : kinds()) {
      all.add(of(kind, workers, others));
    }
    return all;
  }

  /// The kinds that can run here, the fastest first.
  static List<Kind> kinds() {
    var kinds = new ArrayList<Kind>();
    var processor = Processor.ask();
    for (var kind : Kind.values()) {
      if (kind.runsOn(processor)) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  @Override
  public String name() {
    return "machine";
  }

  @Override
  public String toString() {
    return "machine (" + kind + (pairs ? ", bf16 products)" : ")");
  }

  @Override
  public Workers workers() {
    return workers;
  }

  private synchronized Kernels others() {
    if (made == null) {
      made = others.get();
    }
    return made;
  }

  private synchronized MachineGemm gemm() {
    if (gemm == null) {
      gemm = new MachineGemm(workers, kind.width, pairs);
    }
    return gemm;
  }

  private synchronized MachineBackward backward() {
    if (backward == null) {
      backward = new MachineBackward(workers, kind.width, add, softmaxSum);
    }
    return backward;
  }

  private synchronized MachineAttention attention() {
    if (attention == null) {
      attention = new MachineAttention(workers, kind.width);
    }
    return attention;
  }

  private static long pair(int high, int low) {
    return (long) high << 32 | low & 0xFFFF_FFFFL;
  }

  /// Whole vectors of `n` numbers, and the numbers left.
  private long vectors(int n) {
    return pair(n / lanes, n % lanes);
  }

  // --- linear layers -----------------------------------------------------------------------------

  @Override
  public void linear(Tensor y, Tensor x, Tensor w) {
    if (x.rows() <= NARROW) {
      others().linear(y, x, w);
    } else {
      gemm().linear(y, x, w);
    }
  }

  @Override
  public void linearBackwardInput(Tensor dx, Tensor dy, Tensor w) {
    gemm().linearBackwardInput(dx, dy, w);
  }

  @Override
  public void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add) {
    gemm().linearBackwardWeight(dw, dy, x, add);
  }

  // --- embedding ---------------------------------------------------------------------------------

  @Override
  public void embedding(Tensor y, Tensor table, int[] ids) {
    Shapes.embedding(y, table, ids);
    y.address();
    table.address();
    long row = 4L * y.cols();
    spread.rows(ids.length, y.cols(), (from, to) -> {
      for (int i = from; i < to; i++) {
        MemorySegment.copy(table.data(), ids[i] * row, y.data(), i * row, row);
      }
    });
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, int[] ids) {
    backward().embedding(dtable, dy, ids);
  }

  // --- normalisation, element-wise ---------------------------------------------------------------

  @Override
  public void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight, double eps) {
    Shapes.rmsNorm(y, inverse, x, weight);
    long ya = y.address();
    long ia = inverse.address();
    long xa = x.address();
    long wa = weight.address();
    int dim = x.cols();
    long vectors = vectors(dim);
    long numbers = pair(Float.floatToRawIntBits((float) eps), Float.floatToRawIntBits(1f / dim));
    spread.rows(x.rows(), dim, (from, to) -> {
      long at = 4L * from * dim;
      if (to > from) {
        rmsNorm.call(ya + at, xa + at, wa, ia + 4L * from, to - from, vectors, numbers);
      }
    });
    Spread.keep(y, inverse, x, weight);
  }

  @Override
  public void rmsNormBackward(
      Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight) {
    backward().rmsNorm(dx, dweight, dy, inverse, x, weight);
  }

  @Override
  public void swiGlu(Tensor y, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, y);
    Shapes.same("up", up, y);
    long ya = y.address();
    long ga = gate.address();
    long ua = up.address();
    spread.numbers(
        y.size(), (at, n) -> swiGlu.call(ya + at, ga + at, ua + at, n / lanes, n % lanes, 0, 0));
    Spread.keep(y, gate, up);
  }

  @Override
  public void swiGluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
    backward().swiGlu(dgate, dup, dy, gate, up);
  }

  @Override
  public void add(Tensor y, Tensor x, double factor) {
    Shapes.same("x", x, y);
    long ya = y.address();
    long xa = x.address();
    int bits = Float.floatToRawIntBits((float) factor);
    spread.numbers(
        y.size(), (at, n) -> add.call(ya + at, xa + at, bits, n / lanes, n % lanes, 0, 0));
    Spread.keep(y, x);
  }

  // --- attention ---------------------------------------------------------------------------------

  @Override
  public void rope(Tensor x, Rotary rotary, Segments segments, boolean inverse) {
    Shapes.rope(x, rotary, segments);
    int half = rotary.headDim() / 2;
    int last = 0;
    for (int s = 0; s < segments.count(); s++) {
      last = Math.max(last, segments.position()[s] + segments.length()[s]);
    }
    var table = rotaryTables.of(rotary, last);
    long ta = table.address();
    long xa = x.address();
    int cols = x.cols();
    int heads = cols / rotary.headDim();
    long vectors = vectors(half);
    var routine = inverse ? ropeBack : rope;
    spread.rows(x.rows(), cols, (from, to) -> {
      for (int s = 0; s < segments.count(); s++) {
        int first = Math.max(from, segments.start()[s]);
        int end = Math.min(to, segments.start()[s] + segments.length()[s]);
        if (first < end) {
          long position = segments.position()[s] + first - segments.start()[s];
          long at = xa + 4L * first * cols;
          routine.call(at, ta + 8L * half * position, end - first, heads, vectors, 4L * half, 0);
        }
      }
    });
    Spread.keep(x, table);
  }

  @Override
  public void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    Shapes.attention(y, logSum, q, k, v, segments, headDim);
    attention().forward(y, logSum, q, k, v, segments, headDim);
    Spread.keep(y, logSum, q, k, v);
  }

  @Override
  public void cachedAttention(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    Shapes.cachedAttention(y, q, k, v, segments, headDim);
    attention().forward(y, q, k, v, segments, headDim);
    Spread.keep(y, q);
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
    var attention = backward().attention();
    if (attention.fits(segments, headDim)) {
      attention.run(dq, dk, dv, dy, y, logSum, q, k, v, segments, headDim);
      Spread.keep(dq, dk, dv, dy, y, logSum, q, k, v);
    } else {
      others().attentionBackward(dq, dk, dv, dy, y, logSum, q, k, v, segments, headDim);
    }
  }

  // --- vocabulary --------------------------------------------------------------------------------

  @Override
  public void logProbs(Tensor logProbs, Tensor logits, int[] targets) {
    Shapes.logProbs(logProbs, logits, targets);
    long la = logits.address();
    logProbs.address();
    int vocab = logits.cols();
    try (var arena = Arena.ofConfined()) {
      var sums = arena.allocate(8L * targets.length + 8, 8);
      long sumsAt = sums.address();
      spread.rows(targets.length, vocab, (from, to) -> {
        for (int t = from; t < to; t++) {
          if (targets[t] >= 0) {
            long row = la + 4L * t * vocab;
            softmaxSum.call(row, sumsAt + 8L * t, vocab / lanes, vocab % lanes, 0, 0, 0);
          }
        }
      });
      for (int t = 0; t < targets.length; t++) {
        double max = sums.get(ValueLayout.JAVA_FLOAT, 8L * t);
        double sum = sums.get(ValueLayout.JAVA_FLOAT, 8L * t + 4);
        boolean wanted = targets[t] >= 0;
        logProbs.set(t, 0, wanted ? logits.get(t, targets[t]) - max - Math.log(sum) : 0);
      }
    }
    Spread.keep(logits);
  }

  @Override
  public void logProbsBackward(Tensor logits, int[] targets, Tensor coefficients) {
    backward().logProbs(logits, targets, coefficients);
  }

  // --- optimizer ---------------------------------------------------------------------------------

  @Override
  public double sumOfSquares(Tensor x) {
    return backward().sumOfSquares(x);
  }

  @Override
  public void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step) {
    backward().adamW(weight, gradient, m, v, step);
  }
}
