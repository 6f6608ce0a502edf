package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Where hashes that occur more than once in a corpus occurred first. Lies on the disk.
public final class FirstPlaces {
  private static final int PIECE_BITS = 28;
  private static final long PIECES = 1L << PIECE_BITS;

  private final KeyFile file;

  private FirstPlaces(KeyFile file) {
    this.file = file;
  }

  /// Takes the hashes of each document.
  public static final class Rows {
    private final SortedRows sorted;

    private Rows(SortedRows sorted) {
      this.sorted = sorted;
    }

    /// Adds the hashes of a document's pieces, in order; 0 is none.
    /// @param index of the document; documents come in order
    public void add(long index, long[] hashes) {
      for (int i = 0; i < hashes.length; i++) {
        if (hashes[i] != 0) {
          sorted.add(hashes[i], place(index, i));
        }
      }
    }
  }

  private static long place(long index, int piece) {
    return index << PIECE_BITS | Math.min(piece, PIECES - 1);
  }

  /// Finds them.
  /// @param add adds the hashes of all documents
  /// @param scratch a directory, in which the file stays
  public static FirstPlaces of(Consumer<Rows> add, Path scratch) {
    var file = scratch.resolve("first-places");
    try (var sorted = new SortedRows(2, scratch);
        var writer = new KeyFile.Writer(file, 0)) {
      add.accept(new Rows(sorted));
      var last = new long[2];
      sorted.forEach((row, at) -> {
        if (row[at] == last[0]) {
          writer.add(last[0], last[1]);
        } else {
          last[0] = row[at];
          last[1] = row[at + 1];
        }
      });
    }
    return new FirstPlaces(KeyFile.open(file, 0));
  }

  /// Whether nothing occurs twice.
  public boolean isEmpty() {
    return file.count() == 0;
  }

  /// Whether a hash occurred before this piece of this document.
  public boolean isLater(long hash, long index, int piece) {
    if (hash == 0) {
      return false;
    }
    long first = file.find(hash);
    return first != KeyFile.ABSENT && first < place(index, piece);
  }
}
