package herd.engine.tensor;

import java.util.Arrays;

/// How a flat batch of tokens is cut into segments, each attending to itself alone (Llama 3 paper,
/// section 3.2: no attention between documents packed in one sequence). In training a segment is a
/// document inside a packed sequence; in inference it is a request's next tokens, whose earlier
/// keys and values lie in a cache. Nothing is ever padded.
///
/// Segment `s` covers batch rows `start[s] … start[s] + length[s]`. Its first token has rotary
/// position `position[s]`. It has `past[s] + length[s]` keys: `past[s]` earlier ones, then its own.
/// Token `i` of the segment sees the first `past[s] + i + 1` of them. Without `pages` they are rows
/// `keyStart[s] …` of the key tensor, one after the other; with pages [#row] says where each lies.
/// @param pages where keys lie that are kept in pages, null where they follow each other
public record Segments(
    int[] start, int[] length, int[] position, int[] past, int[] keyStart, Pages pages) {
  public Segments {
    int n = start.length;
    if (length.length != n || position.length != n || past.length != n || keyStart.length != n) {
      throw new IllegalArgumentException("arrays of different lengths");
    }
    if (pages != null && pages.table.length != n) {
      throw new IllegalArgumentException(pages.table.length + " page lists for " + n);
    }
    int next = 0;
    for (int s = 0; s < n; s++) {
      if (start[s] != next || length[s] <= 0 || past[s] < 0 || position[s] < 0 || keyStart[s] < 0) {
        throw new IllegalArgumentException(
            "segment %d: start %d (expected %d), length %d, position %d, past %d, keyStart %d"
                .formatted(s, start[s], next, length[s], position[s], past[s], keyStart[s]));
      }
      next += length[s];
    }
  }

  /// Keys kept in pages of `size` rows each, which may lie anywhere in the key tensor: page `p` is
  /// its rows `p * size … (p + 1) * size`.
  /// @param table for each segment its pages in order; longer lists than needed are allowed
  public record Pages(int size, int[][] table) {
    public Pages {
      if (size < 1) {
        throw new IllegalArgumentException("page of " + size + " rows");
      }
    }
  }

  /// Segments whose keys follow each other in the key tensor.
  public Segments(int[] start, int[] length, int[] position, int[] past, int[] keyStart) {
    this(start, length, position, past, keyStart, null);
  }

  /// The next tokens of sequences whose keys are kept in pages: segment `s` has `length[s]` tokens
  /// from position `past[s]` on.
  public static Segments paged(int[] length, int[] past, Pages pages) {
    var start = new int[length.length];
    for (int s = 1; s < start.length; s++) {
      start[s] = start[s - 1] + length[s - 1];
    }
    return new Segments(start, length, past, past, new int[length.length], pages);
  }

  /// The row of the key tensor that holds key `j` of segment `s`.
  public int row(int s, int j) {
    return pages == null
        ? keyStart[s] + j
        : pages.table[s][j / pages.size] * pages.size + j % pages.size;
  }

  /// How many keys of segment `s`, from key `j` on, are sure to lie in rows one after the other.
  public int run(int s, int j) {
    return pages == null ? past[s] + length[s] - j : pages.size - j % pages.size;
  }

  /// Documents of these lengths packed one after the other, each from position 0, with no cache:
  /// the form of training.
  public static Segments packed(int... lengths) {
    return packed(lengths, new int[lengths.length]);
  }

  /// As [#packed(int...)], with the rotary position of each segment's first token.
  public static Segments packed(int[] lengths, int[] positions) {
    var start = new int[lengths.length];
    for (int s = 1; s < start.length; s++) {
      start[s] = start[s - 1] + lengths[s - 1];
    }
    return new Segments(
        start, lengths.clone(), positions.clone(), new int[lengths.length], start.clone());
  }

  /// Number of segments.
  public int count() {
    return start.length;
  }

  /// Number of tokens in all segments.
  public int tokens() {
    return start.length == 0 ? 0 : start[start.length - 1] + length[start.length - 1];
  }

  /// The rotary position of every token.
  public int[] positions() {
    var out = new int[tokens()];
    for (int s = 0; s < count(); s++) {
      for (int i = 0; i < length[s]; i++) {
        out[start[s] + i] = position[s] + i;
      }
    }
    return out;
  }

  @Override
  public String toString() {
    return "Segments" + Arrays.toString(length);
  }
}
