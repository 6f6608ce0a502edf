package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;

/// Which texts share a band of their signatures, on the disk where there are many.
public final class Bands implements AutoCloseable {
  /// All pairs in a group of so many that share a band are named; of more, each with the first and
  /// the one before it.
  private static final int ALL_PAIRS = 32;

  private final SortedRows rows;

  /// @param scratch a directory for what does not fit in memory
  public Bands(Path scratch) {
    rows = new SortedRows(2, scratch);
  }

  /// Takes the keys of a text's bands.
  /// @param text its number; texts come in the order of their numbers
  public void add(int text, long... keys) {
    for (long key : keys) {
      rows.add(key, text);
    }
  }

  /// Takes two texts that share a band, perhaps more than once.
  @FunctionalInterface
  public interface Pair {
    /// @param one less than `other`
    void take(int one, int other);
  }

  /// Hands over pairs that share a band, such that joining them joins all that share one.
  public void pairs(Pair each) {
    var run = new Run(each);
    rows.forEach((row, at) -> run.next(row[at], (int) row[at + 1]));
  }

  @Override
  public void close() {
    rows.close();
  }

  /// Texts with the same key, one after the other.
  private static final class Run {
    private final Pair each;
    private final int[] before = new int[ALL_PAIRS];
    private long key;
    private int size;
    private int last;

    Run(Pair each) {
      this.each = each;
    }

    void next(long nextKey, int text) {
      if (size == 0 || nextKey != key) {
        key = nextKey;
        size = 0;
      } else if (text != last) {
        pair(text);
      } else {
        return;
      }
      if (size < ALL_PAIRS) {
        before[size] = text;
      }
      size++;
      last = text;
    }

    private void pair(int text) {
      if (size <= ALL_PAIRS) {
        for (int i = 0; i < size; i++) {
          each.take(before[i], text);
        }
      } else {
        each.take(before[0], text);
        each.take(last, text);
      }
    }
  }
}
