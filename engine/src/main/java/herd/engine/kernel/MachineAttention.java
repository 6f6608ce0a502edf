package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import herd.engine.kernel.AttentionPrograms.Source;
import herd.engine.tensor.AttentionCall;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Causal attention in blocks of queries and keys with a running maximum and sum (FlashAttention
/// 2), as machine code. The queries of all heads that share keys are rows of one block. Blocks of
/// keys begin at multiples of [#KEYS], so that a token's result depends on its own segment alone,
/// neither on the rest of the batch nor on the workers.
final class MachineAttention {
  /// Queries of all heads of a block, together.
  private static final int ROWS = 64;

  /// Keys in one block.
  private static final int KEYS = 96;

  private static final long KIND = 4L * ROWS;
  private static final long SCORES_ROW = 4L * KEYS;

  private final Workers workers;
  private final int lanes;
  private final Routine copyFloats;
  private final Routine copyHalves;
  private final Routine copyBytes;
  private final Routine turn;
  private final Routine scores;
  private final Routine accumulate;
  private final Routine softmax;
  private final Routine finish;
  private Scratch[] scratch = {};
  private int scratchHeadDim;

  MachineAttention(Workers workers, Width width) {
    this.workers = workers;
    this.lanes = width.bytes() / 4;
    var assembler = new FloatAssembler(width);
    var programs = new AttentionPrograms(assembler);
    var routines = Routine.of(
        assembler,
        programs.copy(Source.FLOATS),
        programs.copy(Source.HALVES),
        programs.copy(Source.BYTES),
        programs.turn(),
        programs.product(false),
        programs.product(true),
        programs.softmax(),
        programs.finish());
    copyFloats = routines[0];
    copyHalves = routines[1];
    copyBytes = routines[2];
    turn = routines[3];
    scores = routines[4];
    accumulate = routines[5];
    softmax = routines[6];
    finish = routines[7];
  }

  /// What one worker needs for itself: addresses in its memory.
  /// @param state largest scores, sums, and factors, [#ROWS] each
  /// @param strides of the three kinds of products, four numbers each
  private record Scratch(
      ByteBuffer memory,
      long address,
      long queries,
      long panel,
      long scores,
      long sums,
      long keys,
      long values,
      long state,
      long ones,
      long strides) {
    private static final int PRODUCTS = 4;

    static Scratch of(int headDim, int padded) {
      long queries = 4L * ROWS * padded;
      long panel = 4L * KEYS * padded;
      long scores = 4L * ROWS * KEYS;
      long size = 2 * queries + 3 * panel + scores + 4 * KIND + 32 * PRODUCTS;
      var memory = Arena.ofAuto().allocate(size, 64);
      long at = memory.address();
      long state = at + 2 * queries + 3 * panel + scores;
      var s = new Scratch(
          memory.asByteBuffer().order(ByteOrder.nativeOrder()),
          at,
          at,
          at + 2 * queries,
          at + 2 * queries + panel,
          at + queries,
          at + 2 * queries + panel + scores,
          at + 2 * queries + 2 * panel + scores,
          state,
          state + 3 * KIND,
          state + 4 * KIND);
      for (int i = 0; i < ROWS; i++) {
        s.put(s.ones + 4L * i, 1);
      }
      s.strides(0, SCORES_ROW, 4L * headDim, SCORES_ROW, 0);
      return s;
    }

    float get(long address) {
      return memory.getFloat(Math.toIntExact(address - this.address));
    }

    void put(long address, float value) {
      memory.putFloat(Math.toIntExact(address - this.address), value);
    }

    /// Sets what product `kind` is told; returns where it stands.
    void strides(int kind, long... numbers) {
      int at = Math.toIntExact(product(kind) - address);
      for (int i = 0; i < numbers.length; i++) {
        memory.putLong(at + 8 * i, numbers[i]);
      }
    }

    long product(int kind) {
      return strides + 32L * kind;
    }
  }

  void forward(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    forward(AttentionCall.of(y, logSum, q, k, v, segments, headDim), logSum);
  }

  void forward(Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    forward(AttentionCall.of(y, q, k, v, segments, headDim), null);
  }

  private void forward(AttentionCall call, Tensor logSum) {
    var blocks = call.blocks(ROWS);
    synchronized (workers) {
      if (scratchHeadDim != call.headDim()) {
        scratch = new Scratch[workers.count()];
        for (int i = 0; i < scratch.length; i++) {
          scratch[i] = Scratch.of(call.headDim(), padded(call.headDim()));
        }
        scratchHeadDim = call.headDim();
      }
      workers.run(
          blocks.size(),
          (worker, i) -> new Forward(call, blocks.get(i), scratch[worker], logSum).run());
    }
  }

  private static int padded(int headDim) {
    return Math.ceilDiv(headDim, 16) * 16;
  }

  /// One block of queries; its rows are the queries of each head of the group in turn.
  private final class Forward {
    private static final int SCORES = 0;
    private static final int FIRST = 1;
    private static final int MORE = 2;
    private static final int COPIED = 3;

    private final AttentionCall call;
    private final AttentionCall.Block block;
    private final Scratch s;
    private final Tensor logSum;
    private final int headDim;
    private final int padded;
    private final int queries;
    private final int firstToken;
    private final boolean copiesKeys;
    private final boolean copiesValues;

    Forward(AttentionCall call, AttentionCall.Block block, Scratch s, Tensor logSum) {
      this.call = call;
      this.block = block;
      this.s = s;
      this.logSum = logSum;
      this.headDim = call.headDim();
      this.padded = padded(headDim);
      this.queries = block.to() - block.from();
      this.firstToken = call.segments().start()[block.segment()] + block.from();
      var pages = call.segments().pages();
      this.copiesKeys =
          call.format() != null || headDim % 4 != 0 || pages != null && pages.size() % lanes != 0;
      this.copiesValues = call.format() != null || headDim % lanes != 0;
    }

    /// Keys that the first query sees.
    private int visible() {
      return call.segments().past()[block.segment()] + block.from() + 1;
    }

    void run() {
      long sumsRow = 4L * padded;
      s.strides(FIRST, sumsRow, SCORES_ROW, call.kRow(), s.state + 2 * KIND);
      s.strides(MORE, sumsRow, SCORES_ROW, call.kRow(), s.ones);
      s.strides(COPIED, sumsRow, SCORES_ROW, 4L * padded, s.state + 2 * KIND);
      for (int first = 0; first < call.group(); first += ROWS) {
        run(block.kvHead() * call.group() + first, Math.min(call.group() - first, ROWS));
      }
    }

    private void run(int head, int heads) {
      int rows = heads * queries;
      long row = 4L * headDim;
      int scale = Float.floatToRawIntBits((float) (1 / Math.sqrt(headDim)));
      long q = call.q() + call.query(firstToken, head);
      long vectors = vectors(headDim);
      if (queries == 1) {
        copyFloats.call(s.queries, row, q, row, heads, vectors, scale);
      } else {
        for (int h = 0; h < heads; h++) {
          long to = s.queries + h * queries * row;
          copyFloats.call(to, row, q + h * row, call.qRow(), queries, vectors, scale);
        }
      }
      for (int r = 0; r < rows; r++) {
        s.put(s.state + 4L * r, Float.NEGATIVE_INFINITY);
        s.put(s.state + KIND + 4L * r, 0);
      }
      int keys = visible() + queries - 1;
      for (int key = 0; key < keys; key += KEYS) {
        keyBlock(key, Math.min(KEYS, keys - key), heads);
      }
      long sumsRow = 4L * padded;
      long y = call.y() + call.query(firstToken, head);
      if (queries == 1) {
        finish.call(y, row, s.sums, sumsRow, heads, vectors, s.state + KIND);
      } else {
        for (int h = 0; h < heads; h++) {
          long sums = s.sums + h * queries * sumsRow;
          long total = s.state + KIND + 4L * h * queries;
          finish.call(y + h * row, call.qRow(), sums, sumsRow, queries, vectors, total);
        }
      }
      logSums(head, rows);
    }

    private void logSums(int head, int rows) {
      for (int r = 0; logSum != null && r < rows; r++) {
        double total = s.get(s.state + KIND + 4L * r);
        long at = call.logSum(firstToken + r % queries, head + r / queries) - call.logSum();
        float value = (float) (s.get(s.state + 4L * r) + Math.log(total));
        logSum.data().set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
      }
    }

    private void keyBlock(int key, int count, int heads) {
      int vectors = Math.ceilDiv(count, lanes);
      int rows = heads * queries;
      keys(key, count, vectors);
      scores.call(s.scores, s.queries, s.panel, rows, vectors, headDim, s.product(SCORES));
      softmax.call(
          s.scores, SCORES_ROW, s.state, KIND, pair(queries, heads), vectors, visible() - key);
      int columns = Math.ceilDiv(headDim, lanes);
      for (int at = 0; at < count; ) {
        int run = Math.min(count - at, call.segments().run(block.segment(), key + at));
        long from = call.v() + address(key + at);
        if (copiesValues) {
          copy(s.values + 4L * padded * at, from, run, call.packedValues());
        } else {
          long product = s.product(at == 0 ? FIRST : MORE);
          var routine = key + at == 0 ? scores : accumulate; // the first sums are the product
          routine.call(s.sums, s.scores + 4L * at, from, rows, columns, run, product);
        }
        at += run;
      }
      if (copiesValues) {
        long product = s.product(COPIED);
        var routine = key == 0 ? scores : accumulate;
        routine.call(s.sums, s.scores, s.values, rows, columns, count, product);
      }
    }

    private long address(int key) {
      return call.key(call.segments().row(block.segment(), key), block.kvHead());
    }

    /// Turns the keys of a block into columns of the panel.
    private void keys(int key, int count, int vectors) {
      int fours = Math.ceilDiv(headDim, 4);
      long copyRow = 4L * padded;
      for (int at = 0; at < count; ) {
        int run = Math.min(count - at, call.segments().run(block.segment(), key + at));
        long from = call.k() + address(key + at);
        if (copiesKeys) {
          copy(s.keys + copyRow * at, from, run, call.packedKeys());
        } else {
          int whole = run / lanes;
          int left = run % lanes; // of the last run alone
          long panel = s.panel + 4L * at;
          if (whole > 0) {
            turn.call(panel, SCORES_ROW, from, call.kRow(), fours, whole, 0);
          }
          if (left > 0) {
            copy(s.keys, from + whole * lanes * call.kRow(), left, null);
            turn.call(panel + 4L * whole * lanes, SCORES_ROW, s.keys, copyRow, fours, 1, 0);
          }
        }
        at += run;
      }
      if (copiesKeys) {
        turn.call(s.panel, SCORES_ROW, s.keys, copyRow, fours, vectors, 0);
      }
    }

    /// Copies a head of `count` rows that follow each other, as floats.
    private void copy(long to, long from, int count, KvRows packed) {
      long row = 4L * padded;
      long vectors = vectors(headDim);
      int one = Float.floatToRawIntBits(1);
      if (call.format() == null) {
        copyFloats.call(to, row, from, call.kRow(), count, vectors, one);
      } else if (headDim % lanes == 0) {
        var routine = call.format() == KvRows.Format.F16 ? copyHalves : copyBytes;
        routine.call(to, row, from, call.kRow(), count, vectors, one);
      } else {
        int first = (int) ((from - packed.data().address()) / call.kRow());
        for (int i = 0; i < count; i++) {
          for (int e = 0; e < headDim; e++) {
            s.put(to + i * row + 4L * e, (float) packed.get(first + i, block.kvHead(), e));
          }
        }
      }
    }
  }

  private long vectors(int n) {
    return pair(n / lanes, n % lanes);
  }

  private static long pair(int high, int low) {
    return (long) high << 32 | low & 0xFFFF_FFFFL;
  }
}
