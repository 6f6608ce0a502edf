package herd.engine.learn;

import java.util.Arrays;

/// Pairs with the counts they had when they were queued: the most frequent first, among equals
/// the one with the smaller (left, right).
final class PairHeap {
  private long[] counts = new long[1 << 10];
  private long[] pairs = new long[1 << 10];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  long topCount() {
    return counts[0];
  }

  long topPair() {
    return pairs[0];
  }

  void clear() {
    size = 0;
  }

  void push(long count, long pair) {
    if (size == counts.length) {
      int longer = size + size / 2;
      counts = Arrays.copyOf(counts, longer);
      pairs = Arrays.copyOf(pairs, longer);
    }
    int at = size++;
    while (at > 0) {
      int parent = at - 1 >> 1;
      if (!before(count, pair, counts[parent], pairs[parent])) {
        break;
      }
      counts[at] = counts[parent];
      pairs[at] = pairs[parent];
      at = parent;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  void pop() {
    size--;
    sink(counts[size], pairs[size]);
  }

  /// Gives the first pair another count.
  void lower(long count) {
    sink(count, pairs[0]);
  }

  private void sink(long count, long pair) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size
          && before(counts[child + 1], pairs[child + 1], counts[child], pairs[child])) {
        child++;
      }
      if (!before(counts[child], pairs[child], count, pair)) {
        break;
      }
      counts[at] = counts[child];
      pairs[at] = pairs[child];
      at = child;
    }
    counts[at] = count;
    pairs[at] = pair;
  }

  private static boolean before(long count, long pair, long otherCount, long otherPair) {
    return count > otherCount || count == otherCount && pair < otherPair;
  }
}
