package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;

/// Which texts share a band of their signatures, on the disk where there are many.
public final class Bands implements AutoCloseable {
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
    var shared = new SharedBand((one, other) -> each.take((int) one, (int) other));
    rows.forEach((row, at) -> shared.next(row[at], row[at + 1]));
  }

  @Override
  public void close() {
    rows.close();
  }
}
