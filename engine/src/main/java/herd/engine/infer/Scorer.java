package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Log-likelihoods of given continuations, in ragged batches. Neighbouring items with one context
/// share its keys and values: the context of a multiple-choice question is computed once.
public final class Scorer {
  private static final int BATCH_TOKENS = 4096;

  private final Llama model;
  private final Kernels kernels;

  public Scorer(Llama model, Kernels kernels) {
    this.model = model;
    this.kernels = kernels;
  }

  /// @param context tokens before, at least one
  /// @param continuation tokens whose likelihood is asked, at least one
  public record Item(int[] context, int[] continuation) {
    public Item {
      if (context.length == 0 || continuation.length == 0) {
        throw new IllegalArgumentException("empty context or continuation");
      }
    }

    private int tokens() {
      return context.length + continuation.length - 1;
    }
  }

  /// @param logProb natural logarithm of the continuation's probability after its context
  /// @param tokens of the continuation
  /// @param greedy whether each of them is the most likely one after those before it
  public record Score(double logProb, int tokens, boolean greedy) {}

  /// One score for each item, in order.
  /// @throws UserError if an item is longer than the model's context
  public List<Score> score(List<Item> items) {
    int context = model.config().context();
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).tokens() > context) {
        throw new UserError(
            "item " + i,
            items.get(i).tokens() + " tokens",
            "at most " + context + ", the model's context",
            "Shorten the text or split it.");
      }
    }
    var scores = new ArrayList<Score>(items.size());
    try (var arena = Arena.ofShared()) {
      int rows = Math.max(BATCH_TOKENS, context);
      var cache = new KvCache(arena, model.type(), model.config(), rows);
      try (var ops = new Eager(kernels, cache)) {
        for (int from = 0; from < items.size(); ) {
          int to = from + 1;
          int tokens = items.get(from).tokens();
          while (to < items.size() && tokens + items.get(to).tokens() <= rows) {
            tokens += items.get(to++).tokens();
          }
          new Batch(ops, cache, items.subList(from, to)).scoreInto(scores);
          from = to;
        }
      }
    }
    return scores;
  }

  /// Items whose keys and values fit in the cache together: item after item, each in its own rows.
  private final class Batch {
    private final Eager ops;
    private final KvCache cache;
    private final List<Item> items;
    private final int[] keyStart;

    Batch(Eager ops, KvCache cache, List<Item> items) {
      this.ops = ops;
      this.cache = cache;
      this.items = items;
      this.keyStart = new int[items.size()];
      for (int i = 1; i < keyStart.length; i++) {
        keyStart[i] = keyStart[i - 1] + items.get(i - 1).tokens();
      }
    }

    void scoreInto(List<Score> scores) {
      var firsts = new ArrayList<Integer>();
      for (int i = 0; i < items.size(); i++) {
        if (i == 0 || !Arrays.equals(items.get(i).context(), items.get(i - 1).context())) {
          firsts.add(i);
        }
      }
      computeContexts(firsts);
      shareContexts(firsts);
      computeContinuations(scores);
    }

    /// All but the last token of each context that is new.
    private void computeContexts(List<Integer> firsts) {
      var wanted =
          firsts.stream().filter(i -> items.get(i).context().length > 1).toList();
      if (wanted.isEmpty()) {
        return;
      }
      int n = wanted.size();
      var length = new int[n];
      var keys = new int[n];
      var tokens = new Tokens();
      for (int s = 0; s < n; s++) {
        var context = items.get(wanted.get(s)).context();
        length[s] = context.length - 1;
        keys[s] = keyStart[wanted.get(s)];
        tokens.add(context, 0, length[s]);
      }
      ops.reset();
      model.forward(ops, tokens.ids(), segments(length, new int[n], keys));
    }

    private void shareContexts(List<Integer> firsts) {
      int first = 0;
      for (int i = 0; i < items.size(); i++) {
        if (first + 1 < firsts.size() && firsts.get(first + 1) == i) {
          first++;
        }
        int from = firsts.get(first);
        if (from != i) {
          cache.copy(keyStart[from], keyStart[i], items.get(i).context().length - 1);
        }
      }
    }

    /// The last context token and all but the last continuation token predict the continuation.
    private void computeContinuations(List<Score> scores) {
      int n = items.size();
      var length = new int[n];
      var past = new int[n];
      var tokens = new Tokens();
      var targets = new Tokens();
      for (int s = 0; s < n; s++) {
        var item = items.get(s);
        length[s] = item.continuation().length;
        past[s] = item.context().length - 1;
        tokens.add(item.context(), past[s], 1);
        tokens.add(item.continuation(), 0, length[s] - 1);
        targets.add(item.continuation(), 0, length[s]);
      }
      ops.reset();
      var hidden = model.forward(ops, tokens.ids(), segments(length, past, keyStart));
      var greedy = new boolean[hidden.rows()];
      var logProbs = ops.logProbs(hidden, model.head(), targets.ids(), greedy);
      int row = 0;
      for (int s = 0; s < n; s++) {
        double sum = 0;
        boolean all = true;
        for (int end = row + length[s]; row < end; row++) {
          sum += logProbs.get(row, 0);
          all &= greedy[row];
        }
        scores.add(new Score(sum, length[s], all));
      }
    }

    private static Segments segments(int[] length, int[] past, int[] keyStart) {
      var start = new int[length.length];
      for (int s = 1; s < start.length; s++) {
        start[s] = start[s - 1] + length[s - 1];
      }
      return new Segments(start, length, past, past, keyStart);
    }
  }

  private static final class Tokens {
    private int[] ids = new int[256];
    private int count;

    void add(int[] from, int at, int length) {
      while (count + length > ids.length) {
        ids = Arrays.copyOf(ids, 2 * ids.length);
      }
      System.arraycopy(from, at, ids, count, length);
      count += length;
    }

    int[] ids() {
      return Arrays.copyOf(ids, count);
    }
  }
}
