package herd.engine.text;

import herd.engine.UserError;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;

/// Learns a byte-level BPE: again and again the most frequent pair of neighbouring tokens inside
/// a piece becomes a token. The 256 bytes are ids 0 … 255, new tokens follow in the order in
/// which they are learned, special tokens come last. Among equally frequent pairs the one with
/// the smaller (left id, right id) goes first, so the result depends on the texts alone, not
/// even on their order.
public final class BpeTrainer {
  /// A pair with the count that it had when it was queued.
  private record Candidate(long count, int left, int right, int pair) {
    static final Comparator<Candidate> ORDER = Comparator.comparingLong(Candidate::count)
        .reversed()
        .thenComparingInt(Candidate::left)
        .thenComparingInt(Candidate::right);
  }

  // All distinct pieces one after the other, as linked lists of symbols; -1 ends a list or marks a
  // merged symbol.
  private final int[] symbols;
  private final int[] next;
  private final int[] previous;
  private final long[] weights; // of the piece, at each symbol

  private final PairTable pairs = new PairTable();
  private long[] counts = new long[1 << 10];
  private Ints[] places = new Ints[1 << 10]; // where a pair was seen; may have been merged since
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.ORDER);

  private final ByteStrings tokens = new ByteStrings();
  private final PairTable merged = new PairTable();
  private final Ints results = new Ints();

  private BpeTrainer(ByteStrings pieces, long[] frequencies) {
    int total = pieces.start(pieces.size());
    symbols = new int[total];
    next = new int[total];
    previous = new int[total];
    weights = new long[total];
    for (int p = 0; p < pieces.size(); p++) {
      int from = pieces.start(p);
      int to = from + pieces.length(p);
      for (int i = from; i < to; i++) {
        symbols[i] = pieces.pool()[i] & 0xFF;
        previous[i] = i == from ? -1 : i - 1;
        next[i] = i == to - 1 ? -1 : i + 1;
        weights[i] = frequencies[p];
      }
    }
    for (int b = 0; b < 256; b++) {
      tokens.add(new byte[] {(byte) b}, 0, 1);
    }
  }

  /// @param texts the corpus; read once
  /// @param vocab entries wanted, bytes and special tokens included; there are fewer if the
  /// corpus has no more pairs
  /// @param specials names of special tokens, such as [Tokenizer#LLAMA3_SPECIALS]
  /// @throws UserError if `vocab` has no room for the bytes and the special tokens
  public static Tokenizer train(Iterable<String> texts, int vocab, List<String> specials) {
    if (vocab < 256 + specials.size()) {
      throw new UserError(
          "vocab",
          "" + vocab,
          (256 + specials.size()) + " or more (256 bytes and " + specials.size()
              + " special tokens)",
          "Raise vocab.");
    }
    var pieces = new ByteStrings();
    long[] frequencies = count(texts, pieces);
    var trainer = new BpeTrainer(pieces, frequencies);
    trainer.countPairs();
    trainer.learn(vocab - specials.size());
    var names = new LinkedHashMap<String, Integer>();
    for (String name : specials) {
      if (names.put(name, trainer.tokens.size() + names.size()) != null) {
        throw new UserError("special tokens", name + " twice", "Name each once.");
      }
    }
    return new Tokenizer(trainer.merges(), names);
  }

  private static long[] count(Iterable<String> texts, ByteStrings pieces) {
    long[] frequencies = new long[1 << 10];
    for (String text : texts) {
      byte[] utf8 = Utf8.encode(text);
      for (int at = 0; at < utf8.length; ) {
        int end = Llama3Splitter.end(utf8, at, utf8.length);
        int piece = pieces.add(utf8, at, end);
        if (piece == frequencies.length) {
          frequencies = Arrays.copyOf(frequencies, 2 * piece);
        }
        frequencies[piece]++;
        at = end;
      }
    }
    return frequencies;
  }

  private void countPairs() {
    for (int i = 0; i < symbols.length; i++) {
      if (next[i] >= 0) {
        add(symbols[i], symbols[next[i]], i);
      }
    }
    for (int pair = 0; pair < pairs.size(); pair++) {
      queue.add(candidate(pair));
    }
  }

  private Candidate candidate(int pair) {
    return new Candidate(counts[pair], pairs.left(pair), pairs.right(pair), pair);
  }

  private void learn(int entries) {
    while (tokens.size() < entries && !queue.isEmpty()) {
      var best = queue.poll();
      long count = counts[best.pair];
      if (count == 0) {
        continue;
      }
      if (count < best.count) {
        queue.add(candidate(best.pair));
        continue;
      }
      merge(best);
    }
  }

  /// Replaces the pair everywhere, from left to right, and corrects the counts of the
  /// neighbours.
  private void merge(Candidate best) {
    byte[] left = tokens.get(best.left);
    byte[] both = Arrays.copyOf(left, left.length + tokens.length(best.right));
    System.arraycopy(tokens.get(best.right), 0, both, left.length, tokens.length(best.right));
    int id = tokens.add(both, 0, both.length);
    if (merged.add(best.left, best.right) == results.size()) {
      results.add(id);
    }
    Ints where = places[best.pair];
    places[best.pair] = new Ints();
    if (best.left == best.right) {
      where.sort(); // runs such as aaaa merge from the left
    }
    var grown = new TreeSet<Integer>();
    for (int i = 0; i < where.size(); i++) {
      int at = where.get(i);
      int gone = next[at];
      if (symbols[at] != best.left || gone < 0 || symbols[gone] != best.right) {
        continue;
      }
      int before = previous[at];
      int after = next[gone];
      remove(best.left, best.right, at);
      if (before >= 0) {
        remove(symbols[before], best.left, at);
        grown.add(add(symbols[before], id, before));
      }
      symbols[at] = id;
      symbols[gone] = -1;
      next[at] = after;
      if (after >= 0) {
        previous[after] = at;
        remove(best.right, symbols[after], at);
        grown.add(add(id, symbols[after], at));
      }
    }
    for (int pair : grown) {
      if (counts[pair] > 0) {
        queue.add(candidate(pair));
      }
    }
  }

  private int add(int left, int right, int at) {
    int pair = pairs.add(left, right);
    if (pair == counts.length) {
      counts = Arrays.copyOf(counts, 2 * pair);
      places = Arrays.copyOf(places, 2 * pair);
    }
    if (places[pair] == null) {
      places[pair] = new Ints();
    }
    counts[pair] += weights[at];
    places[pair].add(at);
    return pair;
  }

  private void remove(int left, int right, int at) {
    counts[pairs.find(left, right)] -= weights[at];
  }

  private Merges merges() {
    var ids = new int[tokens.size()];
    Arrays.setAll(ids, i -> i);
    var ranks = new int[results.size()];
    Arrays.setAll(ranks, i -> i);
    return new Merges(tokens, ids, merged, results.toArray(), ranks, true);
  }
}
