package herd.data.dedup;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;

/// Signatures of texts' sets of word n-grams (shingles): for each of many random orders of all
/// hashes, the smallest hash of the set. Two sets agree in a place with a chance equal to their
/// Jaccard similarity (Broder 1997). Shingles are hashed by XXH64 over simple text
/// ([Simplifier]), the orders are datatrove's: so are the signatures, if its words are split at
/// white space. Immutable.
public final class MinHash {
  private static final Hasher64 HASH = Hashing.xxh64();

  /// Shingles of five words, 14 bands of 8 rows, seed 1.
  private static final MinHash USUAL = new MinHash(5, 14, 8, 1);

  private final Orders orders;
  private final int shingle;
  private final int rows;

  /// @param shingle words of one
  /// @param bands in which one agreement is enough
  /// @param rows places of a band, all of which must agree
  /// @param seed of the orders, 0 to 2^32 - 1
  public static MinHash of(int shingle, int bands, int rows, long seed) {
    return shingle == 5 && bands == 14 && rows == 8 && seed == 1
        ? USUAL
        : new MinHash(shingle, bands, rows, seed);
  }

  private MinHash(int shingle, int bands, int rows, long seed) {
    this.shingle = shingle;
    this.rows = rows;
    orders = Orders.of(bands * rows, seed);
  }

  Orders orders() {
    return orders;
  }

  /// Hashes of a text's shingles, in order, with repetitions; none if it has too few words.
  public long[] shingles(Simplifier text) {
    int count = Math.max(text.words() - shingle + 1, 0);
    var hashes = new long[count];
    byte[] bytes = text.bytes();
    for (int i = 0; i < count; i++) {
      int start = text.start(i);
      hashes[i] = HASH.hashBytesToLong(bytes, start, text.start(i + shingle) - 1 - start);
    }
    return hashes;
  }

  /// The smallest of the hashes in each order.
  /// @param shingles at least one, or the signature says nothing
  public long[] signature(long[] shingles) {
    var least = new long[orders.a().length];
    for (int k = 0; k < least.length; k++) {
      least[k] = least(orders.a()[k], orders.b()[k], shingles);
    }
    return least;
  }

  /// One order over all hashes: the loop that the compiler makes vectors of.
  private static long least(long a, long b, long[] hashes) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < hashes.length; i++) {
      least = Math.min(least, fold(a * hashes[i] + b));
    }
    return least;
  }

  /// `x mod PRIME`, where `x` is unsigned: without a branch, so that it is computed in vectors.
  private static long fold(long x) {
    long near = (x & Orders.PRIME) + (x >>> 61);
    return near + (near + 1 >>> 61) & Orders.PRIME;
  }

  /// One key for each band: texts that agree in all rows of a band share its key, and next to no
  /// others do.
  /// @param scope mixed into the keys: texts of other scopes share none
  public long[] keys(long[] signature, long scope) {
    var keys = new long[signature.length / rows];
    for (int band = 0; band < keys.length; band++) {
      long key = scope ^ band;
      for (int row = 0; row < rows; row++) {
        key = Mix.of(key ^ signature[band * rows + row]);
      }
      keys[band] = key;
    }
    return keys;
  }

  /// Share of places in which two signatures agree: the estimate of the Jaccard similarity.
  public static double similarity(long[] one, long[] other) {
    int equal = 0;
    for (int k = 0; k < one.length; k++) {
      equal += one[k] == other[k] ? 1 : 0;
    }
    return (double) equal / one.length;
  }

  /// The exact Jaccard similarity of two sets.
  /// @param one sorted, without repetitions; `other` too
  public static double jaccard(long[] one, long[] other) {
    int both = 0;
    int i = 0;
    int j = 0;
    while (i < one.length && j < other.length) {
      int order = Long.compare(one[i], other[j]);
      both += order == 0 ? 1 : 0;
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    int all = one.length + other.length - both;
    return all == 0 ? 0 : (double) both / all;
  }

  /// Sorted and each once.
  public static long[] set(long[] hashes) {
    var sorted = hashes.clone();
    Arrays.sort(sorted);
    int size = 0;
    for (long hash : sorted) {
      if (size == 0 || sorted[size - 1] != hash) {
        sorted[size++] = hash;
      }
    }
    return Arrays.copyOf(sorted, size);
  }
}
