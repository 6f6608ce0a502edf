package herd.data.html;

import java.nio.charset.StandardCharsets;
import org.jsoup.parser.Parser;

/// Character references, `&amp;`.
final class Entities {
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
      int end = text.indexOf(';', mark);
      var frequent = end < 0 || end - mark > 6 ? 0 : frequent(text, mark + 1, end);
      if (frequent == 0) {
        return out.append(Parser.unescapeEntities(text.substring(mark), false)).toString();
      }
      out.append(frequent);
      i = end + 1;
    }
    return out.toString();
  }

  private static char frequent(String text, int from, int to) {
    return switch (text.substring(from, to)) {
      case "amp" -> '&';
      case "lt" -> '<';
      case "gt" -> '>';
      case "quot" -> '"';
      case "nbsp" -> '\u00a0';
      case "#39", "#039", "apos" -> '\'';
      default -> 0;
    };
  }
}
