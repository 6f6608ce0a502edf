package herd.engine.learn;

import java.util.Arrays;

/// Pairs of symbols, how often each occurs, and where: places in [Pieces], rising, some of which
/// may have been merged since.
final class Pairs {
  private static final int FIRST = 1 << 10;

  private long[] keys = new long[FIRST];
  private long[] counts = new long[FIRST];
  private int[] starts = new int[FIRST]; // in `places`
  private int[] lengths = new int[FIRST];
  private int[] slots = new int[2 * FIRST]; // number + 1; 0 is empty
  private int size;

  private int[] places = new int[1 << 12];
  private int used;

  /// Both symbols in one number that orders as (left, right).
  static long key(int left, int right) {
    return (long) left << 32 | right;
  }

  static int left(long key) {
    return (int) (key >>> 32);
  }

  static int right(long key) {
    return (int) key;
  }

  int size() {
    return size;
  }

  long key(int pair) {
    return keys[pair];
  }

  long count(int pair) {
    return counts[pair];
  }

  int length(int pair) {
    return lengths[pair];
  }

  /// Where the places of a pair begin in [#places].
  int start(int pair) {
    return starts[pair];
  }

  /// All places; valid until the next [#room].
  int[] places() {
    return places;
  }

  int find(long key) {
    return slots[slot(key)] - 1;
  }

  /// The number of a pair, which is added with no occurrence if it is not there.
  int add(long key) {
    int slot = slot(key);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    if (size == keys.length) {
      int longer = size + size / 2;
      keys = Arrays.copyOf(keys, longer);
      counts = Arrays.copyOf(counts, longer);
      starts = Arrays.copyOf(starts, longer);
      lengths = Arrays.copyOf(lengths, longer);
    }
    keys[size] = key;
    counts[size] = 0;
    starts[size] = 0;
    lengths[size] = 0;
    slots[slot] = ++size;
    if (2 * size > slots.length) {
      slots = new int[2 * slots.length];
      fillSlots();
    }
    return size - 1;
  }

  private void fillSlots() {
    for (int i = 0; i < size; i++) {
      slots[slot(keys[i])] = i + 1;
    }
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    mixed ^= mixed >>> 32;
    int slot = (int) (mixed * 0xD6E8FEB86659FD93L >>> 32) & slots.length - 1;
    while (slots[slot] != 0 && keys[slots[slot] - 1] != key) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  /// Counts one occurrence more, whose place follows later.
  void count(int pair, long weight) {
    counts[pair] += weight;
    lengths[pair]++;
  }

  /// Sets what is known of a pair; its places are filled by [#place].
  void set(int pair, long count, int occurrences) {
    counts[pair] = count;
    starts[pair] = used;
    lengths[pair] = 0;
    used += occurrences;
  }

  /// Notes the next place of a pair.
  void place(int pair, int place) {
    places[starts[pair] + lengths[pair]++] = place;
  }

  void lower(int pair, long weight) {
    counts[pair] -= weight;
  }

  void forget(int pair) {
    counts[pair] = 0;
    lengths[pair] = 0;
  }

  /// Forgets every pair that has this symbol.
  void forgetAll(int symbol) {
    for (int i = 0; i < size; i++) {
      if (left(keys[i]) == symbol || right(keys[i]) == symbol) {
        forget(i);
      }
    }
  }

  /// Drops pairs that occur less often than `floor`, and gives those that are left room for
  /// their places, none of which is filled.
  void keep(long floor) {
    long room = 0;
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (counts[i] >= floor) {
        keys[kept] = keys[i];
        counts[kept] = counts[i];
        starts[kept] = Math.toIntExact(room);
        room += lengths[i];
        lengths[kept++] = 0;
      }
    }
    size = kept;
    used = Math.toIntExact(room);
    if (used > places.length) {
      places = null;
      places = new int[used + used / 8];
    }
    keys = Arrays.copyOf(keys, Math.max(FIRST, size));
    counts = Arrays.copyOf(counts, keys.length);
    starts = Arrays.copyOf(starts, keys.length);
    lengths = Arrays.copyOf(lengths, keys.length);
    slots = new int[Math.max(2 * FIRST, Integer.highestOneBit(4 * size))];
    fillSlots();
  }

  void clear() {
    size = 0;
    used = 0;
    Arrays.fill(slots, 0);
  }

  /// Makes room for more places: drops pairs below `floor` and places that no longer hold their
  /// pair, then takes more memory if that was little.
  /// @param lengthOf bytes of each symbol
  void room(int more, long floor, int[] symbols, int[] lengthOf) {
    if ((long) used + more <= places.length) {
      return;
    }
    int kept = 0;
    int to = 0;
    for (int i = 0; i < size; i++) {
      if (counts[i] < floor) {
        continue;
      }
      int left = left(keys[i]);
      int right = right(keys[i]);
      int from = starts[i];
      int end = from + lengths[i];
      keys[kept] = keys[i];
      counts[kept] = counts[i];
      starts[kept] = to;
      for (int p = from; p < end; p++) {
        int place = places[p];
        if (symbols[place] == left && symbols[place + lengthOf[left]] == right) {
          places[to++] = place;
        }
      }
      lengths[kept] = to - starts[kept];
      kept++;
    }
    size = kept;
    used = to;
    Arrays.fill(slots, 0);
    fillSlots();
    long wanted = (long) used + more;
    if (wanted > places.length - places.length / 4) {
      long longer = Math.max(wanted, places.length + places.length / 2L);
      if (wanted > Integer.MAX_VALUE - 64) {
        throw new OutOfMemoryError("more than two billion places of pairs");
      }
      places = Arrays.copyOf(places, (int) Math.min(longer, Integer.MAX_VALUE - 64));
    }
  }
}
