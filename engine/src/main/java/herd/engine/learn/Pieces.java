package herd.engine.learn;

import java.util.Arrays;

/// The distinct pieces of a corpus as symbols in one array, with their counts: pieces that came
/// equally often lie together, so that a symbol's weight is found by its place.
final class Pieces {
  /// Stands before, between and after pieces, and inside tokens.
  static final int NONE = -1;

  /// Place → symbol: a token's number at its first byte and at its last.
  final int[] symbols;

  private final int[] classStarts; // first place of the pieces that came equally often, rising
  private final long[] classCounts;

  private final long singles;

  private Pieces(int[] symbols, int[] classStarts, long[] classCounts, long singles) {
    this.symbols = symbols;
    this.classStarts = classStarts;
    this.classCounts = classCounts;
    this.singles = singles;
  }

  /// Pieces cut into tokens. Those of one byte have no pair and are left out.
  static Pieces of(PieceTable table, Segmenter segmenter) {
    long places = 1;
    long singles = 0;
    int kept = 0;
    var order = new long[table.size()];
    for (int p = 0; p < table.size(); p++) {
      int length = table.end(p) - table.start(p);
      if (length > 1) {
        places += length + 1;
        long rare = Integer.MAX_VALUE - Math.min(table.count(p), Integer.MAX_VALUE);
        order[kept++] = rare << 32 | p;
      } else {
        singles += table.count(p);
      }
    }
    Arrays.sort(order, 0, kept);
    var symbols = new int[Math.toIntExact(places)];
    var starts = new int[64];
    var counts = new long[64];
    int classes = 0;
    int at = 0;
    byte[] pool = table.pool();
    symbols[at++] = NONE;
    for (int o = 0; o < kept; o++) {
      int piece = (int) order[o];
      long count = table.count(piece);
      if (classes == 0 || counts[classes - 1] != count) {
        if (classes == starts.length) {
          starts = Arrays.copyOf(starts, 2 * classes);
          counts = Arrays.copyOf(counts, 2 * classes);
        }
        starts[classes] = at;
        counts[classes++] = count;
      }
      segmenter.cut(pool, table.start(piece), table.end(piece), symbols, at);
      at += table.end(piece) - table.start(piece);
      symbols[at++] = NONE;
    }
    return new Pieces(
        symbols, Arrays.copyOf(starts, classes), Arrays.copyOf(counts, classes), singles);
  }

  /// How often pieces of one byte came.
  long singles() {
    return singles;
  }

  int classes() {
    return classStarts.length;
  }

  /// The first place of a class; the end of all places for the class after the last.
  int start(int group) {
    return group == classStarts.length ? symbols.length : classStarts[group];
  }

  /// How often each piece of a class came.
  long count(int group) {
    return classCounts[group];
  }

  /// The class of a place, not before `from`.
  int classOf(int place, int from) {
    int low = from;
    int step = 1;
    while (low + step < classStarts.length && classStarts[low + step] <= place) {
      low += step;
      step *= 2;
    }
    int high = Math.min(low + step, classStarts.length);
    while (high - low > 1) {
      int middle = low + high >>> 1;
      if (classStarts[middle] <= place) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
