package herd.data.words;

/// Finds the words of [WordRule#SCRIPTS].
final class ScriptWords {
  private final TextStats stats;
  private final char[] chars;
  private int at;

  /// Of the word that is being read.
  private long hash;

  private long power;
  private int points;
  private int letters;
  private boolean katakana; // else Hiragana

  ScriptWords(TextStats stats) {
    this.stats = stats;
    chars = stats.chars;
  }

  void find() {
    while (at < chars.length) {
      int point = Character.codePointAt(chars, at);
      int kind = kind(point);
      if ((kind & Kinds.SPACE) != 0) {
        at++;
      } else if ((kind & Kinds.WORD) == 0) {
        sign(point, kind);
      } else if ((kind & Kinds.LETTER) == 0) {
        alphabetic(Script.ALPHABET);
      } else {
        var script = Script.of(point);
        switch (script) {
          case ALPHABET, HANGUL -> alphabetic(script);
          case HAN, KANA, SOUTHEAST -> piece(script);
        }
      }
    }
  }

  private static int kind(int point) {
    int kind = Kinds.of(point);
    return kind == Kinds.SURROGATE ? 0 : kind;
  }

  private void begin() {
    hash = 0;
    power = 1;
    points = 0;
    letters = 0;
    katakana = katakana(chars[at]);
  }

  private void take(int point) {
    int units = Character.charCount(point);
    for (int i = 0; i < units; i++) {
      hash = hash * Span.B + chars[at++];
      power *= Span.B;
    }
    points++;
  }

  /// A sign with the marks on it.
  private void sign(int point, int kind) {
    int start = at;
    begin();
    take(point);
    marks();
    stats.add(start, hash, power, points, kind & Kinds.SYMBOL);
  }

  private void marks() {
    while (at < chars.length) {
      int point = Character.codePointAt(chars, at);
      if ((kind(point) & Kinds.MARK) == 0) {
        return;
      }
      take(point);
    }
  }

  /// Letters, numbers and marks, with the signs that stand within a word.
  private void alphabetic(Script script) {
    int start = at;
    begin();
    int any = 0;
    while (at < chars.length) {
      int point =
          chars[at] < Character.MIN_SURROGATE ? chars[at] : Character.codePointAt(chars, at);
      int kind = kind(point);
      boolean letter = (kind & Kinds.LETTER) != 0;
      if ((kind & (Kinds.WORD | Kinds.MARK)) == 0 && !inner(point) || letter && spaceless(point)) {
        break;
      }
      any |= kind;
      take(point);
    }
    finish(start, any, script);
  }

  private static boolean spaceless(int point) {
    return point >= 0x0e00 && Script.of(point).piece != Integer.MAX_VALUE;
  }

  /// Whether a sign at `at` joins what stands around it to one word.
  private boolean inner(int point) {
    if (at == 0 || at + 1 >= chars.length) {
      return false;
    }
    char before = chars[at - 1];
    char after = chars[at + 1];
    return switch (point) {
      case '\'', '’', '·', '\u200c', '\u200d' ->
        (Kinds.of(before) & (Kinds.LETTER | Kinds.MARK)) != 0
            && (Kinds.of(after) & Kinds.LETTER) != 0
            && !spaceless(after);
      case '.', ',' -> Character.isDigit(before) && Character.isDigit(after);
      default -> false;
    };
  }

  /// As many letters of a script without blanks as its words have on average, with their marks.
  private void piece(Script script) {
    int start = at;
    begin();
    while (at < chars.length && letters < script.piece) {
      int point = Character.codePointAt(chars, at);
      boolean vowel = point == 'ー'; // makes the vowel before it long
      if (!vowel && ((kind(point) & Kinds.LETTER) == 0 || Script.of(point) != script)
          || letters > 0 && script == Script.KANA && !vowel && katakana != katakana(point)) {
        break;
      }
      katakana = vowel ? katakana : katakana(point);
      take(point);
      letters++;
      marks();
    }
    finish(start, Kinds.LETTER, script);
  }

  private static boolean katakana(int point) {
    return point >= 0x30a1;
  }

  private void finish(int start, int any, Script script) {
    stats.add(start, hash, power, points, any & Kinds.LETTER);
    if ((any & Kinds.LETTER) != 0) {
      stats.scriptWords[script.ordinal()]++;
      stats.scriptPoints[script.ordinal()] += points;
    }
  }
}
