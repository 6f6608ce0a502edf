package herd.data;

import herd.data.spill.SortedRows;
import java.util.BitSet;
import java.util.function.LongConsumer;

/// A corpus step that decides among documents which share something: their sketches begin with the
/// same number. What it says of one such group depends on no other, so that groups can be decided
/// far from each other.
public sealed interface GroupStep extends CorpusStep
    permits UrlDuplicates, ExactDuplicates, UnsafeDomains {
  /// Two numbers: the key of the document's group, 0 if it is in none and stays; and what else has
  /// to be known of it.
  @Override
  long[] sketch(Doc doc);

  /// Why documents go.
  String reason();

  /// Decides on groups, one after the other.
  /// @param goes takes the indexes of documents that go, in any order
  Group group(LongConsumer goes);

  /// The documents of a group, in their order.
  interface Group {
    /// The next one.
    /// @param number that stands second in its sketch
    void next(long index, long number);

    /// There are no more; the next document is of another group.
    void end();
  }

  /// Rows sorted by their keys, and for each key by index, as groups.
  final class Rows {
    private final Group group;
    private long key;

    /// @param goes takes the indexes of documents that go
    public Rows(GroupStep step, LongConsumer goes) {
      group = step.group(goes);
    }

    /// The next row.
    public void next(long nextKey, long index, long number) {
      if (nextKey != key) {
        end();
        key = nextKey;
      }
      if (key != 0) {
        group.next(index, number);
      }
    }

    /// After the last row.
    public void end() {
      if (key != 0) {
        group.end();
      }
    }
  }

  @Override
  default Judge judge(Sketches sketches) {
    var dropped = new BitSet();
    try (var sorted = new SortedRows(3, sketches.scratch())) {
      sketches.forEach((index, sketch) -> sorted.add(sketch[0], index, sketch[1]));
      var rows = new Rows(this, index -> dropped.set((int) index));
      sorted.forEach((row, at) -> rows.next(row[at], row[at + 1], row[at + 2]));
      rows.end();
    }
    return CorpusStep.dropping(dropped, reason());
  }
}
