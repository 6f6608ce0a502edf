package herd.data.words;

/// How lines begin and end, where all signs that break a line in some convention do so.
/// @param bullets lines that begin with `•` or `-`, white space aside
/// @param ellipses lines that end with `...` or `…`, white space aside
record LineEnds(int lines, int bullets, int ellipses) {
  static LineEnds count(char[] chars) {
    int lines = 0;
    int bullets = 0;
    int ellipses = 0;
    for (int start = 0; start < chars.length; ) {
      int end = end(chars, start);
      int first = start;
      while (first < end && (Kinds.of(chars[first]) & Kinds.SPACE) != 0) {
        first++;
      }
      int last = end;
      while (last > first && (Kinds.of(chars[last - 1]) & Kinds.SPACE) != 0) {
        last--;
      }
      lines++;
      if (first < last) {
        bullets += chars[first] == '•' || chars[first] == '-' ? 1 : 0;
        ellipses += endsInEllipsis(chars, first, last) ? 1 : 0;
      }
      start = next(chars, end);
    }
    return new LineEnds(lines, bullets, ellipses);
  }

  private static boolean endsInEllipsis(char[] chars, int first, int last) {
    return chars[last - 1] == '…' || dots(chars, first, last);
  }

  /// Whether `chars[first..last)` ends in three dots.
  static boolean dots(char[] chars, int first, int last) {
    return last - first >= 3
        && chars[last - 1] == '.'
        && chars[last - 2] == '.'
        && chars[last - 3] == '.';
  }

  /// The end of the line that begins at `start`, before its break.
  static int end(char[] chars, int start) {
    int i = start;
    while (i < chars.length && (Kinds.of(chars[i]) & Kinds.BREAK) == 0) {
      i++;
    }
    return i;
  }

  /// Where the line after the break at `end` begins.
  static int next(char[] chars, int end) {
    boolean two = end + 1 < chars.length && chars[end] == '\r' && chars[end + 1] == '\n';
    return end + (two ? 2 : 1);
  }
}
