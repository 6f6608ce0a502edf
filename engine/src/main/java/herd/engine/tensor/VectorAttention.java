package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.SPECIES;
import static herd.engine.tensor.Floats.address;
import static herd.engine.tensor.Floats.broadcast;
import static herd.engine.tensor.Floats.zero;

/// Causal attention in blocks of queries and keys (FlashAttention 2): scores exist one tile at a
/// time, forward with a
/// running maximum and sum, backward recomputed from the kept log of the sum. A token's result
/// depends on its own
/// segment alone, neither on the rest of the batch nor on the workers.
final class VectorAttention {
  /// Queries in one block.
  private static final int QUERIES = 64;

  private final Workers workers;
  private final Tile tile;
  private Scratch[] scratch = {};
  private int scratchHeadDim;

  VectorAttention(Workers workers, Tile tile) {
    this.workers = workers;
    this.tile = tile;
  }

  /// What one worker needs for itself; `padded` is the head's width in whole vectors.
  private record Scratch(
      MemorySegment memory,
      float[] queries,
      float[] douts,
      float[] scores,
      float[] dscores,
      float[] sums,
      float[] values,
      float[] tile,
      float[] max,
      float[] total) {
    static Scratch of(int headDim, Tile tile) {
      int padded = padded(headDim);
      long numbers = 2L * padded * tile.width() + 2L * padded * (tile.width() + QUERIES);
      int rows = QUERIES + tile.rows();
      int columns = tile.width() + tile.rows();
      return new Scratch(
          Arena.ofAuto().allocate(4 * numbers, 4096),
          new float[rows * headDim],
          new float[rows * headDim],
          new float[rows * tile.width()],
          new float[rows * tile.width()],
          new float[Math.max(rows, columns) * padded],
          new float[columns * padded],
          new float[tile.rows() * tile.width()],
          new float[rows],
          new float[rows]);
    }

    /// Transposed keys `[headDim, width]`.
    long keyPanel() {
      return memory.address();
    }

    /// Where another panel or a block of padded rows may stand: `slot` panels and `rows` rows
    /// further.
    long after(int panels, int rows, int padded, int width) {
      return memory.address() + 4L * padded * (panels * (long) width + rows);
    }
  }

  private static int padded(int headDim) {
    return (headDim + LANES - 1) / LANES * LANES;
  }

  /// Gradients' addresses, beside those of an [AttentionCall].
  private record Gradients(long dq, long dk, long dv, long dy) {}

  /// Makes scratch memory for this width of heads; the caller holds the workers.
  private void prepare(int headDim) {
    if (scratchHeadDim != headDim) {
      scratch = IntStream.range(0, workers.count())
          .mapToObj(_ -> Scratch.of(headDim, tile))
          .toArray(Scratch[]::new);
      scratchHeadDim = headDim;
    }
  }

  // --- forward ----------------------------------------------------------------------------------

  void forward(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    forward(AttentionCall.of(y, logSum, q, k, v, segments, headDim));
  }

  void forward(Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    forward(AttentionCall.of(y, q, k, v, segments, headDim));
  }

  private void forward(AttentionCall call) {
    int headDim = call.headDim();
    var blocks = call.blocks(QUERIES);
    synchronized (workers) {
      prepare(headDim);
      workers.run(
          blocks.size(), (worker, i) -> new Forward(call, blocks.get(i), scratch[worker]).run());
    }
  }

  /// The forward pass of one block; its rows are the queries of each head of the group in turn.
  private final class Forward {
    private final AttentionCall call;
    private final AttentionCall.Block block;
    private final Scratch s;
    private final int headDim;
    private final int queries;

    Forward(AttentionCall call, AttentionCall.Block block, Scratch s) {
      this.call = call;
      this.block = block;
      this.s = s;
      this.headDim = call.headDim();
      this.queries = block.to() - block.from();
    }

    private int token(int row) {
      return call.segments().start()[block.segment()] + block.from() + row % queries;
    }

    /// Keys that a row sees.
    private int visible(int row) {
      return call.segments().past()[block.segment()] + block.from() + row % queries + 1;
    }

    void run() {
      for (int first = 0; first < call.group(); first += QUERIES) {
        run(
            block.kvHead() * call.group() + first,
            Math.min(call.group() - first, QUERIES) * queries);
      }
    }

    private void run(int head, int rows) {
      float scale = (float) (1 / Math.sqrt(headDim));
      for (int r = 0; r < rows; r++) {
        long from = call.q() + call.query(token(r), head + r / queries);
        scaled(s.queries, r * headDim, from, scale, headDim);
      }
      int padded = padded(headDim);
      Arrays.fill(s.sums, 0, rows * padded, 0);
      Arrays.fill(s.max, 0, rows, Float.NEGATIVE_INFINITY);
      Arrays.fill(s.total, 0, rows, 0);
      int keys = visible(queries - 1);
      for (int key = 0; key < keys; ) {
        int run = Math.min(keys - key, call.segments().run(block.segment(), key));
        int count = Math.min(tile.width(), run);
        keyBlock(key, count, rows);
        key += count;
      }
      for (int r = 0; r < rows; r++) {
        int token = token(r);
        int h = head + r / queries;
        long to = call.y() + call.query(token, h);
        writeScaled(to, s.sums, r * padded, 1 / s.total[r], headDim);
        if (call.logSum() != 0) {
          Floats.put(call.logSum(token, h), (float) (s.max[r] + Math.log(s.total[r])));
        }
      }
    }

    private void keyBlock(int key, int count, int rows) {
      int width = tile.width();
      int padded = padded(headDim);
      long at = call.key(call.segments().row(block.segment(), key), block.kvHead());
      long copy = s.after(1, 0, padded, width);
      long values = copy;
      if (call.format() == null) {
        Panels.transpose(s.keyPanel(), width, call.k() + at, call.kRow(), headDim, count);
        values = whole(copy, call.v() + at, call.kRow(), count, headDim);
      } else {
        long row = 4L * padded;
        long keys = s.after(2, 0, padded, width);
        KvRows.unpack(call.format(), keys, row, call.k() + at, call.kRow(), headDim, count);
        Panels.transpose(s.keyPanel(), width, keys, row, headDim, count);
        KvRows.unpack(call.format(), copy, row, call.v() + at, call.kRow(), headDim, count);
      }
      long valueRow = values == copy ? 4L * padded : call.kRow();
      int vectors = (count + LANES - 1) / LANES;
      int stride = vectors * LANES;
      for (int i = 0; i < rows; i += tile.rows()) {
        int high = Math.min(tile.rows(), rows - i);
        tile.multiply(
            s.tile, s.queries, i * headDim, headDim, 1, s.keyPanel(), 4L * width, headDim, vectors);
        for (int r = 0; r < high; r++) {
          int visible = Math.min(count, visible(i + r) - key);
          softmax(s, r * stride, stride, visible, i + r, padded);
        }
        accumulate(s.sums, i * padded, s.scores, 0, stride, 1, values, valueRow, count, high, s);
      }
    }
  }

  /// One row of a tile of scores: probabilities relative to the running maximum, and what came
  /// before rescaled to it.
  private static void softmax(Scratch s, int at, int stride, int visible, int row, int padded) {
    if (visible <= 0) {
      Arrays.fill(s.scores, at, at + stride, 0);
      return;
    }
    if (visible < stride) {
      Arrays.fill(s.tile, at + visible, at + stride, Float.NEGATIVE_INFINITY);
    }
    var max = FloatVector.fromArray(SPECIES, s.tile, at);
    for (int j = LANES; j < stride; j += LANES) {
      max = max.max(FloatVector.fromArray(SPECIES, s.tile, at + j));
    }
    float before = s.max[row];
    float now = Math.max(before, max.reduceLanes(VectorOperators.MAX));
    var sum = zero();
    for (int j = 0; j < stride; j += LANES) {
      var p = FloatVector.fromArray(SPECIES, s.tile, at + j).sub(now);
      var power = Exp.shifted(p);
      p = Exp.scaled(Exp.polynomial(Exp.rest(p, power)), power, p);
      p.intoArray(s.scores, at + j);
      sum = sum.add(p);
    }
    float keep = 1;
    if (now != before) {
      keep = (float) Math.exp(before - now);
      s.max[row] = now;
      for (int j = row * padded; j < (row + 1) * padded; j += LANES) {
        FloatVector.fromArray(SPECIES, s.sums, j).mul(keep).intoArray(s.sums, j);
      }
    }
    s.total[row] = s.total[row] * keep + Exp.sum(sum);
  }

  /// Adds a tile-high product to rows of `sums`, which are a padded head wide.
  private void accumulate(
      float[] sums,
      int at,
      float[] a,
      int aAt,
      int aRow,
      int aStep,
      long b,
      long bRow,
      int steps,
      int high,
      Scratch s) {
    int padded = padded(scratchHeadDim);
    int all = padded / LANES;
    int pieces = (all + tile.vectors() - 1) / tile.vectors();
    int most = (all + pieces - 1) / pieces;
    for (int first = 0; first < all; first += most) {
      int vectors = Math.min(most, all - first);
      long columns = b + 4L * first * LANES;
      tile.multiply(s.tile, a, aAt, aRow, aStep, columns, bRow, steps, vectors);
      for (int r = 0; r < high; r++) {
        int to = at + r * padded + first * LANES;
        int from = r * vectors * LANES;
        for (int j = 0; j < vectors * LANES; j += LANES) {
          FloatVector.fromArray(SPECIES, sums, to + j)
              .add(FloatVector.fromArray(SPECIES, s.tile, from + j))
              .intoArray(sums, to + j);
        }
      }
    }
  }

  /// Where `count` rows of a head can be read in whole vectors: in place, or else copied to `copy`.
  private static long whole(long copy, long rows, long row, int count, int headDim) {
    if (headDim % LANES == 0) {
      return rows;
    }
    Panels.copy(copy, padded(headDim), rows, row, count, headDim);
    return copy;
  }

  private static void scaled(float[] to, int at, long from, float factor, int n) {
    int whole = Floats.whole(n);
    for (int j = 0; j < whole; j += LANES) {
      Floats.load(from + 4L * j).mul(factor).intoArray(to, at + j);
    }
    for (int j = whole; j < n; j++) {
      to[at + j] = Floats.get(from + 4L * j) * factor;
    }
  }

  private static void writeScaled(long to, float[] from, int at, float factor, int n) {
    int whole = Floats.whole(n);
    for (int j = 0; j < whole; j += LANES) {
      Floats.store(to + 4L * j, FloatVector.fromArray(SPECIES, from, at + j).mul(factor));
    }
    for (int j = whole; j < n; j++) {
      Floats.put(to + 4L * j, from[at + j] * factor);
    }
  }

  private static void addScaled(long to, float[] from, int at, float factor, int n) {
    var f = broadcast(factor);
    int whole = Floats.whole(n);
    for (int j = 0; j < whole; j += LANES) {
      var sum = FloatVector.fromArray(SPECIES, from, at + j).fma(f, Floats.load(to + 4L * j));
      Floats.store(to + 4L * j, sum);
    }
    for (int j = whole; j < n; j++) {
      Floats.put(to + 4L * j, Math.fma(from[at + j], factor, Floats.get(to + 4L * j)));
    }
  }

  // --- backward ---------------------------------------------------------------------------------

  void backward(
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
    var call = AttentionCall.of(y, logSum, q, k, v, segments, headDim);
    var gradients = new Gradients(address(dq), address(dk), address(dv), address(dy));
    var lists = segmentLists(segments);
    synchronized (workers) {
      prepare(headDim);
      workers.run(lists.size() * call.kvHeads(), (worker, i) -> {
        for (int segment : lists.get(i / call.kvHeads())) {
          new Backward(call, gradients, segment, i % call.kvHeads(), scratch[worker]).run();
        }
      });
    }
  }

  /// Segments that may be worked on at the same time, longest first; all in one list if some share
  /// keys, whose
  /// gradients are then added in order.
  private static List<List<Integer>> segmentLists(Segments segments) {
    var all = IntStream.range(0, segments.count()).boxed().toList();
    var byKeys = all.stream()
        .sorted(Comparator.comparingInt(s -> segments.keyStart()[s]))
        .toList();
    for (int i = 1; i < byKeys.size(); i++) {
      int before = byKeys.get(i - 1);
      int end = segments.keyStart()[before] + segments.past()[before] + segments.length()[before];
      if (end > segments.keyStart()[byKeys.get(i)]) {
        return List.of(all);
      }
    }
    return all.stream()
        .sorted(Comparator.comparingInt(s -> -segments.length()[s]))
        .map(List::of)
        .toList();
  }

  /// The backward pass of one segment's heads that share one key head.
  private final class Backward {
    private final AttentionCall call;
    private final Gradients g;
    private final int segment;
    private final int kvHead;
    private final Scratch s;
    private final int headDim;
    private final int padded;
    private final int start;
    private final int length;
    private final int past;
    private final float scale;
    private final float[] deltas;

    Backward(AttentionCall call, Gradients g, int segment, int kvHead, Scratch s) {
      this.call = call;
      this.g = g;
      this.segment = segment;
      this.kvHead = kvHead;
      this.s = s;
      this.headDim = call.headDim();
      this.padded = padded(headDim);
      this.start = call.segments().start()[segment];
      this.length = call.segments().length()[segment];
      this.past = call.segments().past()[segment];
      this.scale = (float) (1 / Math.sqrt(headDim));
      this.deltas = new float[call.group() * length];
    }

    void run() {
      for (int h = 0; h < call.group(); h++) {
        for (int i = 0; i < length; i++) {
          long at = call.query(start + i, kvHead * call.group() + h);
          deltas[h * length + i] = VectorRows.dot(g.dy + at, call.y() + at, headDim);
        }
      }
      int keys = past + length;
      for (int key = 0; key < keys; key += tile.width()) {
        keyBlock(key, Math.min(tile.width(), keys - key));
      }
    }

    private void keyBlock(int key, int count) {
      int width = tile.width();
      long at = call.key(call.segments().keyStart()[segment] + key, kvHead);
      Panels.transpose(s.keyPanel(), width, call.k() + at, call.kRow(), headDim, count);
      long valuePanel = s.after(1, 0, padded, width);
      Panels.transpose(valuePanel, width, call.v() + at, call.kRow(), headDim, count);
      long keys = whole(s.after(2, 0, padded, width), call.k() + at, call.kRow(), count, headDim);
      Arrays.fill(s.sums, 0, count * padded, 0);
      Arrays.fill(s.values, 0, count * padded, 0);
      int first = Math.max(0, key - past);
      for (int h = 0; h < call.group(); h++) {
        for (int from = first; from < length; from += QUERIES) {
          int to = Math.min(length, from + QUERIES);
          queryBlock(h, from, to, key, count, valuePanel, keys);
        }
      }
      for (int j = 0; j < count; j++) {
        long row = at + j * call.kRow();
        addScaled(g.dk + row, s.sums, j * padded, scale, headDim);
        addScaled(g.dv + row, s.values, j * padded, 1, headDim);
      }
    }

    private void queryBlock(
        int h, int from, int to, int key, int count, long valuePanel, long keys) {
      int head = kvHead * call.group() + h;
      int stride = (count + LANES - 1) / LANES * LANES;
      long at = call.query(start + from, head);
      int rows = to - from;
      for (int r = 0; r < rows; r++) {
        scaled(s.queries, r * headDim, call.q() + at + r * call.qRow(), scale, headDim);
        scaled(s.douts, r * headDim, g.dy + at + r * call.qRow(), 1, headDim);
      }
      for (int i = 0; i < rows; i += tile.rows()) {
        int high = Math.min(tile.rows(), rows - i);
        scores(head, h, from + i, high, i, key, count, valuePanel);
        queryGradients(at + i * call.qRow(), i * stride, stride, count, high, keys);
      }
      keyGradients(at, rows, count, stride);
    }

    /// Probabilities and the gradients of the scores, for one tile's rows of queries.
    private void scores(
        int head, int h, int query, int high, int i, int key, int count, long valuePanel) {
      int vectors = (count + LANES - 1) / LANES;
      int stride = vectors * LANES;
      long bStep = 4L * tile.width();
      int at = i * headDim;
      tile.multiply(s.tile, s.queries, at, headDim, 1, s.keyPanel(), bStep, headDim, vectors);
      for (int r = 0; r < high; r++) {
        int visible = Math.clamp(past + query + r + 1 - key, 0, count);
        float logSum = Floats.get(call.logSum(start + query + r, head));
        probabilities(s.tile, r * stride, s.scores, (i + r) * stride, stride, visible, logSum);
      }
      tile.multiply(s.tile, s.douts, at, headDim, 1, valuePanel, bStep, headDim, vectors);
      for (int r = 0; r < high; r++) {
        float delta = deltas[h * length + query + r];
        for (int j = 0; j < stride; j += LANES) {
          FloatVector.fromArray(SPECIES, s.tile, r * stride + j)
              .sub(delta)
              .mul(FloatVector.fromArray(SPECIES, s.scores, (i + r) * stride + j))
              .intoArray(s.dscores, (i + r) * stride + j);
        }
      }
    }

    private void queryGradients(long at, int scoresAt, int stride, int count, int high, long keys) {
      int all = padded / LANES;
      int pieces = (all + tile.vectors() - 1) / tile.vectors();
      int most = (all + pieces - 1) / pieces;
      boolean inPlace = headDim % LANES == 0;
      long bRow = inPlace ? call.kRow() : 4L * padded;
      for (int first = 0; first < all; first += most) {
        int vectors = Math.min(most, all - first);
        long columns = keys + 4L * first * LANES;
        tile.multiply(s.tile, s.dscores, scoresAt, stride, 1, columns, bRow, count, vectors);
        int n = Math.min(vectors * LANES, headDim - first * LANES);
        for (int r = 0; r < high; r++) {
          long to = g.dq + at + r * call.qRow() + 4L * first * LANES;
          addScaled(to, s.tile, r * vectors * LANES, scale, n);
        }
      }
    }

    private void keyGradients(long at, int rows, int count, int stride) {
      int width = tile.width();
      long copy = s.after(2, width, padded, width);
      long bRow = headDim % LANES == 0 ? call.qRow() : 4L * padded;
      long queries = whole(copy, call.q() + at, call.qRow(), rows, headDim);
      for (int i = 0; i < count; i += tile.rows()) {
        int high = Math.min(tile.rows(), count - i);
        accumulate(s.sums, i * padded, s.dscores, i, 1, stride, queries, bRow, rows, high, s);
      }
      long douts = whole(copy, g.dy + at, call.qRow(), rows, headDim);
      for (int i = 0; i < count; i += tile.rows()) {
        int high = Math.min(tile.rows(), count - i);
        accumulate(s.values, i * padded, s.scores, i, 1, stride, douts, bRow, rows, high, s);
      }
    }
  }

  private static void probabilities(
      float[] scores, int at, float[] out, int to, int stride, int visible, float logSum) {
    Arrays.fill(scores, at + visible, at + stride, Float.NEGATIVE_INFINITY);
    for (int j = 0; j < stride; j += LANES) {
      var score = FloatVector.fromArray(SPECIES, scores, at + j).sub(logSum);
      var power = Exp.shifted(score);
      Exp.scaled(Exp.polynomial(Exp.rest(score, power)), power, score).intoArray(out, to + j);
    }
  }
}
