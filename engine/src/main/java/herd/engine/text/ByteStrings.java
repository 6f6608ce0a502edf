package herd.engine.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Distinct byte strings, numbered 0, 1, … in the order in which they came: the pieces of a
/// corpus, or a vocabulary.
final class ByteStrings {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] pool;
  private int[] starts;
  private int[] table;
  private int size;

  ByteStrings() {
    this(1 << 8, 1 << 12);
  }

  /// @param strings for which there is room at first
  /// @param bytes of them all
  ByteStrings(int strings, int bytes) {
    pool = new byte[bytes];
    starts = new int[strings + 1];
    table = new int[Math.max(2, Integer.highestOneBit(Math.max(1, strings)) << 2)];
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
    int slot = hash(bytes, from, to) >>> Integer.numberOfLeadingZeros(table.length - 1);
    while (table[slot] >= 0) {
      int i = table[slot];
      if (Arrays.equals(pool, starts[i], starts[i + 1], bytes, from, to)) {
        return slot;
      }
      slot = slot + 1 & table.length - 1;
    }
    return slot;
  }

  /// Eight bytes at a time, the last of them perhaps twice.
  private static int hash(byte[] bytes, int from, int to) {
    int length = to - from;
    long hash = length;
    long last = 0;
    if (length >= 8) {
      for (int i = from; i + 8 < to; i += 8) {
        hash = (hash ^ (long) LONG.get(bytes, i)) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 32;
      }
      last = (long) LONG.get(bytes, to - 8);
    } else if (length >= 4) {
      last = (long) (int) INT.get(bytes, from) << 32 | (int) INT.get(bytes, to - 4) & 0xFFFFFFFFL;
    } else {
      for (int i = from; i < to; i++) {
        last = last << 8 | bytes[i] & 0xFF;
      }
    }
    hash = (hash ^ last) * 0x9E3779B97F4A7C15L;
    hash ^= hash >>> 32;
    return (int) (hash * 0xD6E8FEB86659FD93L >>> 32);
  }
}
