package herd.data.dedup;

/// Which texts share a band, where the bands' keys come in order and the texts of each key too.
public final class SharedBand {
  /// All pairs in a group of so many that share a band are named; of more, each with the first and
  /// the one before it.
  private static final int ALL_PAIRS = 32;

  /// Takes two texts that share a band, perhaps more than once.
  @FunctionalInterface
  public interface Pair {
    /// @param one less than `other`
    void take(long one, long other);
  }

  private final Pair each;
  private final long[] before = new long[ALL_PAIRS];
  private long key;
  private int size;
  private long last;

  /// @param each takes pairs such that joining them joins all that share a band
  public SharedBand(Pair each) {
    this.each = each;
  }

  /// Takes the next key and a text that has it.
  public void next(long nextKey, long text) {
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

  private void pair(long text) {
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
