package herd.engine.text;

import java.nio.charset.StandardCharsets;

/// UTF-8 as tokenizers need it: text with lone surrogates becomes valid bytes, and bytes that
/// come in pieces become text without ever cutting a character.
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /// The bytes of `text`; a surrogate without its partner becomes U+FFFD.
  static byte[] encode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return encodeWithSurrogates(text);
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] encodeWithSurrogates(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (Character.isHighSurrogate(chars[i])
          && i + 1 < chars.length
          && Character.isLowSurrogate(chars[i + 1])) {
        i++;
      } else if (Character.isSurrogate(chars[i])) {
        chars[i] = REPLACEMENT;
      }
    }
    return new String(chars).getBytes(StandardCharsets.UTF_8);
  }

  /// Appends the text of `bytes[from..to)`. Each longest start of a character that does not go
  /// on as it must becomes one U+FFFD (Unicode's recommended practice). Unless `last`, an
  /// unfinished character at the end is left alone.
  /// @return the index of the first byte not consumed
  static int decode(byte[] bytes, int from, int to, boolean last, StringBuilder out) {
    int at = from;
    while (at < to) {
      int lead = bytes[at] & 0xFF;
      if (lead < 0x80) {
        out.append((char) lead);
        at++;
        continue;
      }
      int length = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      int code = lead & 0xFF >> length + 1;
      int good = 1;
      while (good < length && at + good < to && continues(lead, good, bytes[at + good] & 0xFF)) {
        code = code << 6 | bytes[at + good] & 0x3F;
        good++;
      }
      if (length > 1 && good == length) {
        out.appendCodePoint(code);
      } else if (!last && at + good == to && length > 1) {
        return at;
      } else {
        out.append(REPLACEMENT);
      }
      at += good;
    }
    return at;
  }

  /// Whether `next` may stand at `index` after `lead`: no overlong forms, no surrogates, nothing
  /// past U+10FFFF.
  private static boolean continues(int lead, int index, int next) {
    int low = 0x80;
    int high = 0xBF;
    if (index == 1) {
      low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : low;
      high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : high;
    }
    return next >= low && next <= high;
  }
}
