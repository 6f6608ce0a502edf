package herd.engine.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Cuts text into the pieces inside which tokens are merged, by the pattern of Llama 3, written
/// by hand over UTF-8 bytes: one pass, no backtracking, no recursion, whatever the text.
final class Llama3Splitter {
  /// The pattern this class stands for.
  static final String PATTERN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final byte OTHER = 0;
  static final byte LETTER = 1;
  private static final byte NUMBER = 2;
  private static final byte SPACE = 3;
  static final byte NEWLINE = 4;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] ASCII = new byte[128];

  static {
    for (int c = 0; c < ASCII.length; c++) {
      ASCII[c] = classify(c);
    }
  }

  private Llama3Splitter() {}

  /// The end of the piece that starts at `at` in valid UTF-8; `at < to`.
  static int end(byte[] utf8, int at, int to) {
    byte first = utf8[at];
    int next = at + width(first);
    byte kind = kind(utf8, at);
    if (kind == LETTER) {
      return letters(utf8, next, to);
    }
    if (kind == NUMBER) {
      return numbers(utf8, next, to);
    }
    if (first == '\'') {
      int end = contraction(utf8, next, to);
      if (end > 0) {
        return end;
      }
    }
    if (kind != NEWLINE && next < to && kind(utf8, next) == LETTER) {
      return letters(utf8, next, to);
    }
    if (kind == OTHER || first == ' ' && next < to && kind(utf8, next) == OTHER) {
      return others(utf8, next, to);
    }
    return spaces(utf8, at, to);
  }

  private static int letters(byte[] utf8, int from, int to) {
    int at = from;
    while (at <= to - 8) {
      int letters = asciiLetters((long) LONG.get(utf8, at));
      at += letters;
      if (letters < 8) {
        if (utf8[at] >= 0) {
          return at;
        }
        break;
      }
    }
    while (at < to && kind(utf8, at) == LETTER) {
      at += width(utf8[at]);
    }
    return at;
  }

  /// How many of the eight bytes, from the lowest on, are ASCII letters.
  private static int asciiLetters(long eight) {
    long lower = (eight | 0x2020202020202020L) & 0x7F7F7F7F7F7F7F7FL;
    long fromA = lower + 0x1F1F1F1F1F1F1F1FL; // sets the highest bit of each byte from 'a' on
    long afterZ = lower + 0x0505050505050505L; // and of each byte after 'z'
    long others = ~(fromA & ~afterZ & ~eight) & 0x8080808080808080L;
    return Long.numberOfTrailingZeros(others) >>> 3;
  }

  private static int numbers(byte[] utf8, int from, int to) {
    int at = from;
    for (int more = 0; more < 2 && at < to && kind(utf8, at) == NUMBER; more++) {
      at += width(utf8[at]);
    }
    return at;
  }

  private static int others(byte[] utf8, int from, int to) {
    int at = from;
    while (at < to && kind(utf8, at) == OTHER) {
      at += width(utf8[at]);
    }
    while (at < to && (utf8[at] == '\n' || utf8[at] == '\r')) {
      at++;
    }
    return at;
  }

  /// A run of white space: up to its last line break if it has one; else all of it at the end of
  /// the text; else all but
  /// its last character, which belongs to what follows, unless it is the only one.
  private static int spaces(byte[] utf8, int from, int to) {
    int at = from;
    int lastStart = from;
    int afterBreak = -1;
    while (at < to) {
      byte kind = kind(utf8, at);
      if (kind < SPACE) {
        break;
      }
      lastStart = at;
      at += width(utf8[at]);
      if (kind == NEWLINE) {
        afterBreak = at;
      }
    }
    if (afterBreak >= 0) {
      return afterBreak;
    }
    return at == to || lastStart == from ? at : lastStart;
  }

  /// The end of `s t re ve m ll d` at `at`, in any case (U+017F is an `s` too), or -1.
  private static int contraction(byte[] utf8, int at, int to) {
    if (at == to) {
      return -1;
    }
    int c = lower(utf8[at]);
    int d = at + 1 < to ? lower(utf8[at + 1]) : 0;
    boolean one = c == 's' || c == 't' || c == 'm' || c == 'd';
    if (one) {
      return at + 1;
    }
    boolean two = (c == 'r' || c == 'v') && d == 'e' || c == 'l' && d == 'l';
    boolean longS = utf8[at] == (byte) 0xC5 && d == 0xBF;
    return two || longS ? at + 2 : -1;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b & 0xFF;
  }

  static int width(byte lead) {
    return lead >= 0 ? 1 : (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : 4;
  }

  static byte kind(byte[] utf8, int at) {
    int b = utf8[at];
    if (b >= 0) {
      return ASCII[b];
    }
    return switch (width(utf8[at])) {
      case 2 -> classify((b & 0x1F) << 6 | utf8[at + 1] & 0x3F);
      case 3 -> classify((b & 0x0F) << 12 | (utf8[at + 1] & 0x3F) << 6 | utf8[at + 2] & 0x3F);
      default ->
        classify((b & 0x07) << 18
            | (utf8[at + 1] & 0x3F) << 12
            | (utf8[at + 2] & 0x3F) << 6
            | utf8[at + 3] & 0x3F);
    };
  }

  private static byte classify(int code) {
    if (code == '\n' || code == '\r') {
      return NEWLINE;
    }
    return switch ((byte) Character.getType(code)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER -> LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
        NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
        SPACE;
      case Character.CONTROL -> code >= '\t' && code <= '\r' || code == 0x85 ? SPACE : OTHER;
      default -> OTHER;
    };
  }
}
