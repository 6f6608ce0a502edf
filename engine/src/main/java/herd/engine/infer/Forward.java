package herd.engine.infer;

import herd.engine.model.Adapter;
import herd.engine.sample.Chooser;
import herd.engine.sample.LogProbs;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// One step: the planned tokens of all sequences as one ragged batch through the model, and for
/// each sequence whose last token was among them the choice of the next.
final class Forward {
  /// Rows of logits that exist at a time.
  private static final int LOGIT_ROWS = 64;

  private final PagedModel paged;
  private final Chooser chooser;
  private final float[] logits;
  private final long[] mask;
  private Tensor hidden; // rows whose logits are wanted in this step
  private int[] targets; // of each the prompt's token whose likelihood is wanted, else -1
  private Tensor chunk; // logits of some of them
  private Tensor chunkLogProbs; // of their targets
  private int chunkEnd;
  long generated;
  long drafted;
  long accepted;

  Forward(PagedModel paged) {
    this.paged = paged;
    int vocab = paged.model().config().vocab();
    this.chooser = new Chooser(vocab);
    this.logits = new float[vocab];
    this.mask = new long[(vocab + 63) / 64];
  }

  /// Computes what was planned.
  void run(List<Sequence> running) {
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
    targets = new int[rows];
    Arrays.fill(targets, -1);
    int at = 0;
    int row = 0;
    for (var sequence : planned) {
      int own = sequence.planned - sequence.drafts.length;
      System.arraycopy(sequence.tokens, sequence.computed, batch, at, own);
      System.arraycopy(sequence.drafts, 0, batch, at + own, sequence.drafts.length);
      int next = sequence.computed + sequence.planned - wanted(sequence) + 1;
      at += sequence.planned;
      for (int i = at - wanted(sequence); i < at; i++, next++) {
        boolean scored = next >= sequence.scored && next < sequence.promptLength();
        targets[row] = scored ? sequence.tokens[next] : -1;
        asked[row++] = i;
      }
    }
    var hidden = paged.forward(batch, length, past, table, adapters(planned));
    pool(planned, hidden);
    answer(planned, rows == 0 ? null : paged.ops().keep(paged.ops().embedding(hidden, asked)));
  }

  private static List<Map<Weight, Adapter.LowRank>> adapters(List<Sequence> planned) {
    for (var sequence : planned) {
      if (sequence.adapter != null) {
        var adapters = new ArrayList<Map<Weight, Adapter.LowRank>>();
        planned.forEach(each -> adapters.add(each.adapter));
        return adapters;
      }
    }
    return null;
  }

  /// Adds up the hidden states of texts whose vectors are wanted, or takes the last.
  private static void pool(List<Sequence> planned, Tensor hidden) {
    int row = 0;
    for (var sequence : planned) {
      if (sequence.pooled != null) {
        boolean mean = sequence.request.pooling() == Request.Pooling.MEAN;
        int first = mean ? row : row + sequence.planned - 1;
        if (sequence.computed == 0 || !mean) {
          Arrays.fill(sequence.pooled, 0); // what a lost place had added up is added again
        }
        var states = hidden.rows(first, row + sequence.planned).toFloats();
        for (int i = 0; i < states.length; i++) {
          sequence.pooled[i % sequence.pooled.length] += states[i];
        }
      }
      row += sequence.planned;
    }
  }

  /// Whether the step brings the sequence to its last token.
  private static boolean reaches(Sequence sequence) {
    return sequence.planned - sequence.drafts.length == sequence.pending();
  }

  /// How many of the sequence's planned tokens, the last ones, need logits.
  private static int wanted(Sequence sequence) {
    int chosen =
        reaches(sequence) && sequence.request.maxTokens() > 0 ? 1 + sequence.drafts.length : 0;
    if (sequence.scored == sequence.promptLength()) {
      return chosen;
    }
    int first = Math.max(sequence.computed, sequence.scored - 1);
    return Math.max(chosen, sequence.computed + sequence.planned - first);
  }

  /// Uses the logits of the rows asked for, `rows [asked, dim]`.
  private void answer(List<Sequence> planned, Tensor rows) {
    hidden = rows;
    chunkEnd = 0;
    int row = 0;
    for (var sequence : planned) {
      int count = wanted(sequence);
      boolean reached = reaches(sequence);
      sequence.computed += sequence.planned - sequence.drafts.length;
      for (int i = row; i < row + count; i++) {
        if (targets[i] >= 0) {
          score(sequence, i);
        }
      }
      row += count;
      if (reached && sequence.request.maxTokens() == 0) {
        sequence.end(Finish.LENGTH, null);
      } else if (reached) {
        choose(sequence, row - 1 - sequence.drafts.length);
      }
    }
  }

  /// Computes the logits of a row, after those of all rows before it: in chunks, so that they never
  /// exist in full.
  /// @return the row within the chunk
  private int reach(int row) {
    var ops = paged.ops();
    while (row >= chunkEnd) {
      int from = chunkEnd;
      chunkEnd = Math.min(hidden.rows(), from + LOGIT_ROWS);
      ops.keep(hidden);
      chunk = ops.linear(hidden.rows(from, chunkEnd), paged.model().head());
      chunkLogProbs = null;
    }
    return chunk.rows() - (chunkEnd - row);
  }

  /// Copies a row's logits.
  private void load(int row) {
    int at = reach(row);
    var source = chunk.rows(at, at + 1);
    if (source.type() == DType.F32) {
      MemorySegment.copy(
          source.data(), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, logits, 0, logits.length);
    } else {
      System.arraycopy(source.toFloats(), 0, logits, 0, logits.length);
    }
  }

  /// The likelihood of the next of the prompt's tokens that are still wanted.
  private void score(Sequence sequence, int row) {
    int id = targets[row];
    int top = sequence.request.logProbs();
    if (top > 1) {
      load(row);
      var likely = new LogProbs(logits, top);
      sequence.ofPrompt.add(new Token(id, "", likely.of(id), likely.top()));
    } else {
      double logProb = logProb(row);
      sequence.ofPrompt.add(
          new Token(id, "", logProb, top < 1 ? List.of() : List.of(likeliest(row, id, logProb))));
    }
    sequence.scored++;
  }

  /// The log-probability of the row's target; those of a whole chunk are computed together.
  private double logProb(int row) {
    int at = reach(row);
    if (chunkLogProbs == null) {
      int from = chunkEnd - chunk.rows();
      chunkLogProbs = paged.ops().logProbs(chunk, Arrays.copyOfRange(targets, from, chunkEnd));
    }
    return chunkLogProbs.get(at, 0);
  }

  private LogProbs.Likely likeliest(int row, int target, double logProb) {
    load(row);
    int best = Chooser.likeliest(logits, logits.length, null);
    return new LogProbs.Likely(best, logProb + (logits[best] - logits[target]));
  }

  /// The next token, and as many more as were guessed right; `row` holds the first one's logits.
  private void choose(Sequence sequence, int row) {
    var drafts = sequence.drafts;
    int right = 0;
    drafted += drafts.length;
    sequence.drafted += drafts.length;
    for (int i = 0; i <= drafts.length && !sequence.ended(); i++) {
      int before = sequence.length;
      try {
        load(row + i);
        sequence.guess = i < drafts.length ? drafts[i] : -1;
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
    sequence.followed = Math.min(sequence.followed, sequence.computed);
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
}
