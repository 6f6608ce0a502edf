package herd.data;

import herd.data.dedup.Groups;
import java.util.Arrays;
import java.util.BitSet;

/// Which of documents that are alike is kept: of the highest quality, the newest, the longest, the
/// first.
final class Best {
  private final long[] quality;
  private final long[] date;
  private final int[] length;

  Best(int size) {
    quality = new long[size];
    date = new long[size];
    length = new int[size];
  }

  /// A document's quality as a number in the order of what its metadata says; without, the least.
  static long quality(Doc doc, String name) {
    var said = doc.metadata().get(name);
    if (said == null) {
      return Long.MIN_VALUE;
    }
    try {
      double number = Double.parseDouble(said);
      if (Double.isNaN(number)) {
        return Long.MIN_VALUE;
      }
      long bits = Double.doubleToLongBits(number);
      return bits < 0 ? Long.MIN_VALUE - bits : bits;
    } catch (NumberFormatException e) {
      return Long.MIN_VALUE;
    }
  }

  /// The digits of a date in ISO form, as a number that grows with it; 0 without.
  static long date(Doc doc) {
    long date = 0;
    int digits = 0;
    for (int i = 0; i < doc.date().length() && digits < 14; i++) {
      char c = doc.date().charAt(i);
      if (c >= '0' && c <= '9') {
        date = 10 * date + (c - '0');
        digits++;
      }
    }
    for (; digits < 14; digits++) {
      date *= 10;
    }
    return date;
  }

  /// Takes the first three numbers of a sketch: quality, date, length.
  void set(int i, long[] sketch) {
    quality[i] = sketch[0];
    date[i] = sketch[1];
    length[i] = (int) sketch[2];
  }

  private boolean better(int i, int than) {
    return compare(quality[i], date[i], length[i], quality[than], date[than], length[than]) > 0;
  }

  /// Above 0 if the first document is better, 0 if neither is.
  static int compare(
      long quality, long date, long length, long itsQuality, long itsDate, long itsLength) {
    int order = Long.compare(quality, itsQuality);
    order = order == 0 ? Long.compare(date, itsDate) : order;
    return order == 0 ? Long.compare(length, itsLength) : order;
  }

  /// All but the best of each group, and all of a group one of whose documents is known; these are
  /// all marked as known then.
  BitSet others(Groups groups, BitSet known) {
    int size = groups.size();
    var best = new int[size];
    Arrays.fill(best, -1);
    var roots = known.stream().map(groups::root).toArray();
    for (int root : roots) {
      known.set(root);
    }
    for (int i = 0; i < size; i++) {
      int root = groups.root(i);
      if (best[root] < 0 || better(i, best[root])) {
        best[root] = i;
      }
    }
    var others = new BitSet(size);
    for (int i = 0; i < size; i++) {
      int root = groups.root(i);
      if (known.get(root)) {
        known.set(i);
      }
      others.set(i, best[root] != i || known.get(i));
    }
    return others;
  }
}
