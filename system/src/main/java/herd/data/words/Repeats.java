package herd.data.words;

/// Pieces of a text that were there before.
/// @param count of all pieces
/// @param again pieces equal to an earlier one
/// @param points their characters
record Repeats(int count, int again, long points) {
  /// Lines between runs of `\n`; an empty one stands before a first and after a last `\n`.
  static Repeats lines(TextStats text) {
    int n = text.chars.length;
    int edges = (n > 0 && text.chars[0] == '\n' ? 1 : 0) + (text.chars[n - 1] == '\n' ? 1 : 0);
    text.seen.clear(text.lines);
    int count = edges;
    int again = edges > 1 ? 1 : 0;
    long points = 0;
    for (int i = 0; i < text.lines; i++) {
      int start = text.line[i];
      int end = text.lineEnd(i);
      if (end > start) {
        count++;
        if (text.seen.add(text.lineHash[i])) {
          again++;
          points += text.points(start, end);
        }
      }
    }
    return new Repeats(count, again, points);
  }

  /// Lines that are not blank, for which alone `again` and `points` count.
  static Repeats filledLines(TextStats text) {
    text.seen.clear(text.lines);
    int count = 0;
    int again = 0;
    long points = 0;
    for (int i = 0; i < text.lines; i++) {
      int start = text.line[i];
      int end = text.lineEnd(i);
      if (!blank(text.chars, start, end)) {
        count++;
        if (text.seen.add(text.lineHash[i])) {
          again++;
          points += text.points(start, end);
        }
      }
    }
    return new Repeats(count, again, points);
  }

  static boolean blank(char[] chars, int start, int end) {
    for (int i = start; i < end; i++) {
      if ((Kinds.of(chars[i]) & Kinds.SPACE) == 0) {
        return false;
      }
    }
    return true;
  }

  /// What stands between two or more `\n`, white space around the whole text aside.
  static Repeats paragraphs(TextStats text) {
    char[] chars = text.chars;
    int start = 0;
    int end = chars.length;
    while (start < end && (Kinds.of(chars[start]) & Kinds.SPACE) != 0) {
      start++;
    }
    while (end > start && (Kinds.of(chars[end - 1]) & Kinds.SPACE) != 0) {
      end--;
    }
    text.seen.clear(text.lines);
    int count = 0;
    int again = 0;
    long points = 0;
    for (int from = start; ; ) {
      int to = from;
      while (to < end && !(chars[to] == '\n' && chars[to + 1] == '\n')) {
        to++;
      }
      count++;
      if (text.seen.add(Span.hash(chars, from, to))) {
        again++;
        points += text.points(from, to);
      }
      if (to >= end) {
        return new Repeats(count, again, points);
      }
      from = to;
      while (chars[from] == '\n') {
        from++;
      }
    }
  }
}
