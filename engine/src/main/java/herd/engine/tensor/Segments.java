package herd.engine.tensor;

import java.util.Arrays;

/// How a flat batch of tokens is cut into segments, each attending to itself alone (Llama 3 paper,
/// section 3.2: no attention between documents packed in one sequence). In training a segment is a
/// document inside a packed sequence; in inference it is a request's next tokens, whose earlier
/// keys and values lie in a cache. Nothing is ever padded.
///
/// Segment `s` covers batch rows `start[s] … start[s] + length[s]`. Its first token has rotary
/// position `position[s]`. Its keys are rows `keyStart[s] … keyStart[s] + past[s] + length[s]` of
/// the key tensor: `past[s]` earlier ones, then its own. Token `i` of the segment sees the first
/// `past[s] + i + 1` of them.
public record Segments(int[] start, int[] length, int[] position, int[] past, int[] keyStart) {
  public Segments {
    int n = start.length;
    if (length.length != n || position.length != n || past.length != n || keyStart.length != n) {
      throw new IllegalArgumentException("arrays of different lengths");
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
