package herd.engine.learn;

import java.util.Arrays;
import java.util.function.LongConsumer;

/// Learns merges (byte pair encoding): again and again the most frequent pair of neighbouring
/// tokens inside a piece becomes a token; among equally frequent pairs the one with the smaller
/// (left, right) goes first. The result depends on the pieces and their counts alone.
///
/// Only pairs that occur at least `floor` times are kept: a count never grows after its pair came
/// up, so rare pairs cannot win before the frequent ones are used up. Then the floor sinks and
/// all pairs are counted anew.
final class Learner {
  /// Of so many pairs one is expected to be merged when the first floor is chosen.
  private static final long SPARE = 64;

  private final int[] symbols;
  private final Pieces pieces;
  private final Pairs pairs = new Pairs();
  private final PairHeap heap = new PairHeap();
  private long floor;

  private final PieceTable tokens;
  private int[] lengthOf;
  private final IntList merged = new IntList(); // left, right, result of each merge

  // By symbol: weights and numbers of neighbours, all zero between two merges.
  private long[] leftWeights;
  private long[] rightWeights;
  private int[] leftCounts;
  private int[] rightCounts;
  private final IntList leftSeen = new IntList();
  private final IntList rightSeen = new IntList();

  private int[] fresh = new int[1 << 10]; // places of the token that was just made
  private long[] freshWeights = new long[1 << 10];
  private int made;

  /// @param tokens the tokens to start with, at least the 256 bytes under their own numbers
  Learner(Pieces pieces, PieceTable tokens) {
    this.pieces = pieces;
    this.symbols = pieces.symbols;
    this.tokens = tokens;
    lengthOf = new int[Math.max(512, tokens.size())];
    for (int t = 0; t < tokens.size(); t++) {
      lengthOf[t] = tokens.end(t) - tokens.start(t);
    }
    leftWeights = new long[lengthOf.length];
    rightWeights = new long[lengthOf.length];
    leftCounts = new int[lengthOf.length];
    rightCounts = new int[lengthOf.length];
  }

  /// Learns until there are so many tokens, or no pair is left that occurs `least` times.
  /// @param progress told the number of tokens now and then; may throw to stop
  Learned learn(int entries, long least, LongConsumer progress) {
    floor = Math.max(least, weight() / Math.max(1, entries) / SPARE);
    count();
    while (tokens.size() < entries) {
      if (heap.isEmpty()) {
        if (floor <= least) {
          break;
        }
        floor = Math.max(least, floor / 8);
        count();
        continue;
      }
      long key = heap.topPair();
      int pair = pairs.find(key);
      long count = pair < 0 ? 0 : pairs.count(pair);
      if (count < floor) {
        heap.pop();
      } else if (count < heap.topCount()) {
        heap.lower(count);
      } else {
        heap.pop();
        merge(pair, key);
        if ((merged.size() / 3 & 127) == 0) {
          progress.accept(tokens.size());
        }
      }
    }
    progress.accept(tokens.size());
    return new Learned(tokens, merged.toArray(), weight() + pieces.singles());
  }

  /// Tokens of the whole corpus, those pieces aside that are a single byte.
  private long weight() {
    long sum = 0;
    for (int group = 0; group < pieces.classes(); group++) {
      long alive = 0;
      int end = pieces.start(group + 1);
      for (int at = pieces.start(group); at < end; ) {
        int symbol = symbols[at];
        if (symbol < 0) {
          at++;
        } else {
          alive++;
          at += lengthOf[symbol];
        }
      }
      sum += alive * pieces.count(group);
    }
    return sum;
  }

  /// Counts all pairs that occur at least `floor` times, and finds their places.
  private void count() {
    pairs.clear();
    heap.clear();
    var often = symbolWeights();
    for (int group = 0; group < pieces.classes(); group++) {
      long weight = pieces.count(group);
      int end = pieces.start(group + 1);
      for (int at = pieces.start(group); at < end; ) {
        int left = symbols[at];
        if (left < 0) {
          at++;
          continue;
        }
        at += lengthOf[left];
        int right = symbols[at];
        if (right >= 0 && often[left] >= floor && often[right] >= floor) {
          pairs.count(pairs.add(Pairs.key(left, right)), weight);
        }
      }
    }
    pairs.keep(floor);
    for (int at = 0; at < symbols.length; ) {
      int left = symbols[at];
      if (left < 0) {
        at++;
        continue;
      }
      int place = at;
      at += lengthOf[left];
      int right = symbols[at];
      if (right >= 0 && often[left] >= floor && often[right] >= floor) {
        int pair = pairs.find(Pairs.key(left, right));
        if (pair >= 0) {
          pairs.place(pair, place);
        }
      }
    }
    for (int pair = 0; pair < pairs.size(); pair++) {
      heap.push(pairs.count(pair), pairs.key(pair));
    }
  }

  /// How often each symbol occurs in the corpus: no pair with it occurs more often.
  private long[] symbolWeights() {
    var often = new long[tokens.size()];
    for (int group = 0; group < pieces.classes(); group++) {
      long weight = pieces.count(group);
      int end = pieces.start(group + 1);
      for (int at = pieces.start(group); at < end; ) {
        int symbol = symbols[at];
        if (symbol < 0) {
          at++;
        } else {
          often[symbol] += weight;
          at += lengthOf[symbol];
        }
      }
    }
    return often;
  }

  private void merge(int pair, long key) {
    int left = Pairs.left(key);
    int right = Pairs.right(key);
    int before = tokens.size();
    int id = token(left, right);
    merged.add(left);
    merged.add(right);
    merged.add(id);
    replace(pair, left, right, id);
    pairs.forget(pair);
    lower(leftSeen, leftWeights, left, true);
    lower(rightSeen, rightWeights, right, false);
    if (id < before) { // the same bytes came up before by another way
      pairs.forgetAll(id);
      findAll(id);
    }
    join(id);
  }

  private int token(int left, int right) {
    byte[] both = Arrays.copyOf(tokens.get(left), lengthOf[left] + lengthOf[right]);
    System.arraycopy(tokens.get(right), 0, both, lengthOf[left], lengthOf[right]);
    int id = tokens.add(both, 0, both.length, 0);
    if (id == lengthOf.length) {
      int longer = 2 * id;
      lengthOf = Arrays.copyOf(lengthOf, longer);
      leftWeights = Arrays.copyOf(leftWeights, longer);
      rightWeights = Arrays.copyOf(rightWeights, longer);
      leftCounts = Arrays.copyOf(leftCounts, longer);
      rightCounts = Arrays.copyOf(rightCounts, longer);
    }
    lengthOf[id] = both.length;
    return id;
  }

  /// Puts the new token at every place of the pair, from left to right, and notes by how much
  /// the pairs lose that its two halves made with their neighbours.
  private void replace(int pair, int left, int right, int id) {
    int leftLength = lengthOf[left];
    int length = lengthOf[id];
    int group = 0;
    int classEnd = pieces.start(1);
    long weight = pieces.count(0);
    int[] places = pairs.places();
    int end = pairs.start(pair) + pairs.length(pair);
    made = 0;
    for (int i = pairs.start(pair); i < end; i++) {
      int at = places[i];
      int middle = at + leftLength;
      if (symbols[at] != left || symbols[middle] != right) {
        continue;
      }
      if (at >= classEnd) {
        group = pieces.classOf(at, group);
        classEnd = pieces.start(group + 1);
        weight = pieces.count(group);
      }
      int previous = symbols[at - 1];
      if (previous >= 0 && previous != id) { // else that pair was lowered one place ago
        note(leftSeen, leftWeights, previous, weight);
      }
      int next = symbols[at + length];
      if (next >= 0) {
        note(rightSeen, rightWeights, next, weight);
      }
      symbols[at] = id;
      symbols[middle] = Pieces.NONE;
      symbols[at + length - 1] = id;
      if (made == fresh.length) {
        fresh = Arrays.copyOf(fresh, 2 * made);
        freshWeights = Arrays.copyOf(freshWeights, 2 * made);
      }
      fresh[made] = at;
      freshWeights[made++] = weight;
    }
  }

  private static void note(IntList seen, long[] weights, int symbol, long weight) {
    if (weights[symbol] == 0) {
      seen.add(symbol);
    }
    weights[symbol] += weight;
  }

  private void lower(IntList seen, long[] weights, int half, boolean before) {
    for (int i = 0; i < seen.size(); i++) {
      int symbol = seen.get(i);
      int pair = pairs.find(before ? Pairs.key(symbol, half) : Pairs.key(half, symbol));
      if (pair >= 0) {
        pairs.lower(pair, weights[symbol]);
      }
      weights[symbol] = 0;
    }
    seen.clear();
  }

  /// Makes `fresh` all places of a token.
  private void findAll(int id) {
    made = 0;
    for (int group = 0; group < pieces.classes(); group++) {
      int end = pieces.start(group + 1);
      for (int at = pieces.start(group); at < end; ) {
        int symbol = symbols[at];
        if (symbol == id) {
          if (made == fresh.length) {
            fresh = Arrays.copyOf(fresh, 2 * made);
            freshWeights = Arrays.copyOf(freshWeights, 2 * made);
          }
          fresh[made] = at;
          freshWeights[made++] = pieces.count(group);
        }
        at += symbol < 0 ? 1 : lengthOf[symbol];
      }
    }
  }

  /// Counts the pairs that the new token makes with its neighbours, and keeps the frequent ones.
  private void join(int id) {
    int length = lengthOf[id];
    for (int i = 0; i < made; i++) {
      int at = fresh[i];
      long weight = freshWeights[i];
      int previous = symbols[at - 1];
      if (previous >= 0 && previous != id) { // a pair with itself is counted from its left
        note(leftSeen, leftWeights, previous, weight);
        leftCounts[previous]++;
      }
      int next = symbols[at + length];
      if (next >= 0) {
        note(rightSeen, rightWeights, next, weight);
        rightCounts[next]++;
      }
    }
    int more = frequent(leftSeen, leftWeights, leftCounts)
        + frequent(rightSeen, rightWeights, rightCounts);
    if (more > 0) {
      pairs.room(more, floor, symbols, lengthOf);
      add(leftSeen, leftWeights, leftCounts, id, true);
      add(rightSeen, rightWeights, rightCounts, id, false);
      for (int i = 0; i < made; i++) {
        int at = fresh[i];
        int previous = symbols[at - 1];
        if (previous >= 0 && previous != id && leftCounts[previous] > 0) {
          pairs.place(leftCounts[previous] - 1, at - lengthOf[previous]);
        }
        int next = symbols[at + length];
        if (next >= 0 && rightCounts[next] > 0) {
          pairs.place(rightCounts[next] - 1, at);
        }
      }
    }
    clear(leftSeen, leftWeights, leftCounts);
    clear(rightSeen, rightWeights, rightCounts);
  }

  /// How many places the pairs have that are frequent enough.
  private int frequent(IntList seen, long[] weights, int[] counts) {
    int places = 0;
    for (int i = 0; i < seen.size(); i++) {
      int symbol = seen.get(i);
      if (weights[symbol] >= floor) {
        places += counts[symbol];
      }
    }
    return places;
  }

  /// Adds the frequent pairs; from then on `counts` has the number + 1 of each in [Pairs], 0 for
  /// the others.
  private void add(IntList seen, long[] weights, int[] counts, int id, boolean before) {
    for (int i = 0; i < seen.size(); i++) {
      int symbol = seen.get(i);
      if (weights[symbol] >= floor) {
        long key = before ? Pairs.key(symbol, id) : Pairs.key(id, symbol);
        int pair = pairs.add(key);
        pairs.set(pair, weights[symbol], counts[symbol]);
        heap.push(weights[symbol], key);
        counts[symbol] = pair + 1;
      } else {
        counts[symbol] = 0;
      }
    }
  }

  private static void clear(IntList seen, long[] weights, int[] counts) {
    for (int i = 0; i < seen.size(); i++) {
      weights[seen.get(i)] = 0;
      counts[seen.get(i)] = 0;
    }
    seen.clear();
  }
}
