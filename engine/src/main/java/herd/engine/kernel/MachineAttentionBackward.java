package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import herd.engine.kernel.AttentionPrograms.Source;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The backward pass of causal attention as machine code: scores are computed again, a block of
/// queries and keys at a time, from the kept log of their sums (FlashAttention 2). The workers take
/// heads of segments as they come; where several heads share keys, each adds up gradients of its
/// own, which are then summed in the heads' order: no result depends on the workers.
final class MachineAttentionBackward {
  private static final int QUERIES = 64;
  private static final int KEYS = 96;
  private static final long SCORES_ROW = 4L * KEYS;
  private static final long TURNED_ROW = 4L * QUERIES;

  private final Workers workers;
  private final int lanes;
  private final Routine copy;
  private final Routine turn;
  private final Routine product;
  private final Routine accumulate;
  private final Routine dots;
  private final Routine addRows;
  private final Routine slopes;
  private Scratch[] scratch = {};
  private MemorySegment own = MemorySegment.NULL; // gradients of heads that share keys

  MachineAttentionBackward(Workers workers, Width width) {
    this.workers = workers;
    this.lanes = width.bytes() / 4;
    var assembler = new FloatAssembler(width);
    var programs = new AttentionPrograms(assembler);
    var routines = Routine.of(
        assembler,
        programs.copy(Source.FLOATS),
        programs.turn(),
        programs.product(false),
        programs.product(true),
        programs.dots(),
        programs.addRows(),
        programs.slopes());
    copy = routines[0];
    turn = routines[1];
    product = routines[2];
    accumulate = routines[3];
    dots = routines[4];
    addRows = routines[5];
    slopes = routines[6];
  }

  /// What one worker needs for itself: addresses in its memory.
  private record Scratch(
      MemorySegment memory,
      int headDim,
      int longest,
      long scores,
      long gradients,
      long turnedScores,
      long turnedGradients,
      long keyPanel,
      long valuePanel,
      long rest,
      long deltas,
      long ones,
      long numbers) {
    static Scratch of(int headDim, int longest, int lanes) {
      long block = SCORES_ROW * QUERIES;
      long panel = SCORES_ROW * headDim;
      long rest = 4L * lanes * headDim;
      long deltas = 4L * (longest + 16);
      long size = 4 * block + 2 * panel + rest + deltas + SCORES_ROW + 128;
      var memory = Arena.ofAuto().allocate(size, 64);
      for (int i = 0; i < KEYS; i++) {
        memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, size - 128 - SCORES_ROW + 4L * i, 1);
      }
      long at = memory.address();
      return new Scratch(
          memory,
          headDim,
          longest,
          at,
          at + block,
          at + 2 * block,
          at + 3 * block,
          at + 4 * block,
          at + 4 * block + panel,
          at + 4 * block + 2 * panel,
          at + 4 * block + 2 * panel + rest,
          at + size - 128 - SCORES_ROW,
          at + size - 128);
    }

    /// Puts numbers where a program finds them; returns where.
    long tell(int place, long... values) {
      for (int i = 0; i < values.length; i++) {
        memory.set(
            ValueLayout.JAVA_LONG_UNALIGNED,
            numbers - memory.address() + place + 8L * i,
            values[i]);
      }
      return numbers + place;
    }
  }

  /// One call.
  /// @param shared whether several heads share keys: the addresses `dk` and `dv` are then of rows
  ///     for each head, `[heads, positions, headDim]`
  private record Call(
      Segments segments,
      int headDim,
      int heads,
      int kvHeads,
      int positions,
      boolean shared,
      long q,
      long k,
      long v,
      long y,
      long logSum,
      long dy,
      long dq,
      long dk,
      long dv) {
    int group() {
      return heads / kvHeads;
    }

    long qRow() {
      return 4L * heads * headDim;
    }

    long kRow() {
      return 4L * kvHeads * headDim;
    }

    /// Bytes before a head of a token.
    long query(int token, int head) {
      return token * qRow() + 4L * head * headDim;
    }

    /// Bytes before the keys of a head.
    long key(int row, int head) {
      return row * kRow() + 4L * (head / group()) * headDim;
    }

    long outRow() {
      return shared ? 4L * headDim : kRow();
    }

    /// Bytes before where the gradients of a key by a head are added up.
    long out(int row, int head) {
      return shared ? 4L * headDim * ((long) head * positions + row) : key(row, head);
    }
  }

  /// Whether this can be done here: heads in whole vectors, and no keys of several segments.
  boolean fits(Segments segments, int headDim) {
    if (headDim % lanes != 0) {
      return false;
    }
    var byKeys = IntStream.range(0, segments.count())
        .boxed()
        .sorted(Comparator.comparingInt(s -> segments.keyStart()[s]))
        .toList();
    for (int i = 1; i < byKeys.size(); i++) {
      int before = byKeys.get(i - 1);
      if (keyEnd(segments, before) > segments.keyStart()[byKeys.get(i)]) {
        return false;
      }
    }
    return true;
  }

  private static int keyEnd(Segments segments, int s) {
    return segments.keyStart()[s] + segments.past()[s] + segments.length()[s];
  }

  void run(
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
    int heads = q.cols() / headDim;
    int kvHeads = k.cols() / headDim;
    boolean shared = heads > kvHeads;
    synchronized (workers) {
      long each = 4L * heads * k.rows() * headDim;
      if (shared && own.byteSize() < 2 * each) {
        own = Arena.ofAuto().allocate(2 * each, 64);
      }
      var call = new Call(
          segments,
          headDim,
          heads,
          kvHeads,
          k.rows(),
          shared,
          q.address(),
          k.address(),
          v.address(),
          y.address(),
          logSum.address(),
          dy.address(),
          dq.address(),
          shared ? own.address() : dk.address(),
          shared ? own.address() + each : dv.address());
      prepare(segments, headDim);
      var byLength = longestFirst(segments);
      workers.run(byLength.size() * heads, (worker, i) -> {
        int segment = byLength.get(i / heads);
        new Head(call, segment, i % heads, scratch[worker]).run();
      });
      if (shared) {
        workers.run(
            byLength.size() * kvHeads,
            i -> sum(call, dk, dv, byLength.get(i / kvHeads), i % kvHeads));
      }
    }
  }

  private void prepare(Segments segments, int headDim) {
    int longest = IntStream.of(segments.length()).max().orElse(0);
    boolean fits =
        scratch.length > 0 && scratch[0].headDim == headDim && scratch[0].longest >= longest;
    if (!fits) {
      scratch = new Scratch[workers.count()];
      for (int i = 0; i < scratch.length; i++) {
        scratch[i] = Scratch.of(headDim, longest, lanes);
      }
    }
  }

  private static List<Integer> longestFirst(Segments segments) {
    return IntStream.range(0, segments.count())
        .boxed()
        .sorted(Comparator.comparingInt(s -> -segments.length()[s]))
        .toList();
  }

  /// Adds the gradients of all heads that share the keys of one head of a segment.
  private void sum(Call call, Tensor dk, Tensor dv, int segment, int kvHead) {
    int row = call.segments.keyStart()[segment];
    int rows = keyEnd(call.segments, segment) - row;
    int vectors = call.headDim / lanes;
    for (int h = 0; h < call.group(); h++) {
      int head = kvHead * call.group() + h;
      long to = call.key(row, head);
      long from = call.out(row, head);
      addRows.call(dk.address() + to, call.kRow(), call.dk + from, call.outRow(), rows, vectors, 0);
      addRows.call(dv.address() + to, call.kRow(), call.dv + from, call.outRow(), rows, vectors, 0);
    }
  }

  /// One head of one segment.
  private final class Head {
    private static final int SCORES = 0; // places of what programs are told
    private static final int QUERY = 32;
    private static final int KEY = 64;
    private static final int SLOPES = 96;

    private final Call call;
    private final int head;
    private final Scratch s;
    private final int start;
    private final int length;
    private final int past;
    private final int keyStart;
    private final int vectors;
    private final int scale;

    Head(Call call, int segment, int head, Scratch s) {
      this.call = call;
      this.head = head;
      this.s = s;
      this.start = call.segments.start()[segment];
      this.length = call.segments.length()[segment];
      this.past = call.segments.past()[segment];
      this.keyStart = call.segments.keyStart()[segment];
      this.vectors = call.headDim / lanes;
      this.scale = Float.floatToRawIntBits((float) (1 / Math.sqrt(call.headDim)));
    }

    void run() {
      long at = call.query(start, head);
      dots.call(s.deltas, call.dy + at, call.y + at, call.qRow(), length, vectors, 0);
      s.tell(SCORES, SCORES_ROW, call.qRow(), SCORES_ROW, 0);
      s.tell(QUERY, call.qRow(), SCORES_ROW, call.kRow(), s.ones);
      s.tell(KEY, call.outRow(), TURNED_ROW, call.qRow(), s.ones);
      int keys = past + length;
      for (int key = 0; key < keys; key += KEYS) {
        int count = Math.min(KEYS, keys - key);
        panel(s.keyPanel, call.k, key, count);
        panel(s.valuePanel, call.v, key, count);
        int first = Math.max(0, key - past);
        for (int query = first; query < length; query += QUERIES) {
          boolean adds = !call.shared || query > first;
          block(key, count, query, Math.min(QUERIES, length - query), adds);
        }
      }
    }

    /// Turns keys into columns.
    private void panel(long to, long tensor, int key, int count) {
      long from = tensor + call.key(keyStart + key, head);
      int whole = count / lanes;
      int left = count % lanes;
      int fours = call.headDim / 4;
      if (whole > 0) {
        turn.call(to, SCORES_ROW, from, call.kRow(), fours, whole, 0);
      }
      if (left > 0) {
        long row = 4L * call.headDim;
        long rest = from + (long) whole * lanes * call.kRow();
        int one = Float.floatToRawIntBits(1);
        copy.call(s.rest, row, rest, call.kRow(), left, (long) vectors << 32, one);
        turn.call(to + 4L * whole * lanes, SCORES_ROW, s.rest, row, fours, 1, 0);
      }
    }

    private void block(int key, int count, int query, int rows, boolean adds) {
      int columns = Math.ceilDiv(count, lanes);
      long at = call.query(start + query, head);
      long keys = call.key(keyStart + key, head);
      long told = s.numbers + SCORES;
      product.call(s.scores, call.q + at, s.keyPanel, rows, columns, call.headDim, told);
      product.call(s.gradients, call.dy + at, s.valuePanel, rows, columns, call.headDim, told);
      long logRow = 4L * call.heads;
      slopes.call(
          s.scores,
          s.gradients,
          SCORES_ROW,
          call.logSum + (start + query) * logRow + 4L * head,
          s.deltas + 4L * query,
          (long) rows << 32 | columns,
          s.tell(SLOPES, past + query + 1 - key, scale, logRow));
      accumulate.call(
          call.dq + at, s.gradients, call.k + keys, rows, vectors, count, s.numbers + QUERY);
      int fours = Math.ceilDiv(count, 4);
      int rowVectors = Math.ceilDiv(rows, lanes);
      turn.call(s.turnedScores, TURNED_ROW, s.scores, SCORES_ROW, fours, rowVectors, 0);
      turn.call(s.turnedGradients, TURNED_ROW, s.gradients, SCORES_ROW, fours, rowVectors, 0);
      long out = call.out(keyStart + key, head);
      var routine = adds ? accumulate : product;
      long toldKey = s.numbers + KEY;
      routine.call(call.dv + out, s.turnedScores, call.dy + at, count, vectors, rows, toldKey);
      routine.call(call.dk + out, s.turnedGradients, call.q + at, count, vectors, rows, toldKey);
    }
  }
}
