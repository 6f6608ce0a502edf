package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;

/// The bands of a corpus's signatures, for corpora that come after it: a file of sorted keys.
public final class NearIndex implements AutoCloseable {
  private final SortedRows rows;

  /// @param scratch a directory for what does not fit in memory
  public NearIndex(Path scratch) {
    rows = new SortedRows(1, scratch);
  }

  /// Whether a text shares a band with one of the index.
  public static boolean knows(KeyFile index, long[] keys) {
    for (long key : keys) {
      if (index.find(key) != KeyFile.ABSENT) {
        return true;
      }
    }
    return false;
  }

  /// Takes the keys of a text's bands.
  public void add(long[] keys) {
    for (long key : keys) {
      rows.add(key);
    }
  }

  /// Writes all that was added.
  /// @param mark of the settings by which keys are made
  /// @param earlier an index that is written along, or null
  public void write(Path file, long mark, KeyFile earlier) {
    if (earlier != null) {
      earlier.forEach((key, _) -> rows.add(key));
    }
    try (var writer = new KeyFile.Writer(file, mark)) {
      rows.forEach((row, at) -> writer.add(row[at], 0));
    }
  }

  @Override
  public void close() {
    rows.close();
  }
}
