package herd.engine.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// UTF-8 as tokenizers need it: text with lone surrogates becomes valid bytes, and bytes that
/// come in pieces become text without ever cutting a character.
public final class Utf8 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /// The bytes of `text`; a surrogate without its partner becomes U+FFFD.
  public static byte[] encode(String text) {
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

  /// The index of the first byte of `bytes[from..to)` that does not belong to a whole character
  /// of UTF-8, -1 if there is none.
  public static int invalid(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (at + 8 <= to && ((long) LONG.get(bytes, at) & 0x8080808080808080L) == 0) {
        at += 8;
        continue;
      }
      int good = character(bytes, at, to);
      if (good <= 0) {
        return at;
      }
      at += good;
    }
    return -1;
  }

  /// How many bytes the character at `at` has; if it is broken, minus the number of bytes until
  /// one that may begin another (Unicode's recommended practice).
  private static int character(byte[] bytes, int at, int to) {
    int lead = bytes[at] & 0xFF;
    if (lead < 0x80) {
      return 1;
    }
    int length = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    int good = 1;
    while (good < length && at + good < to && continues(lead, good, bytes[at + good] & 0xFF)) {
      good++;
    }
    return length > 1 && good == length ? length : -good;
  }

  /// How many stretches of `bytes[from..to)` become one U+FFFD each.
  public static int invalidCount(byte[] bytes, int from, int to) {
    int count = 0;
    for (int at = from; at < to; ) {
      int good = character(bytes, at, to);
      count += good < 0 ? 1 : 0;
      at += Math.abs(good);
    }
    return count;
  }

  /// `bytes[from..to)` as valid UTF-8: what is broken becomes U+FFFD.
  public static byte[] replaced(byte[] bytes, int from, int to) {
    var text = new StringBuilder();
    decode(bytes, from, to, true, text);
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// The end of the last whole character of `bytes[from..to)`: `to`, or a little before if the
  /// last character may go on.
  public static int whole(byte[] bytes, int from, int to) {
    int at = to;
    while (at > from && at > to - 4) {
      int b = bytes[--at];
      if (b >= 0) {
        return to;
      }
      if ((b & 0xC0) == 0xC0) {
        return at + Llama3Splitter.width((byte) b) <= to ? to : at;
      }
    }
    return to;
  }

  /// How many characters valid UTF-8 has.
  public static int characters(byte[] utf8, int from, int to) {
    int more = 0; // bytes that begin no character
    for (int i = from; i < to; i++) {
      more += (utf8[i] & 0xC0) == 0x80 ? 1 : 0;
    }
    return to - from - more;
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
