package herd.data.fasttext;

import java.util.Arrays;

/// Which buckets have a row. Where a model was pruned the rows of those that were kept stand in the
/// order of their numbers, so that a bucket's row is the number of kept buckets before it.
final class Buckets {
  /// A set of bits may take so many times the memory of the list of what is in it.
  private static final int SPARSE = 32;

  private final int count;
  private final long reciprocal;
  private final int[] kept; // ascending; null for all
  private final long[] bits; // null where the list is searched
  private final int[] before;

  /// @param count buckets, 0 for none
  /// @param kept those that have a row, ascending; null for all
  Buckets(int count, int[] kept) {
    this.count = count;
    this.reciprocal = count == 0 ? 0 : Long.divideUnsigned(-1L, count) + 1;
    this.kept = kept;
    boolean list = kept == null || count / 32 > (long) SPARSE * (kept.length + (1 << 12));
    this.bits = list ? null : new long[(count >>> 6) + 1];
    this.before = list ? null : new int[(count >>> 6) + 1];
    if (!list) {
      for (int bucket : kept) {
        bits[bucket >>> 6] |= 1L << bucket;
      }
      for (int i = 1; i < bits.length; i++) {
        before[i] = before[i - 1] + Long.bitCount(bits[i - 1]);
      }
    }
  }

  /// Those that have a row, ascending; null for all.
  int[] kept() {
    return kept;
  }

  int count() {
    return count;
  }

  /// Rows of buckets.
  int rows() {
    return kept == null ? count : kept.length;
  }

  /// The row of the bucket of a 32-bit hash, or -1: the remainder by two products (Lemire et al.
  /// 2019, "Faster remainder by direct computation").
  int row(int hash) {
    long low = reciprocal * (hash & 0xffffffffL);
    return rowOf((int) Math.unsignedMultiplyHigh(low, count));
  }

  /// The row of the bucket of a 64-bit hash, or -1.
  int row(long hash) {
    return rowOf((int) Long.remainderUnsigned(hash, count));
  }

  private int rowOf(int bucket) {
    if (kept == null) {
      return bucket;
    }
    if (bits == null) {
      return Math.max(-1, Arrays.binarySearch(kept, bucket));
    }
    long word = bits[bucket >>> 6];
    long bit = 1L << bucket;
    return (word & bit) == 0 ? -1 : before[bucket >>> 6] + Long.bitCount(word & (bit - 1));
  }
}
