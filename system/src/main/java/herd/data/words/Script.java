package herd.data.words;

/// How scripts are written, as far as the length of their words goes.
enum Script {
  /// Letters for sounds, blanks between words: Latin, Cyrillic, Arabic, Devanagari and most others.
  ALPHABET(0, 0, Integer.MAX_VALUE),

  /// Korean: blanks between words, a sign for a syllable.
  HANGUL(1.5, 7, Integer.MAX_VALUE),

  /// Chinese signs: words of two, mostly, and no blanks.
  HAN(1.2, 2, 2),

  /// Hiragana and Katakana, no blanks.
  KANA(1.2, 8, 8),

  /// Thai, Lao, Khmer, Myanmar: letters for sounds, no blanks between words.
  SOUTHEAST(2, 12, 4);

  private final double min;
  private final double max;

  /// Letters of the longest piece that stands for a word where there are no blanks.
  final int piece;

  Script(double min, double max, int piece) {
    this.min = min;
    this.max = max;
    this.piece = piece;
  }

  private static final int FIRST_SPACELESS = 0x0e00;

  /// The script of a letter.
  static Script of(int point) {
    if (point < FIRST_SPACELESS) {
      return ALPHABET;
    }
    if (in(point, 0x0e00, 0x0eff)
        || in(point, 0x1000, 0x109f)
        || in(point, 0x1780, 0x17ff)
        || in(point, 0x1a20, 0x1aaf)
        || in(point, 0xa9e0, 0xa9ff)
        || in(point, 0xaa60, 0xaadf)) {
      return SOUTHEAST;
    }
    if (in(point, 0x3041, 0x30ff) || in(point, 0x31f0, 0x31ff) || in(point, 0xff66, 0xff9f)) {
      return KANA;
    }
    if (in(point, 0x2e80, 0x2fdf)
        || in(point, 0x3005, 0x3007)
        || in(point, 0x3400, 0x9fff)
        || in(point, 0xf900, 0xfaff)
        || in(point, 0x20000, 0x3ffff)) {
      return HAN;
    }
    return in(point, 0x1100, 0x11ff) || in(point, 0x3130, 0x318f) || in(point, 0xac00, 0xd7ff)
        ? HANGUL
        : ALPHABET;
  }

  private static boolean in(int point, int first, int last) {
    return point >= first && point <= last;
  }

  /// The script of most of a text's words.
  static Script of(TextStats text) {
    var most = ALPHABET;
    for (var script : values()) {
      if (text.scriptWords[script.ordinal()] > text.scriptWords[most.ordinal()]) {
        most = script;
      }
    }
    return most;
  }

  /// Whether the mean length of the words of this script is under (-1) or over (1) its bounds.
  /// @param alphabetMin least mean length in an alphabet
  /// @param alphabetMax largest
  int side(TextStats text, double alphabetMin, double alphabetMax) {
    double mean = text.rule == WordRule.PLAIN
        ? text.meanWordLength()
        : (double) text.scriptPoints[ordinal()] / text.scriptWords[ordinal()];
    boolean alphabet = this == ALPHABET;
    if (mean < (alphabet ? alphabetMin : min)) {
      return -1;
    }
    return mean > (alphabet ? alphabetMax : max) ? 1 : 0;
  }
}
