package herd.train;

import herd.engine.UserError;
import herd.engine.tensor.Segments;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Pre-training batches: documents packed into rows without gaps, each piece of a document in a
/// row a segment of its own (Llama 3 paper, section 3.2).
///
/// A document that does not fit into what is left of a row goes on in another row, as a new
/// segment from position 0 that does not see the earlier one; the token before the cut still
/// learns the token after it. The last token of a document learns nothing.
///
/// Rows come from the sources in the proportion of their weights, evenly spread, each source
/// shuffled by itself and begun again when it is through ([PackedRows]). What a step sees follows
/// from its number, the seed and the sources alone; asking for steps in order is quick, going back
/// counts from the beginning. Not for several threads at once.
public final class PackedBatches implements Batches {
  private final List<Source> sources;
  private final Frame frame;
  private final List<PackedRows> rows = new ArrayList<>();
  private final double[] shares;
  private final int sequence;
  private final int rowsPerStep;
  private final int rowsPerBatch;
  private long next;
  private final long[] taken;

  /// Where documents come from.
  /// @param name for people
  /// @param shards in a fixed order
  /// @param weight its part of all tokens, in any unit: `shards`' tokens for all sources give the
  /// natural mix, three times that for one source shows it three times as often
  public record Source(String name, List<TokenShard> shards, double weight) {
    public Source {
      shards = List.copyOf(shards);
    }

    /// A source that counts as much as it holds, `times` over.
    public static Source of(String name, List<TokenShard> shards, double times) {
      return new Source(name, shards, times * tokens(shards));
    }

    private static long tokens(List<TokenShard> shards) {
      return shards.stream().mapToLong(TokenShard::tokens).sum();
    }
  }

  /// What stands before and after each document that is packed, and not in its shard.
  /// @param begin id, or -1 for nothing
  /// @param end id, or -1 for nothing
  public record Frame(int begin, int end) {
    /// Nothing: the shards hold begin and end tokens.
    public static final Frame NONE = new Frame(-1, -1);

    /// `<|begin_of_text|>` and `<|end_of_text|>` (Llama 3's pre-training).
    /// @throws UserError if the tokenizer lacks them
    public static Frame of(Tokenizer tokenizer) {
      return new Frame(
          tokenizer.special("<|begin_of_text|>"), tokenizer.special("<|end_of_text|>"));
    }

    /// Tokens that it adds to a document.
    int tokens() {
      return (begin >= 0 ? 1 : 0) + (end >= 0 ? 1 : 0);
    }

    /// Tokens of a document with its frame.
    int length(TokenShard shard, int document) {
      return shard.length(document) + tokens();
    }

    /// Copies `count` tokens of a framed document, from its token `from` on, to `out[at …]`.
    void copy(TokenShard shard, int document, int from, int[] out, int at, int count) {
      int before = begin >= 0 ? 1 : 0;
      int length = shard.length(document);
      int first = Math.max(from, before);
      int last = Math.min(from + count, before + length);
      if (from < before) {
        out[at] = begin;
      }
      if (first < last) {
        shard.copy(document, first - before, out, at + first - from, last - first);
      }
      if (from + count > before + length) {
        out[at + count - 1] = end;
      }
    }
  }

  /// @param frame what the packing adds to each document
  /// @param sequence tokens of a row, which no segment exceeds
  /// @param tokensPerStep a multiple of `sequence`
  /// @param tokensPerBatch most tokens in a micro-batch, at least `sequence`
  /// @throws UserError if a number is impossible, or a source is empty or of another vocabulary
  public PackedBatches(
      List<Source> sources,
      Frame frame,
      int sequence,
      int tokensPerStep,
      int tokensPerBatch,
      long seed) {
    check("sequence", sequence, sequence > 0, "at least 1");
    check(
        "tokensPerStep",
        tokensPerStep,
        tokensPerStep > 0 && tokensPerStep % sequence == 0,
        "a multiple of the sequence's " + sequence + " tokens");
    check("tokensPerBatch", tokensPerBatch, tokensPerBatch >= sequence, "at least " + sequence);
    this.sources = List.copyOf(sources);
    this.frame = frame;
    this.sequence = sequence;
    rowsPerStep = tokensPerStep / sequence;
    rowsPerBatch = Math.min(rowsPerStep, tokensPerBatch / sequence);
    double sum = 0;
    for (int s = 0; s < sources.size(); s++) {
      var source = sources.get(s);
      check(source, sources.getFirst());
      rows.add(new PackedRows(source.shards, frame, sequence, seed + 0x632BE59BD9B4E019L * s));
      sum += source.weight;
    }
    if (!(sum > 0)) {
      throw new UserError("sources", "no tokens to train on", "Name a source with a weight.");
    }
    double all = sum;
    shares = sources.stream().mapToDouble(source -> source.weight / all).toArray();
    taken = new long[sources.size()];
  }

  private static void check(String where, int found, boolean ok, String allowed) {
    if (!ok) {
      throw new UserError(where, "" + found, allowed, "Correct the training's settings.");
    }
  }

  private static void check(Source source, Source first) {
    String where = "source '" + source.name + "'";
    if (!(source.weight >= 0) || Double.isInfinite(source.weight)) {
      throw new UserError(where, "weight " + source.weight, "0 or more", "Correct the weight.");
    }
    if (Source.tokens(source.shards) == 0) {
      throw new UserError(where, "no tokens", "Leave it out, or look at what curation kept.");
    }
    for (var shard : source.shards) {
      var other = first.shards.getFirst();
      if (!shard.tokenizer().equals(other.tokenizer()) || shard.vocab() != other.vocab()) {
        throw new UserError(
            shard.file().toString(),
            "tokens of another tokenizer than " + other.file(),
            "Tokenize all sources with one tokenizer.");
      }
    }
  }

  /// Tokens of all sources, each document once with its frame.
  public long tokens() {
    return rows.stream().mapToLong(PackedRows::tokens).sum();
  }

  /// How often each source has been gone through after `steps` steps, in the order of the sources.
  public double[] epochs(long steps) {
    goTo(steps * rowsPerStep);
    var epochs = new double[sources.size()];
    Arrays.setAll(epochs, s -> (double) taken[s] * sequence / rows.get(s).tokens());
    return epochs;
  }

  @Override
  public List<Batch> microBatches(long step) {
    goTo(step * rowsPerStep);
    var out = new ArrayList<Batch>();
    for (int row = 0; row < rowsPerStep; row += rowsPerBatch) {
      var batch = new Packing(frame, Math.min(rowsPerBatch, rowsPerStep - row) * sequence);
      for (int r = row; r < Math.min(rowsPerStep, row + rowsPerBatch); r++) {
        int source = source();
        rows.get(source).read(taken[source], batch);
        take(source);
      }
      out.add(batch.batch());
    }
    return out;
  }

  /// Counts what each source has given before row `row` of the run.
  private void goTo(long row) {
    if (row < next) {
      next = 0;
      Arrays.fill(taken, 0);
    }
    while (next < row) {
      take(source());
    }
  }

  /// The source that is farthest behind its share, the first of equals.
  private int source() {
    int best = 0;
    double behind = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < taken.length; s++) {
      double lack = (next + 1) * shares[s] - taken[s];
      if (shares[s] > 0 && lack > behind) {
        behind = lack;
        best = s;
      }
    }
    return best;
  }

  private void take(int source) {
    taken[source]++;
    next++;
  }

  /// One micro-batch as it fills.
  private static final class Packing implements PackedRows.Pieces {
    private final Frame frame;
    private final int[] tokens;
    private final int[] targets;
    private final List<Integer> lengths = new ArrayList<>();
    private int filled;

    Packing(Frame frame, int tokens) {
      this.frame = frame;
      this.tokens = new int[tokens];
      this.targets = new int[tokens];
    }

    @Override
    public void piece(TokenShard shard, int document, int from, int count) {
      frame.copy(shard, document, from, tokens, filled, count);
      System.arraycopy(tokens, filled + 1, targets, filled, count - 1);
      int last = filled + count - 1;
      if (from + count < frame.length(shard, document)) {
        frame.copy(shard, document, from + count, targets, last, 1);
      } else {
        targets[last] = -1;
      }
      lengths.add(count);
      filled += count;
    }

    Batch batch() {
      int[] cut = lengths.stream().mapToInt(Integer::intValue).toArray();
      return new Batch(tokens, Segments.packed(cut), targets);
    }
  }
}
