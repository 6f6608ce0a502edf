package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.KvCache;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Segments;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// How well a model predicts a text: the exponential of the mean negative log-probability. The text
/// is cut into chunks, each computed from an empty cache; what does not fill a chunk is left out.
public final class Perplexity {
  private static final int BATCH_TOKENS = 2048;

  private final Llama model;
  private final Kernels kernels;
  private final KvRows.Format kv;

  public Perplexity(Llama model, Kernels kernels) {
    this(model, kernels, null);
  }

  /// @param kv in which fewer bits keys and values are stored before they are used, null for all of
  ///     them
  public Perplexity(Llama model, Kernels kernels, KvRows.Format kv) {
    this.model = model;
    this.kernels = kernels;
    this.kv = kv;
  }

  /// @param logProbs sums of natural logarithms, of all predictions and of those made in the
  ///     second half of each chunk, as llama.cpp counts
  /// @param counts how many those are
  public record Result(int chunks, double[] logProbs, long[] counts) {
    /// Over all predictions.
    public double all() {
      return Math.exp(-logProbs[0] / counts[0]);
    }

    /// Over those made with at least half a chunk before them.
    public double secondHalf() {
      return Math.exp(-logProbs[1] / counts[1]);
    }
  }

  /// @param ids the text, without special tokens
  /// @param context tokens of a chunk
  /// @param begin put in place of each chunk's first token, as llama.cpp does; -1 for none
  /// @throws UserError if the text does not fill one chunk, or a chunk not the model's context
  public Result of(int[] ids, int context, int begin) {
    int most = model.config().context();
    if (context < 4 || context > most) {
      throw new UserError("context", "" + context, "4 to " + most, "Choose another.");
    }
    int chunks = ids.length / context;
    if (chunks == 0) {
      throw new UserError(
          "text", ids.length + " tokens", context + " or more", "Take a longer one.");
    }
    int together = Math.max(1, BATCH_TOKENS / context);
    var result = new Result(chunks, new double[2], new long[2]);
    try (var arena = Arena.ofShared();
        var ops = new Eager(kernels, cache(arena, together * context))) {
      for (int from = 0; from < chunks; from += together) {
        int to = Math.min(from + together, chunks);
        var batch = Arrays.copyOfRange(ids, from * context, to * context);
        for (int at = 0; begin >= 0 && at < batch.length; at += context) {
          batch[at] = begin;
        }
        add(ops, batch, context, result);
      }
    }
    return result;
  }

  private KvCache cache(Arena arena, int rows) {
    return kv == null ? null : new KvCache(arena, kv, model.config(), rows);
  }

  private void add(Eager ops, int[] batch, int context, Result result) {
    var targets = new int[batch.length];
    for (int i = 0; i < batch.length; i++) {
      targets[i] = i % context == context - 1 ? -1 : batch[i + 1];
    }
    int chunks = batch.length / context;
    var lengths = new int[chunks];
    Arrays.fill(lengths, context);
    ops.reset();
    var hidden = model.forward(ops, batch, Segments.packed(lengths, new int[chunks]));
    var logProbs = ops.logProbs(hidden, model.head(), targets);
    for (int i = 0; i < batch.length; i++) {
      if (targets[i] >= 0) {
        result.logProbs[0] += logProbs.get(i, 0);
        result.counts[0]++;
        if (i % context >= context / 2) {
          result.logProbs[1] += logProbs.get(i, 0);
          result.counts[1]++;
        }
      }
    }
  }
}
