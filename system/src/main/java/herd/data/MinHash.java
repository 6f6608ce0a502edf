package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Signatures of sets of 64-bit hashes: for each of `size` random orders of all hashes, the
/// smallest hash of the set. Two sets agree in a place with a chance equal to their Jaccard
/// similarity (Broder 1997).
final class MinHash {
  /// A Mersenne prime, 2^61 - 1: orders are `(a x + b) mod PRIME`.
  private static final long PRIME = (1L << 61) - 1;

  private final long[] a;
  private final long[] b;

  /// @param size places of a signature
  /// @param seed of the random orders
  MinHash(int size, long seed) {
    var random = new SplittableRandom(seed);
    a = random.longs(size, 1, PRIME).toArray();
    b = random.longs(size, 0, PRIME).toArray();
  }

  /// The signature of the word n-grams of a text; of all its words if they are fewer than `words`.
  /// @param words of a shingle
  long[] signature(Words text, int words) {
    var least = new long[a.length];
    Arrays.fill(least, Long.MAX_VALUE);
    int length = Math.min(words, text.count());
    for (int i = 0; i + length <= text.count() && length > 0; i++) {
      add(least, text.hash(i, length));
    }
    return least;
  }

  private void add(long[] least, long hash) {
    for (int k = 0; k < least.length; k++) {
      long x = a[k] * hash + b[k];
      long ordered = (x & PRIME) + (x >>> 61);
      least[k] = Math.min(least[k], ordered >= PRIME ? ordered - PRIME : ordered);
    }
  }

  /// One key for each run of `rows` places: documents that agree in a whole run share its key.
  static long[] bands(long[] signature, int rows) {
    var keys = new long[signature.length / rows];
    for (int band = 0; band < keys.length; band++) {
      var hash = Hashing.komihash5_0().hashStream();
      for (int row = 0; row < rows; row++) {
        hash.putLong(signature[band * rows + row]);
      }
      keys[band] = hash.getAsLong();
    }
    return keys;
  }

  /// Share of places in which two signatures agree: the estimate of the Jaccard similarity.
  static double similarity(long[] one, long[] other) {
    int equal = 0;
    for (int k = 0; k < one.length; k++) {
      equal += one[k] == other[k] ? 1 : 0;
    }
    return (double) equal / one.length;
  }
}
