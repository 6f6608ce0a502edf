package herd.engine.infer;

import herd.engine.model.Adapted;
import herd.engine.model.Adapter;
import herd.engine.model.Eager;
import herd.engine.model.KvBlocks;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.model.Ops;
import herd.engine.sample.Chooser;
import herd.engine.sample.LogProbs;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One step: the planned tokens of all sequences as one ragged batch through the model, and for
/// each sequence whose last token was among them the choice of the next.
final class Forward implements AutoCloseable {
  /// Rows of logits that exist at a time.
  private static final int LOGIT_ROWS = 64;

  private static final int FIRST_BLOCKS = 16;

  private final Llama model;
  private final Kernels kernels;
  private final KvBlocks blocks;
  private final int size;
  private final boolean exact;
  private final KvRows.Format kv;
  private final Chooser chooser;
  private final float[] logits;
  private final long[] mask;
  private Arena arena;
  private KvCache cache;
  private Eager ops;
  private Tensor hidden; // rows whose logits are wanted in this step
  private Tensor chunk; // logits of some of them
  private int chunkEnd;
  long generated;
  long drafted;
  long accepted;

  Forward(Llama model, Kernels kernels, KvBlocks blocks, EngineSettings settings) {
    this.exact = settings.deterministic();
    this.kv = settings.kv();
    this.model = model;
    this.kernels = kernels;
    this.blocks = blocks;
    this.size = settings.blockTokens();
    int vocab = model.config().vocab();
    this.chooser = new Chooser(vocab);
    this.logits = new float[vocab];
    this.mask = new long[(vocab + 63) / 64];
    provide(Math.min(FIRST_BLOCKS, blocks.most()));
  }

  /// Bytes of one position's keys and values.
  static long positionBytes(Llama model, KvRows.Format kv) {
    var config = model.config();
    long head = kv == null
        ? (long) model.type().bytes() * config.headDim()
        : kv.headBytes(config.headDim());
    return 2L * config.layers() * config.kvHeads() * head;
  }

  private void provide(int count) {
    var larger = Arena.ofShared();
    int rows = Math.multiplyExact(count, size);
    var next = kv == null
        ? new KvCache(larger, model.type(), model.config(), rows)
        : new KvCache(larger, kv, model.config(), rows);
    if (cache != null) {
      next.copyFrom(cache);
      close();
    }
    arena = larger;
    cache = next;
    ops = new Eager(kernels, cache, exact);
  }

  /// Computes what was planned.
  void run(List<Sequence> running) {
    while (blocks.made() * size > cache.rows()) {
      provide((int) Math.min(blocks.most(), 2L * cache.rows() / size));
    }
    var planned = running.stream().filter(s -> s.planned > 0).toList();
    int n = planned.size();
    var length = new int[n];
    var past = new int[n];
    var table = new int[n][];
    int tokens = 0;
    int rows = 0;
    for (int s = 0; s < n; s++) {
      var sequence = planned.get(s);
      length[s] = sequence.planned;
      past[s] = sequence.computed;
      table[s] = sequence.blocks;
      tokens += sequence.planned;
      rows += wanted(sequence);
    }
    var batch = new int[tokens];
    var asked = new int[rows];
    int at = 0;
    int row = 0;
    for (var sequence : planned) {
      int own = sequence.planned - sequence.drafts.length;
      System.arraycopy(sequence.tokens, sequence.computed, batch, at, own);
      System.arraycopy(sequence.drafts, 0, batch, at + own, sequence.drafts.length);
      at += sequence.planned;
      for (int i = at - wanted(sequence); i < at; i++) {
        asked[row++] = i;
      }
    }
    ops.reset();
    var segments = Segments.paged(length, past, new Segments.Pages(size, table));
    var hidden = model.forward(adapted(planned, segments), batch, segments);
    if (rows > 0) {
      answer(planned, ops.keep(ops.embedding(hidden, asked)));
    } else {
      planned.forEach(sequence -> sequence.computed += sequence.planned);
    }
  }

  private Ops adapted(List<Sequence> planned, Segments segments) {
    for (var sequence : planned) {
      if (sequence.adapter != null) {
        var adapters = new ArrayList<Map<Weight, Adapter.LowRank>>();
        planned.forEach(each -> adapters.add(each.adapter));
        return new Adapted(ops, segments, adapters);
      }
    }
    return ops;
  }

  /// Whether the step brings the sequence to its last token.
  private static boolean reaches(Sequence sequence) {
    return sequence.planned - sequence.drafts.length == sequence.pending();
  }

  /// How many of the sequence's planned tokens, the last ones, need logits.
  private static int wanted(Sequence sequence) {
    if (sequence.ofPrompt.size() < sequence.promptLength() && sequence.request.promptLogProbs()) {
      return sequence.planned;
    }
    return reaches(sequence) ? 1 + sequence.drafts.length : 0;
  }

  /// Uses the logits of the rows asked for, `rows [asked, dim]`.
  private void answer(List<Sequence> planned, Tensor rows) {
    hidden = rows;
    chunkEnd = 0;
    int row = 0;
    for (var sequence : planned) {
      int count = wanted(sequence);
      boolean reached = reaches(sequence);
      int first = sequence.computed + sequence.planned - count; // position of the first row
      sequence.computed += sequence.planned - sequence.drafts.length;
      for (int i = 0; i < count && first + i + 1 < sequence.promptLength(); i++) {
        score(sequence, first + i + 1, row + i);
      }
      if (reached) {
        choose(sequence, row + sequence.length - 1 - first);
      }
      row += count;
    }
  }

  /// Copies a row's logits, after those of all rows before it. They are computed in chunks so that
  /// they never exist in full.
  private void load(int row) {
    while (row >= chunkEnd) {
      int from = chunkEnd;
      chunkEnd = Math.min(hidden.rows(), from + LOGIT_ROWS);
      ops.keep(hidden);
      chunk = ops.linear(hidden.rows(from, chunkEnd), model.head());
    }
    var source = chunk.rows(chunk.rows() - (chunkEnd - row), chunk.rows() - (chunkEnd - row) + 1);
    if (source.type() == DType.F32) {
      MemorySegment.copy(
          source.data(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, logits, 0, logits.length);
    } else {
      System.arraycopy(source.toFloats(), 0, logits, 0, logits.length);
    }
  }

  /// The likelihood of the prompt's token at `position`, if it is still wanted.
  private void score(Sequence sequence, int position, int row) {
    if (!sequence.request.promptLogProbs() || sequence.ofPrompt.size() > position) {
      return;
    }
    if (sequence.ofPrompt.isEmpty()) {
      sequence.ofPrompt.add(new Token(sequence.tokens[0], "", Double.NaN, List.of()));
    }
    load(row);
    var likely = new LogProbs(logits, Math.max(0, sequence.request.logProbs()));
    int id = sequence.tokens[position];
    sequence.ofPrompt.add(new Token(id, "", likely.of(id), likely.top()));
  }

  /// The next token, and as many more as were guessed right; `row` holds the first one's logits.
  private void choose(Sequence sequence, int row) {
    var drafts = sequence.drafts;
    int right = 0;
    drafted += drafts.length;
    for (int i = 0; i <= drafts.length && !sequence.ended(); i++) {
      int before = sequence.length;
      try {
        load(row + i);
        next(sequence);
      } catch (RuntimeException e) {
        sequence.end(Finish.FAILED, e);
        return;
      }
      if (sequence.length == before) {
        break;
      }
      generated++;
      if (i == drafts.length || sequence.tokens[before] != drafts[i]) {
        break;
      }
      right++;
    }
    accepted += right;
    sequence.computed += right;
  }

  private void next(Sequence sequence) {
    if (sequence.left() < 1) {
      sequence.end(Finish.LENGTH, null);
      return;
    }
    var allowed = allowed(sequence);
    if (sequence.ended()) {
      return;
    }
    int id;
    if (sequence.greedy) {
      id = Chooser.likeliest(logits, logits.length, allowed);
    } else {
      chooser.load(logits, logits.length, allowed);
      var steps = sequence.request.sampling().steps();
      chooser.apply(steps, sequence.tokens, sequence.length, sequence.promptLength());
      id = chooser.draw(sequence.random);
    }
    if (sequence.request.logProbs() < 0) {
      sequence.accept(id, Double.NaN, List.of());
    } else {
      var likely = new LogProbs(logits, sequence.request.logProbs());
      sequence.accept(id, likely.of(id), likely.top());
    }
  }

  /// The mask of tokens that may come next, null for all. Ends the sequence if there is none.
  private long[] allowed(Sequence sequence) {
    if (sequence.constraint == null) {
      return null;
    }
    sequence.constraint.allowed(mask);
    boolean mayEnd = sequence.constraint.mayEnd();
    long any = 0;
    for (long word : mask) {
      any |= word;
    }
    if (any == 0) {
      var dead = new IllegalStateException("the constraint allows no token and no end");
      sequence.end(mayEnd ? Finish.STOP : Finish.FAILED, mayEnd ? null : dead);
      return null;
    }
    for (int id : sequence.stopIds()) {
      mask[id >> 6] = mayEnd ? mask[id >> 6] | 1L << id : mask[id >> 6] & ~(1L << id);
    }
    return mask;
  }

  @Override
  public void close() {
    ops.close();
    arena.close();
  }
}
