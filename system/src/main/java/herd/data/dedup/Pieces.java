package herd.data.dedup;

import java.util.Arrays;

/// Hashes of the pieces of a text: lines, paragraphs, runs of words. White space counts as one
/// blank within a piece and not at all around it.
public final class Pieces {
  private static final long B = 0xd1342543de82ef95L;

  private long[] hashes = new long[64];
  private int[] starts = new int[64];
  private int count;

  private Pieces() {}

  /// The lines of a text, without their breaks.
  /// @param minWords lines of fewer words have the hash 0, all others have another
  /// @param scope mixed into the hashes
  public static Pieces lines(String text, int minWords, long scope) {
    var pieces = new Pieces();
    int n = text.length();
    for (int start = 0; start <= n; ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? n : end;
      pieces.add(start, hash(text, start, end, minWords, scope));
      start = end + 1;
    }
    pieces.end(n + 1);
    return pieces;
  }

  /// The paragraphs of a text, each with the lines that are blank before it.
  public static Pieces paragraphs(String text, int minWords, long scope) {
    var pieces = new Pieces();
    int n = text.length();
    int from = 0;
    boolean filled = false;
    for (int start = 0; start <= n; ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? n : end;
      boolean blank = hash(text, start, end, 1, 0) == 0;
      if (blank && filled) {
        pieces.add(from, hash(text, from, start, minWords, scope));
        from = start;
        filled = false;
      }
      filled |= !blank;
      start = end + 1;
    }
    pieces.add(from, hash(text, Math.min(from, n), n, minWords, scope));
    pieces.end(n + 1);
    return pieces;
  }

  /// All runs of `size` words, each from where its first word begins; the end is where the last
  /// word of the text ends.
  public static Pieces runs(String text, int size, long scope) {
    var words = words(text);
    var pieces = new Pieces();
    long power = 1;
    for (int i = 0; i < size; i++) {
      power *= B;
    }
    long h = 0;
    for (int i = 0; i < words.count; i++) {
      h = h * B + words.hashes[i];
      if (i >= size) {
        h -= power * words.hashes[i - size];
      }
      if (i >= size - 1) {
        pieces.add(words.starts[i - size + 1], filled(Mix.of(h ^ scope)));
      }
    }
    pieces.end(text.length());
    return pieces;
  }

  /// The words of a text, split at white space.
  public static Pieces words(String text) {
    var words = new Pieces();
    int n = text.length();
    int start = -1;
    long h = 0;
    for (int i = 0; i <= n; i++) {
      char c = i == n ? ' ' : text.charAt(i);
      if (!Character.isWhitespace(c)) {
        start = start < 0 ? i : start;
        h = h * B + c;
      } else if (start >= 0) {
        words.add(start, Mix.of(h));
        start = -1;
        h = 0;
      }
    }
    words.end(n);
    return words;
  }

  private static long hash(String text, int from, int to, int minWords, long scope) {
    long h = 0;
    int words = 0;
    boolean blank = true;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        blank = true;
      } else {
        if (blank) {
          h = h * B + ' ';
          words++;
          blank = false;
        }
        h = h * B + c;
      }
    }
    return words < Math.max(minWords, 1) ? 0 : filled(Mix.of(h ^ scope));
  }

  private static long filled(long hash) {
    return hash == 0 ? 1 : hash;
  }

  private void add(int start, long hash) {
    if (count + 1 >= hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * hashes.length);
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    hashes[count] = hash;
    starts[count++] = start;
  }

  private void end(int at) {
    starts[count] = at;
  }

  /// How many pieces there are.
  public int count() {
    return count;
  }

  /// The hash of a piece.
  public long hash(int piece) {
    return hashes[piece];
  }

  /// Where a piece begins; with the number of pieces, one place after the last one's break.
  public int start(int piece) {
    return starts[piece];
  }

  /// All hashes but those that are 0.
  public long[] filledHashes() {
    return Arrays.stream(hashes, 0, count).filter(hash -> hash != 0).toArray();
  }
}
