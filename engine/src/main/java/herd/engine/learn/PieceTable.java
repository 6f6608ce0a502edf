package herd.engine.learn;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Distinct byte strings and how often each came, numbered 0, 1, … in the order in which they
/// came first. Belongs to one thread.
final class PieceTable {
  /// Bytes of all strings together, at most: what one array holds.
  static final int MOST_BYTES = Integer.MAX_VALUE - 64;

  private static final int FIRST_SLOTS = 1 << 12;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] pool = new byte[1 << 14];
  private int[] starts = new int[FIRST_SLOTS / 2 + 1];
  private long[] counts = new long[FIRST_SLOTS / 2];
  private long[] slots = new long[FIRST_SLOTS]; // hash above, number + 1 below; 0 is empty
  private int size;

  int size() {
    return size;
  }

  /// The bytes of all strings, one after the other; valid until the next [#add].
  byte[] pool() {
    return pool;
  }

  int start(int index) {
    return starts[index];
  }

  int end(int index) {
    return starts[index + 1];
  }

  long count(int index) {
    return counts[index];
  }

  byte[] get(int index) {
    return Arrays.copyOfRange(pool, starts[index], starts[index + 1]);
  }

  /// Bytes of memory that this takes.
  long memory() {
    return pool.length + 4L * starts.length + 8L * counts.length + 8L * slots.length;
  }

  /// Whether a string of so many bytes still fits.
  boolean fits(int length) {
    return (long) starts[size] + length <= MOST_BYTES;
  }

  /// Counts `bytes[from..to)` so many times more.
  /// @return its number
  int add(byte[] bytes, int from, int to, long times) {
    int hash = hash(bytes, from, to);
    int slot = slot(hash, bytes, from, to);
    long found = slots[slot];
    if (found != 0) {
      int index = (int) found - 1;
      counts[index] += times;
      return index;
    }
    int start = starts[size];
    int end = Math.addExact(start, to - from);
    if (end > pool.length) {
      pool = Arrays.copyOf(pool, (int) Math.min(MOST_BYTES, Math.max(end, pool.length * 3L / 2)));
    }
    System.arraycopy(bytes, from, pool, start, to - from);
    if (size == counts.length) {
      int longer = counts.length + counts.length / 2;
      starts = Arrays.copyOf(starts, longer + 1);
      counts = Arrays.copyOf(counts, longer);
    }
    starts[size + 1] = end;
    counts[size] = times;
    slots[slot] = (long) hash << 32 | ++size;
    if (size > slots.length / 2) {
      grow();
    }
    return size - 1;
  }

  /// The number of `bytes[from..to)`, -1 if it is not there.
  int find(byte[] bytes, int from, int to) {
    return (int) slots[slot(hash(bytes, from, to), bytes, from, to)] - 1;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[2 * old.length];
    for (long entry : old) {
      if (entry != 0) {
        int slot = first((int) (entry >>> 32));
        while (slots[slot] != 0) {
          slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = entry;
      }
    }
  }

  private int first(int hash) {
    return hash & slots.length - 1;
  }

  private int slot(int hash, byte[] bytes, int from, int to) {
    int slot = first(hash);
    while (true) {
      long entry = slots[slot];
      if (entry == 0) {
        return slot;
      }
      if ((int) (entry >>> 32) == hash) {
        int index = (int) entry - 1;
        if (Arrays.equals(pool, starts[index], starts[index + 1], bytes, from, to)) {
          return slot;
        }
      }
      slot = slot + 1 & slots.length - 1;
    }
  }

  /// A hash of `bytes[from..to)`, the same in every run.
  static int hash(byte[] bytes, int from, int to) {
    long hash = to - from;
    int at = from;
    for (; at + 8 <= to; at += 8) {
      hash = (hash ^ (long) LONG.get(bytes, at)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    if (at < to) {
      hash = (hash ^ tail(bytes, at, to)) * 0x9E3779B97F4A7C15L;
    }
    hash ^= hash >>> 29;
    return (int) (hash * 0xD6E8FEB86659FD93L >>> 32);
  }

  private static long tail(byte[] bytes, int at, int to) {
    if (at + 8 <= bytes.length) {
      return (long) LONG.get(bytes, at) & -1L >>> 64 - 8 * (to - at);
    }
    long tail = 0;
    for (int i = to - 1; i >= at; i--) {
      tail = tail << 8 | bytes[i] & 0xFF;
    }
    return tail;
  }
}
