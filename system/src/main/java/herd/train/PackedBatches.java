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
  private final Mixing mixing;
  private final BatchRamp ramp;
  private final int sequence;
  private final int rowsPerBatch;

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

    /// Tokens of all its documents, each with its frame.
    public long tokens(Frame frame) {
      return shards.stream()
          .mapToLong(shard -> shard.tokens() + (long) frame.tokens() * shard.documents())
          .sum();
    }

    private static long tokens(List<TokenShard> shards) {
      return shards.stream().mapToLong(TokenShard::tokens).sum();
    }
  }

  /// What stands before and after each document that is packed, and not in its shard.
  /// @param begin id, or -1 for nothing
  /// @param end id, or -1 for nothing
  public record Frame(int begin, int end) {
    private static final List<String> BEGIN =
        List.of("<|begin_of_text|>", "<s>", "<|endoftext|>", "<|im_start|>");
    private static final List<String> END =
        List.of("<|end_of_text|>", "</s>", "<|endoftext|>", "<|im_end|>");

    /// Nothing: the shards hold begin and end tokens.
    public static final Frame NONE = new Frame(-1, -1);

    /// `<|begin_of_text|>` and `<|end_of_text|>` (Llama 3's pre-training).
    /// @throws UserError if the tokenizer lacks them
    public static Frame of(Tokenizer tokenizer) {
      return new Frame(
          tokenizer.special("<|begin_of_text|>"), tokenizer.special("<|end_of_text|>"));
    }

    /// The tokens that this tokenizer's models know as a text's beginning and end, where it has
    /// any: Llama 3's, or those of its relatives.
    public static Frame known(Tokenizer tokenizer) {
      return new Frame(first(tokenizer, BEGIN), first(tokenizer, END));
    }

    private static int first(Tokenizer tokenizer, List<String> names) {
      return names.stream()
          .filter(tokenizer.specials()::containsKey)
          .mapToInt(tokenizer::special)
          .findFirst()
          .orElse(-1);
    }

    /// Tokens that it adds to a document.
    public int tokens() {
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

  /// Sources get other weights.
  /// @param after tokens of training
  /// @param weights in the order of the sources, in any unit
  public record MixChange(long after, List<Double> weights) {
    public MixChange {
      weights = List.copyOf(weights);
    }
  }

  /// Steps of equal size, a mix that stays.
  /// @param tokensPerStep a multiple of `sequence`
  public PackedBatches(
      List<Source> sources,
      Frame frame,
      int sequence,
      int tokensPerStep,
      int tokensPerBatch,
      long seed) {
    this(sources, List.of(), frame, sequence, BatchRamp.level(tokensPerStep), tokensPerBatch, seed);
  }

  /// @param changes of the mix, by `after`, ascending
  /// @param frame what the packing adds to each document
  /// @param sequence tokens of a row, which no segment exceeds
  /// @param ramp tokens of each step, multiples of `sequence`
  /// @param tokensPerBatch most tokens in a micro-batch, at least `sequence`
  /// @throws UserError if a number is impossible, or a source is empty or of another vocabulary
  public PackedBatches(
      List<Source> sources,
      List<MixChange> changes,
      Frame frame,
      int sequence,
      BatchRamp ramp,
      int tokensPerBatch,
      long seed) {
    check("sequence", sequence, sequence > 0, "at least 1");
    for (int size : ramp.sizes()) {
      check(
          "tokensPerStep",
          size,
          size > 0 && size % sequence == 0,
          "a multiple of the sequence's " + sequence + " tokens");
    }
    check("tokensPerBatch", tokensPerBatch, tokensPerBatch >= sequence, "at least " + sequence);
    this.sources = List.copyOf(sources);
    this.frame = frame;
    this.sequence = sequence;
    this.ramp = ramp;
    rowsPerBatch = tokensPerBatch / sequence;
    for (int s = 0; s < sources.size(); s++) {
      var source = sources.get(s);
      check(source, sources.getFirst());
      rows.add(new PackedRows(source.shards, frame, sequence, seed + 0x632BE59BD9B4E019L * s));
    }
    mixing = new Mixing(sources.stream().mapToDouble(Source::weight).toArray());
    for (var change : changes) {
      double[] weights =
          change.weights.stream().mapToDouble(Double::doubleValue).toArray();
      mixing.change(Math.ceilDiv(change.after, sequence), weights);
    }
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
    mixing.goTo(ramp.before(steps) / sequence);
    var epochs = new double[sources.size()];
    Arrays.setAll(epochs, s -> (double) mixing.taken(s) * sequence / rows.get(s).tokens());
    return epochs;
  }

  @Override
  public List<Batch> microBatches(long step) {
    mixing.goTo(ramp.before(step) / sequence);
    int rowsPerStep = ramp.at(step) / sequence;
    var out = new ArrayList<Batch>();
    for (int row = 0; row < rowsPerStep; row += rowsPerBatch) {
      var batch = new Packing(frame, Math.min(rowsPerBatch, rowsPerStep - row) * sequence);
      for (int r = row; r < Math.min(rowsPerStep, row + rowsPerBatch); r++) {
        batch.source = mixing.take();
        rows.get(batch.source).read(mixing.taken(batch.source) - 1, batch);
      }
      out.add(batch.batch());
    }
    return out;
  }

  /// One micro-batch as it fills.
  private static final class Packing implements PackedRows.Pieces {
    private final Frame frame;
    private final int[] tokens;
    private final int[] targets;
    private final List<Integer> lengths = new ArrayList<>();
    private final List<Integer> sources = new ArrayList<>();
    private int source;
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
      sources.add(source);
      filled += count;
    }

    Batch batch() {
      var cut = Segments.packed(ints(lengths));
      return new Batch(tokens, cut, targets, List.of(), List.of(), ints(sources));
    }

    private static int[] ints(List<Integer> some) {
      return some.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
