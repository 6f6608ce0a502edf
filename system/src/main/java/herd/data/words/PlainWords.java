package herd.data.words;

/// Finds the words of [WordRule#PLAIN].
record PlainWords(TextStats stats) {
  void find() {
    char[] chars = stats.chars;
    int n = chars.length;
    for (int i = 0; i < n; ) {
      char c = chars[i];
      int kind = Kinds.of(c);
      if ((kind & Kinds.SPACE) != 0) {
        i++;
      } else if ((kind & Kinds.WORD) != 0) {
        i = word(i);
      } else if (kind == Kinds.SURROGATE) {
        i = supplementary(i);
      } else {
        stats.add(i, c, Span.B, 1, kind);
        i++;
      }
    }
  }

  private int supplementary(int i) {
    int point = Character.codePointAt(stats.chars, i);
    if (point <= Character.MAX_VALUE) { // alone
      stats.add(i, point, Span.B, 1, 0);
      return i + 1;
    }
    int kind = Kinds.of(point);
    if ((kind & Kinds.WORD) != 0) {
      return word(i);
    }
    stats.add(i, stats.chars[i] * Span.B + stats.chars[i + 1], Span.B * Span.B, 1, kind);
    return i + 2;
  }

  /// A run of letters and numbers.
  /// @return its end
  private int word(int start) {
    char[] chars = stats.chars;
    int n = chars.length;
    long h = 0;
    long power = 1;
    int any = 0;
    int all = Kinds.SYMBOL;
    int i = start;
    int pairs = 0;
    while (i < n) {
      char c = chars[i];
      int kind = Kinds.of(c);
      if ((kind & Kinds.WORD) == 0) {
        if (kind != Kinds.SURROGATE || !letter(i)) {
          break;
        }
        h = h * Span.B + c;
        power *= Span.B;
        c = chars[++i];
        pairs++;
        kind = Kinds.of(Character.codePointAt(chars, i - 1));
      }
      h = h * Span.B + c;
      power *= Span.B;
      any |= kind;
      all &= kind;
      i++;
    }
    stats.add(start, h, power, i - start - pairs, any & Kinds.LETTER | all);
    return i;
  }

  private boolean letter(int i) {
    int point = Character.codePointAt(stats.chars, i);
    return point > Character.MAX_VALUE && (Kinds.of(point) & Kinds.WORD) != 0;
  }
}
