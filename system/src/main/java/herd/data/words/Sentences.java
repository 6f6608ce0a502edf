package herd.data.words;

/// Where sentences end.
final class Sentences {
  private Sentences() {}

  /// Sentences in `chars[start..end)`.
  static int count(char[] chars, int start, int end, WordRule rule) {
    int from = start;
    while (from < end && (Kinds.of(chars[from]) & Kinds.SPACE) != 0) {
      from++;
    }
    int to = trimmed(chars, from, end);
    if (from == to) {
      return 0;
    }
    int count = 1;
    for (int i = from; i + 1 < to; i++) {
      boolean blank = (Kinds.of(chars[i + 1]) & Kinds.SPACE) != 0;
      count += switch (rule) {
        case PLAIN -> blank && plainEnd(chars[i]) ? 1 : 0;
        case SCRIPTS -> scriptEnd(chars, i, blank) ? 1 : 0;
      };
    }
    return count;
  }

  private static boolean plainEnd(char c) {
    return c == '.' || c == '!' || c == '?';
  }

  /// Signs of scripts without blanks end a sentence by themselves, but for the closing quotes and
  /// further such signs that follow.
  private static boolean scriptEnd(char[] chars, int i, boolean blank) {
    if (blank) {
      return ends(chars, Math.max(i - 2, 0), i + 1);
    }
    char next = chars[i + 1];
    if (closes(next) || (Kinds.of(next) & Kinds.TERMINAL) != 0) {
      return false;
    }
    int last = i;
    while (last > 0 && closes(chars[last])) {
      last--;
    }
    char c = chars[last];
    return c == '。' || c == '！' || c == '？' || c == '｡';
  }

  /// The end of `chars[start..end)` without white space.
  static int trimmed(char[] chars, int start, int end) {
    int to = end;
    while (to > start && (Kinds.of(chars[to - 1]) & Kinds.SPACE) != 0) {
      to--;
    }
    return to;
  }

  /// Whether `chars[start..end)` ends like a sentence, closing quotes and brackets aside.
  static boolean ends(char[] chars, int start, int end) {
    int to = end;
    while (to > start && closes(chars[to - 1])) {
      to--;
    }
    return to > start && (Kinds.of(Character.codePointBefore(chars, to)) & Kinds.TERMINAL) != 0;
  }

  private static boolean closes(char c) {
    return switch (c) {
      case '"', '\'', '”', '’', '»', '«', ')', ']', '」', '』', '】', '）', '》', '“' -> true;
      default -> false;
    };
  }
}
