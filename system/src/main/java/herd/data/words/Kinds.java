package herd.data.words;

import java.util.Arrays;

/// What kinds of characters there are, a byte of flags each: a table for all but supplementary
/// characters, which are looked up.
final class Kinds {
  /// A letter, in the sense of Unicode's categories L*.
  static final int LETTER = 1;

  /// A letter, a number of any kind or `_`: what a word of the plain rule is made of.
  static final int WORD = 2;

  /// White space.
  static final int SPACE = 4;

  /// Punctuation and controls, as datatrove counts them: words of these alone are no words.
  static final int SYMBOL = 8;

  /// Ends a sentence in some script.
  static final int TERMINAL = 16;

  /// Ends a line in some convention.
  static final int BREAK = 32;

  /// A combining mark.
  static final int MARK = 64;

  /// Half of a supplementary character, or a lone surrogate.
  static final int SURROGATE = 128;

  /// Ranges of code points, in hexadecimal.
  private static final String SYMBOLS =
      "0-8 b-1f 21-2f 3a-40 5b-60 7b-9f ab b4 bb 2013-2014 2019 201c-201e 2026 2236 2501 25ba"
          + " 3001-3002 3008-300d 3010-3011 ff01 ff05 ff08-ff09 ff0c ff0e ff11 ff1a-ff1b ff1f"
          + " ff5e";

  private static final String TERMINALS =
      "21 2e 3f 589 61d-61f 6d4 700-702 7f9 837 839 83d-83e 964-965 104a-104b 1362 1367-1368"
          + " 166e 1735-1736 17d4-17d6 17d9-17da 1803 1809 1944-1945 1aa8-1aab 1b5a-1b5b"
          + " 1b5e-1b5f 1b7d-1b7e 1c3b-1c3c 1c7e-1c7f 203c-203d 2047-2049 2e2e 2e3c 2e53-2e54"
          + " 3002 a4ff a60e-a60f a6f3 a6f7 a876-a877 a8ce-a8cf a92f a9c8-a9c9 aa5d-aa5f"
          + " aaf0-aaf1 abeb fe52 fe56-fe57 ff01 ff0e ff1f ff61 10a56-10a57 10f55-10f59"
          + " 10f86-10f89 11047-11048 110be-110c1 11141-11143 111c5-111c6 111cd 111de-111df"
          + " 11238-11239 1123b-1123c 112a9 1144b-1144c 115c2-115c3 115c9-115d7 11641-11642"
          + " 1173c-1173e 11944 11946 11a42-11a43 11a9b-11a9c 11c41-11c42 11ef7-11ef8"
          + " 11f43-11f44 16a6e-16a6f 16af5 16b37-16b38 16b44 16e98 1bc9f 1da88";

  private static final String SPACES = "9-d 1c-20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000";
  private static final String BREAKS = "a-d 1c-1e 85 2028-2029";

  private static final int[] FAR_TERMINALS = far();
  private static final byte[] NEAR = near();

  private Kinds() {}

  /// Flags of a character, [#SURROGATE] alone for a surrogate.
  static int of(char c) {
    return NEAR[c] & 0xff;
  }

  /// Flags of a code point that is no surrogate.
  static int of(int codePoint) {
    if (codePoint < NEAR.length) {
      return NEAR[codePoint] & 0xff;
    }
    int flags = category(codePoint);
    return Arrays.binarySearch(FAR_TERMINALS, codePoint) >= 0 ? flags | TERMINAL | SYMBOL : flags;
  }

  private static int category(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER -> LETTER | WORD;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> WORD;
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
        MARK;
      default -> 0;
    };
  }

  private static byte[] near() {
    var flags = new byte[1 << 16];
    for (int c = 0; c < flags.length; c++) {
      flags[c] = (byte) category(c);
    }
    Arrays.fill(flags, Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1, (byte) SURROGATE);
    flags['_'] |= WORD;
    mark(flags, SYMBOLS, SYMBOL);
    mark(flags, TERMINALS, TERMINAL | SYMBOL);
    mark(flags, SPACES, SPACE);
    mark(flags, BREAKS, BREAK);
    return flags;
  }

  private static void mark(byte[] flags, String ranges, int flag) {
    for (int c : points(ranges)) {
      if (c < flags.length) {
        flags[c] |= (byte) flag;
      }
    }
  }

  private static int[] far() {
    return Arrays.stream(points(TERMINALS)).filter(c -> c > 0xffff).toArray();
  }

  private static int[] points(String ranges) {
    return Arrays.stream(ranges.split(" "))
        .flatMapToInt(range -> {
          int dash = range.indexOf('-');
          int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash), 16);
          int last = Integer.parseInt(range.substring(dash + 1), 16);
          return java.util.stream.IntStream.rangeClosed(first, last);
        })
        .toArray();
  }
}
