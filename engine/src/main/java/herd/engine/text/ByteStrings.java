package herd.engine.text;

import java.util.Arrays;

/// Distinct byte strings, numbered 0, 1, … in the order in which they came: the pieces of a
/// corpus, or a vocabulary.
final class ByteStrings {
  private byte[] pool = new byte[1 << 12];
  private int[] starts = new int[1 << 8];
  private int[] table = new int[1 << 9];
  private int size;

  ByteStrings() {
    Arrays.fill(table, -1);
  }

  int size() {
    return size;
  }

  byte[] get(int index) {
    return Arrays.copyOfRange(pool, starts[index], starts[index + 1]);
  }

  int length(int index) {
    return starts[index + 1] - starts[index];
  }

  int start(int index) {
    return starts[index];
  }

  /// The bytes of all strings, one after the other; valid until the next [#add].
  byte[] pool() {
    return pool;
  }

  /// The number of `bytes[from..to)`, -1 if it is not there.
  int find(byte[] bytes, int from, int to) {
    return table[slot(bytes, from, to)];
  }

  /// The number of `bytes[from..to)`, which is added if it is not there.
  int add(byte[] bytes, int from, int to) {
    int slot = slot(bytes, from, to);
    if (table[slot] >= 0) {
      return table[slot];
    }
    int start = starts[size];
    int end = Math.addExact(start, to - from);
    if (end > pool.length) {
      pool = Arrays.copyOf(
          pool, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(end, 2L * pool.length)));
    }
    System.arraycopy(bytes, from, pool, start, to - from);
    if (size + 2 > starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    starts[size + 1] = end;
    table[slot] = size++;
    if (2 * size > table.length) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    table = new int[2 * table.length];
    Arrays.fill(table, -1);
    for (int i = 0; i < size; i++) {
      table[slot(pool, starts[i], starts[i + 1])] = i;
    }
  }

  private int slot(byte[] bytes, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = hash * 0x9E3779B1 + bytes[i];
    }
    hash ^= hash >>> 15;
    int slot = hash * 0x85EBCA6B >>> Integer.numberOfLeadingZeros(table.length - 1);
    while (table[slot] >= 0) {
      int i = table[slot];
      if (Arrays.equals(pool, starts[i], starts[i + 1], bytes, from, to)) {
        return slot;
      }
      slot = slot + 1 & table.length - 1;
    }
    return slot;
  }
}
