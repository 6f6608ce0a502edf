package herd.data.dedup;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What becomes of each character in simple text ([Simplifier]).
final class Simple {
  /// Kinds of codes, in their upper eight bits; 1 to 3 are as many bytes, in the lower ones.
  static final int SPACE = 4;

  static final int NOTHING = 5;
  static final int LONG = 6; // more than three bytes
  static final int SLOW = 7; // depends on what stands around

  /// Ranges of what counts as punctuation and as white space, in hexadecimal.
  private static final String BLANK =
      "0-20 21-2f 3a-40 5b-60 7b-a0 ab b4 bb 1680 2000-200a 2013-2014 2019 201c-201e 2026"
          + " 2028-2029 202f 205f 2236 2501 25ba 3000-3002 3008-300d 3010-3011 ff01 ff05"
          + " ff08-ff09 ff0c ff0e ff1a-ff1b ff1f ff5e";

  static final Simple TABLE = new Simple();

  private final int[] codes = new int[1 << 16];
  private final List<byte[]> several = new ArrayList<>();

  private Simple() {
    for (char c = 0; c < Character.MAX_VALUE; c++) {
      codes[c] = Character.isDigit(c) ? SLOW << 24 : code(utf8(bare(String.valueOf(c))));
    }
    for (var range : BLANK.split(" ")) {
      int dash = range.indexOf('-');
      int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash), 16);
      int last = Integer.parseInt(range.substring(dash + 1), 16);
      Arrays.fill(codes, first, last + 1, SPACE << 24);
    }
    Arrays.fill(codes, Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1, SLOW << 24);
    codes['Σ'] = SLOW << 24;
    codes[Character.MAX_VALUE] = code(utf8("\uffff"));
  }

  private int code(byte[] bytes) {
    if (bytes.length == 0) {
      return NOTHING << 24;
    }
    if (bytes.length > 3) {
      several.add(bytes);
      return LONG << 24 | several.size() - 1;
    }
    int code = bytes.length << 8 * (3 - bytes.length);
    for (byte b : bytes) {
      code = code << 8 | b & 0xff;
    }
    return code;
  }

  int code(char c) {
    return codes[c];
  }

  byte[] longer(int code) {
    return several.get(code & 0xffffff);
  }

  /// In small letters and without accents.
  static String bare(String character) {
    var small = character.toLowerCase(Locale.ROOT);
    if (small.length() == 1 && small.charAt(0) < 0x80) {
      return small;
    }
    var apart = Normalizer.normalize(small, Normalizer.Form.NFD);
    var bare = new StringBuilder();
    apart
        .codePoints()
        .filter(point -> Character.getType(point) != Character.NON_SPACING_MARK)
        .forEach(bare::appendCodePoint);
    return bare.toString();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
