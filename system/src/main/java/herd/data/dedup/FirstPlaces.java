package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/// Where hashes that occur so often in a corpus occurred first.
public final class FirstPlaces {
  private static final int PIECE_BITS = 28;
  private static final long PIECES = 1L << PIECE_BITS;

  private final LongUnaryOperator find;
  private final boolean empty;

  private FirstPlaces(LongUnaryOperator find, boolean empty) {
    this.find = find;
    this.empty = empty;
  }

  /// Those that somebody else found ([Finder]).
  /// @param places by hash
  public static FirstPlaces of(Map<Long, Long> places) {
    return new FirstPlaces(hash -> places.getOrDefault(hash, KeyFile.ABSENT), places.isEmpty());
  }

  /// Finds them among hashes that come in order, the places of each in order too.
  public static final class Finder {
    private final long occurrences;
    private long hash;
    private long first;
    private long count;

    /// @param occurrences of a hash that are enough, at least 1
    public Finder(long occurrences) {
      this.occurrences = occurrences;
    }

    /// Takes the next hash.
    /// @return how it stands now with the hash: below 0 if it did not occur often enough yet, 0
    /// if
    ///     this makes it enough, above 0 if it was before
    public int next(long nextHash, long place) {
      if (count == 0 || nextHash != hash) {
        hash = nextHash;
        first = place;
        count = 0;
      }
      return Long.compare(++count, occurrences);
    }

    /// Where the hash occurred first.
    public long first() {
      return first;
    }
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

  /// A piece of a document as a number, in the order of documents and pieces.
  public static long place(long index, int piece) {
    return index << PIECE_BITS | Math.min(piece, PIECES - 1);
  }

  /// The document of a place.
  public static long index(long place) {
    return place >> PIECE_BITS;
  }

  /// Finds them, on the disk.
  /// @param add adds the hashes of all documents
  /// @param occurrences of a hash that are enough
  /// @param scratch a directory, in which the file stays
  public static FirstPlaces of(Consumer<Rows> add, long occurrences, Path scratch) {
    var file = scratch.resolve("first-places");
    try (var sorted = new SortedRows(2, scratch);
        var writer = new KeyFile.Writer(file, 0)) {
      add.accept(new Rows(sorted));
      var finder = new Finder(occurrences);
      sorted.forEach((row, at) -> {
        if (finder.next(row[at], row[at + 1]) == 0) {
          writer.add(row[at], finder.first());
        }
      });
    }
    var places = KeyFile.open(file, 0);
    return new FirstPlaces(places::find, places.count() == 0);
  }

  /// Whether nothing occurs so often.
  public boolean isEmpty() {
    return empty;
  }

  /// Whether a hash occurs so often.
  public boolean knows(long hash) {
    return find.applyAsLong(hash) != KeyFile.ABSENT;
  }

  /// Whether a hash occurred before this piece of this document.
  public boolean isLater(long hash, long index, int piece) {
    if (hash == 0) {
      return false;
    }
    long first = find.applyAsLong(hash);
    return first != KeyFile.ABSENT && first < place(index, piece);
  }
}
