package herd.engine.text;

import herd.engine.UserError;
import java.util.Arrays;

/// The learned part of a byte-level BPE: tokens as byte strings, and which pairs merge into
/// which token, earliest rank first. Immutable after it is built; any number of threads may
/// encode with it, each through its own [Encoder].
final class Merges {
  private final ByteStrings tokens;
  private final int[] ids; // token number → id
  private final int[] bytes = new int[256]; // byte → id
  private final PairTable pairs; // in order of rank
  private final int[] results; // pair number → id
  private final int[] ranks; // pair number → rank
  private final boolean wholePieces;

  /// @param tokens all tokens, without the special ones
  /// @param ids the id of each, in the order of `tokens`
  /// @param pairs pairs of ids that merge
  /// @param results the id that each pair merges into
  /// @param ranks of the pairs, the lowest merges first; equal ranks merge from left to right
  /// @param wholePieces whether a piece that is itself a token is taken whole, without merging
  Merges(
      ByteStrings tokens,
      int[] ids,
      PairTable pairs,
      int[] results,
      int[] ranks,
      boolean wholePieces) {
    this.tokens = tokens;
    this.ids = ids;
    this.pairs = pairs;
    this.results = results;
    this.ranks = ranks;
    this.wholePieces = wholePieces;
    for (int b = 0; b < 256; b++) {
      int token = tokens.find(new byte[] {(byte) b}, 0, 1);
      if (token < 0) {
        throw new UserError(
            "vocabulary", "no token for the byte " + b, "Take another tokenizer file.");
      }
      bytes[b] = ids[token];
    }
  }

  ByteStrings tokens() {
    return tokens;
  }

  int id(int token) {
    return ids[token];
  }

  boolean wholePieces() {
    return wholePieces;
  }

  /// Pairs `[left, right]` of ids in order of rank.
  int[][] inOrder() {
    var order = new Integer[pairs.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> {
      int byRank = Integer.compare(ranks[a], ranks[b]);
      int byLeft = Integer.compare(pairs.left(a), pairs.left(b));
      return byRank != 0
          ? byRank
          : byLeft != 0 ? byLeft : Integer.compare(pairs.right(a), pairs.right(b));
    });
    return Arrays.stream(order)
        .map(i -> new int[] {pairs.left(i), pairs.right(i)})
        .toArray(int[][]::new);
  }

  /// Encodes piece after piece; belongs to one thread.
  final class Encoder {
    /// Up to this many bytes the lowest rank is sought by looking at all pairs; above, with a
    /// heap.
    private static final int SHORT = 48;

    private static final int NONE = Integer.MAX_VALUE;

    private final int[] symbols = new int[SHORT];
    private final int[] pairRanks = new int[SHORT];

    /// Appends the ids of the piece `utf8[from..to)`.
    void encode(byte[] utf8, int from, int to, Ints out) {
      if (to - from == 1) {
        out.add(bytes[utf8[from] & 0xFF]);
        return;
      }
      if (wholePieces) {
        int token = tokens.find(utf8, from, to);
        if (token >= 0) {
          out.add(ids[token]);
          return;
        }
      }
      if (to - from <= SHORT) {
        encodeShort(utf8, from, to, out);
      } else {
        encodeLong(utf8, from, to, out);
      }
    }

    private int rank(int left, int right) {
      int pair = pairs.find(left, right);
      return pair < 0 ? NONE : ranks[pair];
    }

    private void encodeShort(byte[] utf8, int from, int to, Ints out) {
      int n = to - from;
      for (int i = 0; i < n; i++) {
        symbols[i] = bytes[utf8[from + i] & 0xFF];
      }
      for (int i = 0; i < n - 1; i++) {
        pairRanks[i] = rank(symbols[i], symbols[i + 1]);
      }
      while (n > 1) {
        int best = 0;
        for (int i = 1; i < n - 1; i++) {
          if (pairRanks[i] < pairRanks[best]) {
            best = i;
          }
        }
        if (pairRanks[best] == NONE) {
          break;
        }
        symbols[best] = results[pairs.find(symbols[best], symbols[best + 1])];
        System.arraycopy(symbols, best + 2, symbols, best + 1, n - best - 2);
        System.arraycopy(pairRanks, best + 1, pairRanks, best, n - best - 2);
        n--;
        if (best > 0) {
          pairRanks[best - 1] = rank(symbols[best - 1], symbols[best]);
        }
        if (best < n - 1) {
          pairRanks[best] = rank(symbols[best], symbols[best + 1]);
        }
      }
      for (int i = 0; i < n; i++) {
        out.add(symbols[i]);
      }
    }

    /// The same merges in the same order with a linked list and a heap of (rank, position): n
    /// log n.
    private void encodeLong(byte[] utf8, int from, int to, Ints out) {
      int n = to - from;
      var symbol = new int[n];
      var next = new int[n];
      var previous = new int[n];
      for (int i = 0; i < n; i++) {
        symbol[i] = bytes[utf8[from + i] & 0xFF];
        next[i] = i + 1;
        previous[i] = i - 1;
      }
      var heap = new LongHeap();
      for (int i = 0; i < n - 1; i++) {
        push(heap, symbol[i], symbol[i + 1], i);
      }
      while (!heap.isEmpty()) {
        long top = heap.pop();
        int at = (int) top;
        int rank = (int) (top >>> 32);
        if (symbol[at] < 0 || next[at] == n || rank(symbol[at], symbol[next[at]]) != rank) {
          continue; // one of the two has been merged since
        }
        int gone = next[at];
        symbol[at] = results[pairs.find(symbol[at], symbol[gone])];
        symbol[gone] = -1;
        next[at] = next[gone];
        if (next[at] < n) {
          previous[next[at]] = at;
          push(heap, symbol[at], symbol[next[at]], at);
        }
        if (previous[at] >= 0) {
          push(heap, symbol[previous[at]], symbol[at], previous[at]);
        }
      }
      for (int i = 0; i < n; i = next[i]) {
        out.add(symbol[i]);
      }
    }

    private void push(LongHeap heap, int left, int right, int at) {
      int rank = rank(left, right);
      if (rank != NONE) {
        heap.push((long) rank << 32 | at);
      }
    }
  }

  /// A binary heap, least first.
  private static final class LongHeap {
    private long[] items = new long[256];
    private int size;

    boolean isEmpty() {
      return size == 0;
    }

    void push(long item) {
      if (size == items.length) {
        items = Arrays.copyOf(items, Math.multiplyExact(2, size));
      }
      int at = size++;
      while (at > 0 && items[at - 1 >> 1] > item) {
        items[at] = items[at - 1 >> 1];
        at = at - 1 >> 1;
      }
      items[at] = item;
    }

    long pop() {
      long top = items[0];
      long item = items[--size];
      int at = 0;
      while (2 * at + 1 < size) {
        int child = 2 * at + 1;
        if (child + 1 < size && items[child + 1] < items[child]) {
          child++;
        }
        if (items[child] >= item) {
          break;
        }
        items[at] = items[child];
        at = child;
      }
      items[at] = item;
      return top;
    }
  }
}
