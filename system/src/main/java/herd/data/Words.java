package herd.data;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;

/// The words of a text, split at white space, as 64-bit hashes, in order: what n-grams and
/// shingles are made of.
final class Words {
  private static final Hasher64 HASH = Hashing.komihash5_0();

  private long[] hashes = new long[256];
  private int count;

  Words(String text) {
    int n = text.length();
    int start = -1;
    for (int i = 0; i <= n; i++) {
      boolean blank = i == n || Character.isWhitespace(text.charAt(i));
      if (blank && start >= 0) {
        add(HASH.hashCharsToLong(text.substring(start, i)));
        start = -1;
      } else if (!blank && start < 0) {
        start = i;
      }
    }
  }

  private void add(long hash) {
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
    }
    hashes[count++] = hash;
  }

  int count() {
    return count;
  }

  /// Hash of the `size` words from word `from` on, in their order.
  long hash(int from, int size) {
    long h = size;
    for (int i = from; i < from + size; i++) {
      h = HASH.hashLongLongToLong(h, hashes[i]);
    }
    return h;
  }
}
