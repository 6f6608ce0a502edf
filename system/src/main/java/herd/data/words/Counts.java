package herd.data.words;

import java.util.stream.LongStream;

/// How often words occur, by their hashes; in bounded memory, so that of very many words the rare
/// ones are forgotten.
final class Counts {
  private final int most;
  private long[] keys = new long[1 << 12];
  private long[] counts = new long[1 << 12];
  private int size;

  /// @param most words that are held, and 4096 at least
  Counts(int most) {
    this.most = Math.max(most, 1 << 12);
  }

  int size() {
    return size;
  }

  void add(long hash, long count) {
    if (2 * size >= keys.length) {
      grow();
    }
    long key = hash == 0 ? 1 : hash;
    int at = place(key);
    if (keys[at] == 0) {
      keys[at] = key;
      size++;
    }
    counts[at] += count;
  }

  long get(long hash) {
    long key = hash == 0 ? 1 : hash;
    int at = place(key);
    return keys[at] == 0 ? 0 : counts[at];
  }

  /// Where a key is, or would be.
  private int place(long key) {
    int mask = keys.length - 1;
    int at = (int) (key * Span.B >>> 64 - Integer.numberOfTrailingZeros(keys.length));
    while (keys[at] != 0 && keys[at] != key) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    long least = size > most ? bound() : 0;
    var oldKeys = keys;
    var oldCounts = counts;
    int room = least > 0 ? keys.length : 2 * keys.length;
    keys = new long[room];
    counts = new long[room];
    size = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0 && oldCounts[i] > least) {
        int at = place(oldKeys[i]);
        keys[at] = oldKeys[i];
        counts[at] = oldCounts[i];
        size++;
      }
    }
  }

  /// A count that at most half of `most` words exceed.
  private long bound() {
    for (long least = 1; ; least *= 2) {
      int left = 0;
      for (int i = 0; i < keys.length; i++) {
        left += keys[i] != 0 && counts[i] > least ? 1 : 0;
      }
      if (left <= most / 2) {
        return least;
      }
    }
  }

  /// Takes a word and its count.
  @FunctionalInterface
  interface Each {
    void take(long hash, long count);
  }

  /// Hands over all, in the order of their hashes.
  void forEach(Each each) {
    LongStream.of(keys).filter(key -> key != 0).sorted().forEach(key -> each.take(key, get(key)));
  }
}
