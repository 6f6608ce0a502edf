package herd.engine.text;

import herd.engine.UserError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/// The learned part of a byte-level BPE: tokens as byte strings, and which pairs merge into
/// which token, earliest rank first. Immutable after it is built; any number of threads may
/// encode with it, each through its own [Encoder].
final class Merges {
  /// Stands for a byte that no token has: it merges with nothing and is left out.
  private static final int NO_TOKEN = -2;

  private final ByteStrings tokens;
  private final int[] ids; // token number → id
  private final int[] bytes = new int[256]; // byte → id
  private final PairTable pairs; // in order of rank
  private final int[] results; // pair number → id
  private final int[] ranks; // pair number → rank
  private final boolean wholePieces;
  private final boolean characters; // whether texts start as characters, not as bytes

  /// Encoders that nobody uses at the moment, with the words they remember: as many as there were
  /// ever threads at a time.
  private final ConcurrentLinkedDeque<Encoder> spare = new ConcurrentLinkedDeque<>();

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
    this(tokens, ids, pairs, results, ranks, wholePieces, null);
  }

  /// @param fallback null for tokens over bytes; else texts start as characters, and this has the
  /// id of each byte of a character that is no token
  Merges(
      ByteStrings tokens,
      int[] ids,
      PairTable pairs,
      int[] results,
      int[] ranks,
      boolean wholePieces,
      int[] fallback) {
    this.tokens = tokens;
    this.ids = ids;
    this.pairs = pairs;
    this.results = results;
    this.ranks = ranks;
    this.wholePieces = wholePieces;
    characters = fallback != null;
    for (int b = 0; b < 256; b++) {
      int token = tokens.find(new byte[] {(byte) b}, 0, 1);
      bytes[b] = characters ? fallback[b] : token < 0 ? NO_TOKEN : ids[token];
      if (bytes[b] == NO_TOKEN && b > ' ' && b < 127) {
        throw new UserError(
            "vocabulary", "no token for the byte " + b, "Take another tokenizer file.");
      }
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

  /// These merges, and after them others.
  /// @param more tokens that these have not
  /// @param moreIds the id of each
  /// @param triples ids of left, right and result of each further merge, earliest first
  Merges with(List<byte[]> more, int[] moreIds, int[] triples) {
    var allTokens = new ByteStrings();
    for (int t = 0; t < tokens.size(); t++) {
      allTokens.add(tokens.pool(), tokens.start(t), tokens.start(t) + tokens.length(t));
    }
    more.forEach(token -> allTokens.add(token, 0, token.length));
    int[] allIds = Arrays.copyOf(ids, ids.length + moreIds.length);
    System.arraycopy(moreIds, 0, allIds, ids.length, moreIds.length);
    var allPairs = new PairTable();
    var allResults = new Ints();
    var allRanks = new Ints();
    int last = -1;
    for (int p = 0; p < pairs.size(); p++) {
      allPairs.add(pairs.left(p), pairs.right(p));
      allResults.add(results[p]);
      allRanks.add(ranks[p]);
      last = Math.max(last, ranks[p]);
    }
    for (int m = 0; m < triples.length; m += 3) {
      if (allPairs.add(triples[m], triples[m + 1]) == allResults.size()) {
        allResults.add(triples[m + 2]);
        allRanks.add(++last);
      }
    }
    return new Merges(
        allTokens, allIds, allPairs, allResults.toArray(), allRanks.toArray(), wholePieces);
  }

  /// Encodes a whole text; any number of threads at a time.
  void encode(byte[] utf8, Split split, Ints out) {
    var encoder = spare.pollFirst();
    if (encoder == null) {
      encoder = new Encoder();
    }
    encoder.encode(utf8, split, out);
    spare.addFirst(encoder);
  }

  /// Encodes piece after piece; belongs to one thread.
  final class Encoder {
    /// Up to this many bytes the lowest rank is sought by looking at all pairs; above, with a
    /// heap.
    private static final int SHORT = 48;

    private static final int NONE = Integer.MAX_VALUE;

    private final int[] symbols = new int[SHORT];
    private final int[] pairRanks = new int[SHORT];
    private final WordCache cache = new WordCache();

    void encode(byte[] utf8, Split split, Ints out) {
      int to = utf8.length;
      for (int at = 0; at < to; ) {
        int end = split.end(utf8, at, to);
        int length = end - at;
        if (length > WordCache.LONGEST || at + 16 > to) {
          encode(utf8, at, end, out);
        } else if (!cache.find(utf8, at, length, out)) {
          int before = out.size();
          encode(utf8, at, end, out);
          cache.keep(out, before);
        }
        at = end;
      }
    }

    /// Appends the ids of the piece `utf8[from..to)`.
    void encode(byte[] utf8, int from, int to, Ints out) {
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

    /// The ids with which merging starts: of bytes, or of characters.
    /// @return how many
    private int start(byte[] utf8, int from, int to, int[] symbol) {
      int n = 0;
      for (int at = from; at < to; ) {
        int end = characters ? at + Llama3Splitter.width(utf8[at]) : at;
        int token = characters ? tokens.find(utf8, at, end) : -1;
        if (token >= 0) {
          symbol[n++] = ids[token];
          at = end;
          continue;
        }
        do {
          symbol[n++] = bytes[utf8[at++] & 0xFF];
        } while (at < end);
      }
      return n;
    }

    private void encodeShort(byte[] utf8, int from, int to, Ints out) {
      int n = start(utf8, from, to, symbols);
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
        if (symbols[i] >= 0) {
          out.add(symbols[i]);
        }
      }
    }

    /// The same merges in the same order with a linked list and a heap of (rank, position): n
    /// log n.
    private void encodeLong(byte[] utf8, int from, int to, Ints out) {
      var symbol = new int[to - from];
      int n = start(utf8, from, to, symbol);
      var next = new int[n];
      var previous = new int[n];
      for (int i = 0; i < n; i++) {
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
        if (symbol[i] >= 0) {
          out.add(symbol[i]);
        }
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

  /// Remembers the ids of short pieces: of a text's words nearly all have been seen before. A
  /// piece of up to 15 bytes is two longs, its length in the highest byte, so that finding one
  /// takes two comparisons. Each piece has two places; the newest of those that meet there
  /// stay.
  static final class WordCache {
    /// Bytes of the longest pieces that are remembered.
    static final int LONGEST = 15;

    private static final int BITS = 15;
    private static final int IDS = 4; // of one piece
    private static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long[] keys = new long[2 << BITS];
    private final int[] values = new int[IDS << BITS];
    private final byte[] counts = new byte[1 << BITS];

    // The piece that was sought last.
    private long low;
    private long high;

    /// Appends the ids of the piece if they are known.
    /// @param utf8 at least 16 bytes from `at` on
    /// @param length of the piece, at most [#LONGEST]
    boolean find(byte[] utf8, int at, int length, Ints out) {
      long first = (long) LONG.get(utf8, at);
      long second = 0;
      if (length < 8) {
        first &= -1L >>> 64 - 8 * length;
      } else {
        second = (long) LONG.get(utf8, at + 8) & (1L << 8 * (length - 8)) - 1;
      }
      second |= (long) length << 56;
      int slot = slot(first, second);
      if (keys[2 * slot] != first || keys[2 * slot + 1] != second) {
        slot ^= 1;
        if (keys[2 * slot] != first || keys[2 * slot + 1] != second) {
          low = first;
          high = second;
          return false;
        }
      }
      int count = counts[slot];
      out.add(values[IDS * slot]);
      for (int i = 1; i < count; i++) {
        out.add(values[IDS * slot + i]);
      }
      return true;
    }

    /// Remembers the ids from `from` on as those of the piece that was sought last.
    void keep(Ints ids, int from) {
      int count = ids.size() - from;
      if (count == 0 || count > IDS) {
        return;
      }
      int slot = slot(low, high);
      if (keys[2 * slot + 1] != 0) {
        int other = slot ^ 1;
        if (keys[2 * other + 1] == 0 || (low & 1) == 0) {
          slot = other;
        }
      }
      keys[2 * slot] = low;
      keys[2 * slot + 1] = high;
      counts[slot] = (byte) count;
      for (int i = 0; i < count; i++) {
        values[IDS * slot + i] = ids.get(from + i);
      }
    }

    private static int slot(long low, long high) {
      long mixed = (low ^ high * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
      return (int) (mixed >>> 64 - BITS);
    }
  }
}
