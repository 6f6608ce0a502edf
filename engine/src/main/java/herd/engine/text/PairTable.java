package herd.engine.text;

import java.util.Arrays;

/// Numbers for pairs of ids: 0, 1, … in the order in which the pairs came.
final class PairTable {
  private long[] pairs;
  private int[] table;
  private int size;

  PairTable() {
    this(1 << 8);
  }

  /// @param count pairs for which there is room at first
  PairTable(int count) {
    pairs = new long[Math.max(1, count)];
    table = new int[Integer.highestOneBit(pairs.length) << 2];
    Arrays.fill(table, -1);
  }

  int size() {
    return size;
  }

  int left(int index) {
    return (int) (pairs[index] >> 32);
  }

  int right(int index) {
    return (int) pairs[index];
  }

  /// The number of this pair, -1 if it is not there.
  int find(int left, int right) {
    return table[slot(pair(left, right))];
  }

  /// The number of this pair, which is added if it is not there.
  int add(int left, int right) {
    long pair = pair(left, right);
    int slot = slot(pair);
    if (table[slot] >= 0) {
      return table[slot];
    }
    if (size == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * size);
    }
    pairs[size] = pair;
    table[slot] = size++;
    if (2 * size > table.length) {
      table = new int[2 * table.length];
      Arrays.fill(table, -1);
      for (int i = 0; i < size; i++) {
        table[slot(pairs[i])] = i;
      }
    }
    return size - 1;
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  private int slot(long pair) {
    int hash = (int) (pair * 0x9E3779B97F4A7C15L >>> 32);
    int slot = hash >>> Integer.numberOfLeadingZeros(table.length - 1);
    while (table[slot] >= 0 && pairs[table[slot]] != pair) {
      slot = slot + 1 & table.length - 1;
    }
    return slot;
  }
}
