package herd.engine.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Remembers the ids of short pieces: of a text's words nearly all have been seen before. A piece
/// of up to 15 bytes is two longs, its length in the highest byte, so that finding one takes two
/// comparisons. Each piece has two places; the newest of those that meet there stay.
final class WordCache {
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
