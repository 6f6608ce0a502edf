package herd.data.dedup;

/// The Greek capital sigma, whose small letter is another at the end of a word.
final class Sigma {
  private Sigma() {}

  /// Whether the sigma at `at` has a letter before it and none after it, signs within words aside.
  static boolean endsWord(String text, int at) {
    int before = at;
    while (before > 0 && ignored(text.codePointBefore(before))) {
      before -= Character.charCount(text.codePointBefore(before));
    }
    if (before == 0 || !cased(text.codePointBefore(before))) {
      return false;
    }
    int after = at + 1;
    while (after < text.length() && ignored(text.codePointAt(after))) {
      after += Character.charCount(text.codePointAt(after));
    }
    return after == text.length() || !cased(text.codePointAt(after));
  }

  private static boolean cased(int point) {
    return Character.isUpperCase(point)
        || Character.isLowerCase(point)
        || Character.isTitleCase(point);
  }

  private static boolean ignored(int point) {
    return switch (Character.getType(point)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL -> true;
      default -> "'’.:·‧︓﹕．﹒＇".indexOf(point) >= 0;
    };
  }
}
