package herd.data.words;

/// Phrases of place-holders, scripts and notices, found in one pass whatever their case.
final class Phrases {
  static final int LOREM = 1;
  static final int JAVASCRIPT = 2;
  static final int BRACE = 4;
  static final int POLICY = 8;

  private Phrases() {}

  /// Flags of what stands in `chars[from..to)`.
  static int in(char[] chars, int from, int to) {
    int found = 0;
    for (int i = from; i < to; i++) {
      found |= switch (chars[i]) {
        case '{' -> BRACE;
        case 'l', 'L' -> at(chars, i, to, "lorem ipsum", LOREM);
        case 'j', 'J' -> at(chars, i, to, "javascript", JAVASCRIPT);
        case 't', 'T' -> at(chars, i, to, "terms of use", POLICY);
        case 'p', 'P' -> at(chars, i, to, "privacy policy", POLICY);
        case 'c', 'C' -> at(chars, i, to, "cookie policy", POLICY);
        case 'u', 'U' ->
          at(chars, i, to, "uses cookies", POLICY)
              | at(chars, i, to, "use of cookies", POLICY)
              | at(chars, i, to, "use cookies", POLICY);
        default -> 0;
      };
    }
    return found;
  }

  private static int at(char[] chars, int start, int end, String phrase, int flag) {
    int length = phrase.length();
    if (end - start < length) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      char c = chars[start + i];
      char lower =
          c >= 'A' && c <= 'Z' ? (char) (c + 32) : c == '\u212a' ? 'k' : c; // Kelvin's sign
      if (lower != phrase.charAt(i)) {
        return 0;
      }
    }
    return flag;
  }
}
