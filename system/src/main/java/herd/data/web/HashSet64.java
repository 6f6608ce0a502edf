package herd.data.web;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/// Texts by their 64-bit hashes: eight to sixteen bytes each, however long they are.
public final class HashSet64 {
  private static final Hasher64 HASH = Hashing.xxh3_64();

  private long[] slots = new long[1024];
  private int size;
  private boolean zero;

  /// Adds a text.
  public void add(CharSequence text) {
    add(HASH.hashCharsToLong(text));
  }

  private void add(long hash) {
    if (hash == 0) {
      zero = true;
      return;
    }
    if (size > slots.length * 2L / 3) {
      var old = slots;
      slots = new long[2 * old.length];
      size = 0;
      for (long h : old) {
        if (h != 0) {
          add(h);
        }
      }
    }
    int at = (int) hash & slots.length - 1;
    while (slots[at] != 0 && slots[at] != hash) {
      at = at + 1 & slots.length - 1;
    }
    size += slots[at] == 0 ? 1 : 0;
    slots[at] = hash;
  }

  /// Whether a text was added.
  public boolean contains(CharSequence text) {
    long hash = HASH.hashCharsToLong(text);
    if (hash == 0) {
      return zero;
    }
    int at = (int) hash & slots.length - 1;
    while (slots[at] != 0 && slots[at] != hash) {
      at = at + 1 & slots.length - 1;
    }
    return slots[at] != 0;
  }

  /// How many.
  public int size() {
    return size + (zero ? 1 : 0);
  }
}
