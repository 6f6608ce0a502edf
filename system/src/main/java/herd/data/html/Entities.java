package herd.data.html;

import java.nio.charset.StandardCharsets;
import org.jsoup.parser.Parser;

/// Character references, `&amp;`.
final class Entities {
  /// Characters of a frequent reference.
  private static final int LONGEST = 6;

  private Entities() {}

  /// The UTF-8 text from `from` to `to` with its references replaced by what they stand for.
  static String decoded(byte[] page, int from, int to) {
    var text = new String(page, from, to - from, StandardCharsets.UTF_8);
    return text.indexOf('&') < 0 ? text : decoded(text);
  }

  /// Most references are one of a few.
  private static String decoded(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int mark = text.indexOf('&', i);
      if (mark < 0) {
        return out.append(text, i, text.length()).toString();
      }
      out.append(text, i, mark);
      int end = end(text, mark);
      var frequent = end < 0 ? 0 : frequent(text, mark + 1, end);
      if (frequent == 0) {
        return out.append(Parser.unescapeEntities(text.substring(mark), false)).toString();
      }
      out.append(frequent);
      i = end + 1;
    }
    return out.toString();
  }

  /// Where the semicolon of a short reference stands; negative if there is none.
  private static int end(String text, int mark) {
    int most = Math.min(text.length(), mark + LONGEST + 1);
    for (int i = mark + 1; i < most; i++) {
      if (text.charAt(i) == ';') {
        return i;
      }
    }
    return -1;
  }

  /// What a reference stands for; 0 if it is not among the frequent ones.
  private static char frequent(String text, int from, int to) {
    if (to - from > 2 && text.charAt(from) == '#') {
      return numbered(text, from + 1, to);
    }
    return switch (text.substring(from, to)) {
      case "amp" -> '&';
      case "lt" -> '<';
      case "gt" -> '>';
      case "quot" -> '"';
      case "nbsp" -> '\u00a0';
      case "apos" -> '\'';
      default -> 0;
    };
  }

  /// Of a character that stands for itself; 0 for controls, halves of pairs and what is none.
  private static char numbered(String text, int from, int to) {
    boolean hex = (text.charAt(from) | 0x20) == 'x';
    int point = 0;
    for (int i = hex ? from + 1 : from; i < to; i++) {
      int digit = Character.digit(text.charAt(i), hex ? 16 : 10);
      if (digit < 0 || text.charAt(i) > 'f') {
        return 0;
      }
      point = point * (hex ? 16 : 10) + digit;
    }
    boolean plain = point >= 0x20 && point < 0x7f || point >= 0xa0 && point < 0xd800;
    return plain ? (char) point : 0;
  }
}
