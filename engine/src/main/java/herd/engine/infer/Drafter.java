package herd.engine.infer;

import herd.engine.model.KvBlocks;
import herd.engine.sample.Chooser;
import herd.engine.sample.LogProbs;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Guesses with a [DraftModel], for all sequences that want it together: first what it has not seen
/// of them, then token after token. Its keys and values lie in the sequences' own blocks; where
/// blocks are shared they may be missing or of another step, which costs right guesses and nothing
/// else.
final class Drafter implements AutoCloseable {
  /// A guess less likely than this ends the guessing: checking it costs more than it brings.
  private static final double LEAST = 0.4;

  private final PagedModel small;
  private final int tokens;
  private final int context;

  Drafter(DraftModel draft, Kernels kernels, KvBlocks blocks, EngineSettings settings) {
    this.small = new PagedModel(draft.model(), kernels, blocks, settings, false);
    this.tokens = draft.tokens();
    this.context = draft.model().config().context();
  }

  /// How many guesses it may make for the sequence.
  int most(Sequence sequence) {
    return Math.min(tokens, context - sequence.length);
  }

  /// Reads what the larger model has read of prompts, piece by piece as it does.
  void follow(List<Sequence> running) {
    var behind = running.stream()
        .filter(s -> !s.ended() && s.computed - s.followed > tokens + 1 && s.computed <= context)
        .toList();
    if (behind.isEmpty()) {
      return;
    }
    int n = behind.size();
    var batch = new Batch(n);
    for (int s = 0; s < n; s++) {
      var sequence = behind.get(s);
      batch.add(
          s,
          Arrays.copyOfRange(sequence.tokens, sequence.followed, sequence.computed),
          sequence.followed,
          sequence.blocks);
      sequence.followed = sequence.computed;
    }
    batch.forward();
  }

  /// Sets the guesses of sequences, at most `wanted` each, for which there is room in their blocks.
  void guess(List<Sequence> sequences, int[] wanted) {
    int n = sequences.size();
    var guesses = new int[n][];
    var open = new int[n]; // indices of those still guessed for
    var batch = new Batch(n);
    for (int s = 0; s < n; s++) {
      var sequence = sequences.get(s);
      open[s] = s;
      guesses[s] = new int[wanted[s]];
      batch.add(
          s,
          Arrays.copyOfRange(sequence.tokens, sequence.followed, sequence.length),
          sequence.followed,
          sequence.blocks);
      sequence.followed = sequence.length;
    }
    var count = new int[n];
    while (open.length > 0) {
      var likeliest = likeliest(batch.forward(), batch.length);
      int still = 0;
      for (int i = 0; i < open.length; i++) {
        int s = open[i];
        if (likeliest[i] >= 0) {
          guesses[s][count[s]++] = likeliest[i];
          if (count[s] < wanted[s]) {
            open[still++] = s;
          }
        }
      }
      open = Arrays.copyOf(open, still);
      batch = new Batch(still);
      for (int i = 0; i < still; i++) {
        var sequence = sequences.get(open[i]);
        int guess = guesses[open[i]][count[open[i]] - 1];
        batch.add(i, new int[] {guess}, sequence.followed++, sequence.blocks);
      }
    }
    for (int s = 0; s < n; s++) {
      sequences.get(s).drafts = Arrays.copyOf(guesses[s], count[s]);
    }
  }

  /// The likeliest next token of each sequence, -1 where it is too unlikely.
  private int[] likeliest(Tensor hidden, int[] length) {
    var last = new int[length.length];
    for (int s = 0, end = 0; s < last.length; s++) {
      end += length[s];
      last[s] = end - 1;
    }
    var ops = small.ops();
    var logits = ops.linear(ops.embedding(hidden, last), small.model().head());
    var out = new int[last.length];
    for (int s = 0; s < out.length; s++) {
      var row = logits.rows(s, s + 1).toFloats();
      out[s] = Chooser.likeliest(row, row.length, null);
      if (new LogProbs(row, 0).of(out[s]) < Math.log(LEAST)) {
        out[s] = -1;
      }
    }
    return out;
  }

  @Override
  public void close() {
    small.close();
  }

  /// Tokens of sequences for one pass.
  private final class Batch {
    private final int[] length;
    private final int[] past;
    private final int[][] table;
    private int[] tokens = {};

    Batch(int sequences) {
      length = new int[sequences];
      past = new int[sequences];
      table = new int[sequences][];
    }

    void add(int s, int[] more, int before, int[] blocks) {
      length[s] = more.length;
      past[s] = before;
      table[s] = blocks;
      int at = tokens.length;
      tokens = Arrays.copyOf(tokens, at + more.length);
      System.arraycopy(more, 0, tokens, at, more.length);
    }

    Tensor forward() {
      return small.forward(tokens, length, past, table, null);
    }
  }
}
