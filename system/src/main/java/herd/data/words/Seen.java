package herd.data.words;

import java.util.Arrays;

/// A set of hashes with how often and where each was put in; open addressing, used again and
/// again.
final class Seen {
  private long[] keys = new long[1 << 8];
  private int[] counts = new int[1 << 8];
  private int[] firsts = new int[1 << 8];
  private int mask = keys.length - 1;
  private int shift = 64 - 8;

  /// Empties it.
  /// @param most hashes that will be put in
  void clear(int most) {
    int bits = Math.max(8, 33 - Integer.numberOfLeadingZeros(Math.min(most, 1 << 29)));
    if (keys.length < 1 << bits) {
      keys = new long[1 << bits];
      counts = new int[1 << bits];
      firsts = new int[1 << bits];
    } else {
      Arrays.fill(keys, 0, 1 << bits, 0);
    }
    mask = (1 << bits) - 1;
    shift = 64 - bits;
  }

  /// Puts a hash in.
  /// @return whether it was there
  boolean add(long hash) {
    long key = hash == 0 ? 1 : hash;
    int at = (int) (key * Span.B >>> shift);
    while (keys[at] != 0) {
      if (keys[at] == key) {
        return true;
      }
      at = at + 1 & mask;
    }
    keys[at] = key;
    return false;
  }

  /// Puts a hash in and counts it.
  /// @param place noted if it is the first
  void count(long hash, int place) {
    long key = hash == 0 ? 1 : hash;
    int at = (int) (key * Span.B >>> shift);
    while (keys[at] != key) {
      if (keys[at] == 0) {
        keys[at] = key;
        counts[at] = 0;
        firsts[at] = place;
        break;
      }
      at = at + 1 & mask;
    }
    counts[at]++;
  }

  /// The first place and the count of the hash that was counted the most, of equals the earliest.
  Top top() {
    int best = -1;
    for (int at = 0; at <= mask; at++) {
      if (keys[at] != 0
          && (best < 0
              || counts[at] > counts[best]
              || counts[at] == counts[best] && firsts[at] < firsts[best])) {
        best = at;
      }
    }
    return new Top(firsts[best], counts[best]);
  }

  /// @param first place where it was put in
  record Top(int first, int count) {}
}
