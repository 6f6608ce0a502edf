package herd.data.words;

/// Hashes of strings that can be put together: `hash(xy) = hash(x) * B^|y| + hash(y)`, modulo 2^64.
final class Span {
  /// An odd number of random bits.
  static final long B = 0x9e3779b97f4a7c55L;

  private static final long B2 = B * B;
  private static final long B4 = B2 * B2;

  private Span() {}

  /// Hash of `chars[from..to)`.
  static long hash(char[] chars, int from, int to) {
    long h = to - from;
    int i = from;
    for (; i + 4 <= to; i += 4) {
      long pair = chars[i] * B + chars[i + 1];
      h = h * B4 + pair * B2 + (chars[i + 2] * B + chars[i + 3]);
    }
    for (; i < to; i++) {
      h = h * B + chars[i];
    }
    return h;
  }

  /// Characters, counted as code points.
  static int points(char[] chars, int from, int to) {
    int points = to - from;
    for (int i = from + 1; i < to; i++) {
      if (Character.isLowSurrogate(chars[i]) && Character.isHighSurrogate(chars[i - 1])) {
        points--;
      }
    }
    return points;
  }
}
