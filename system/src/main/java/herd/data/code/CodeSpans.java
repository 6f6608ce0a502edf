package herd.data.code;

import herd.data.code.Language.Style;

/// Cuts source code into comments (also those that Python writes as literals), literals and the
/// rest, by the signs of its language alone. What
/// it does not understand (regular expressions, literals with signs of their own, a literal that
/// is not closed) costs at most the line that it stands on, or, where literals span lines, the
/// rest of the text. Time grows with the text's length alone.
final class CodeSpans {
  /// What a piece of source code is.
  enum Kind {
    /// With its signs.
    COMMENT,
    /// With its quotes.
    LITERAL,
    /// Everything else.
    CODE
  }

  /// Takes the pieces, in order and without gaps; none is empty.
  @FunctionalInterface
  interface Each {
    /// @param end beyond the last character
    void take(Kind kind, int start, int end);
  }

  private final String text;
  private final Style style;

  private CodeSpans(String text, Style style) {
    this.text = text;
    this.style = style;
  }

  /// @param language null for one without comments and literals
  static void each(String text, Language language, Each each) {
    each(text, 0, text.length(), language, each);
  }

  /// The pieces of `text[from..to)`.
  static void each(String text, int from, int to, Language language, Each each) {
    var style = language == null ? Style.NONE : language.style();
    new CodeSpans(text.substring(0, to), style).run(from, each);
  }

  private void run(int from, Each each) {
    int done = from;
    int n = text.length();
    for (int i = from; i < n; ) {
      char c = text.charAt(i);
      if (Character.isLetterOrDigit(c) || c == ' ' || c == '\n' || c == '.' || c == ',') {
        i++;
        continue;
      }
      int end = comment(i, c);
      var kind = Kind.COMMENT;
      if (end == i) {
        end = literal(i, c);
        kind = Kind.LITERAL;
      }
      if (end == i) {
        i++;
        continue;
      }
      if (i > done) {
        each.take(Kind.CODE, done, i);
      }
      each.take(kind, i, end);
      i = end;
      done = end;
    }
    if (n > done) {
      each.take(Kind.CODE, done, n);
    }
  }

  /// End of the comment that begins at `i`; `i` if none does.
  private int comment(int i, char c) {
    return switch (style) {
      case SLASH, SLASH_BACK_QUOTES, RUST -> c == '/' ? slashes(i) : i;
      case PHP -> c == '/' ? slashes(i) : c == '#' && !text.startsWith("#[", i) ? line(i) : i;
      case HASH -> c == '#' && hashBegins(i) ? line(i) : i;
      case PYTHON ->
        c == '#'
            ? line(i)
            : threeTimes(i, c) && alone(i) ? until(text.substring(i, i + 3), i + 1) : i;
      case DASHES ->
        text.startsWith("--[[", i)
            ? until("]]", i)
            : text.startsWith("--", i) ? line(i) : text.startsWith("/*", i) ? until("*/", i) : i;
      case PERCENT -> c == '%' && !(i > 0 && text.charAt(i - 1) == '\\') ? line(i) : i;
      case SEMICOLON -> c == ';' ? line(i) : i;
      case EXCLAMATION -> c == '!' ? line(i) : i;
      case QUOTE -> c == '\'' ? line(i) : i;
      case STARS -> text.startsWith("/*", i) ? until("*/", i) : i;
      case PARENTHESES ->
        text.startsWith("(*", i) && !text.startsWith("(*)", i)
            ? until("*)", i)
            : text.startsWith("//", i) ? line(i) : i;
      case ANGLES -> text.startsWith("<!--", i) ? until("-->", i) : i;
      case NONE -> i;
    };
  }

  private int slashes(int i) {
    return text.startsWith("//", i) ? line(i) : text.startsWith("/*", i) ? until("*/", i) : i;
  }

  /// In shells and Perl `$#` and `x#y` are none.
  private boolean hashBegins(int i) {
    return i == 0 || " \t\n\r;)}]>".indexOf(text.charAt(i - 1)) >= 0;
  }

  private int line(int i) {
    int end = text.indexOf('\n', i);
    return end < 0 ? text.length() : end;
  }

  private int until(String close, int i) {
    int end = text.indexOf(close, i + 2);
    return end < 0 ? text.length() : end + close.length();
  }

  /// End of the literal that begins at `i`; `i` if none does.
  private int literal(int i, char c) {
    return switch (style) {
      case NONE, ANGLES, PERCENT, STARS -> i;
      case SEMICOLON, QUOTE, PARENTHESES -> c == '"' ? quoted(i, c, true) : i;
      case PYTHON, SLASH ->
        c != '"' && c != '\''
            ? i
            : threeTimes(i, c) ? until(String.valueOf(c).repeat(3), i + 1) : quoted(i, c, false);
      case RUST ->
        c == '"' ? quoted(i, c, true) : c == '\'' && closesSoon(i) ? quoted(i, c, false) : i;
      case SLASH_BACK_QUOTES, PHP, HASH, DASHES, EXCLAMATION ->
        c == '`' && style == Style.SLASH_BACK_QUOTES
            ? quoted(i, c, true)
            : c == '"' || c == '\'' ? quoted(i, c, false) : i;
    };
  }

  private boolean threeTimes(int i, char c) {
    return (c == '"' || c == '\'')
        && i + 2 < text.length()
        && text.charAt(i + 1) == c
        && text.charAt(i + 2) == c;
  }

  /// Whether nothing but white space, and a letter such as `r`, stands before `i` on its line: the
  /// literal says what the code is for.
  private boolean alone(int i) {
    int at = i - 1;
    while (at >= 0 && "rRuUbB".indexOf(text.charAt(at)) >= 0 && i - at <= 2) {
      at--;
    }
    while (at >= 0 && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at--;
    }
    return at < 0 || text.charAt(at) == '\n';
  }

  private boolean closesSoon(int i) {
    int close = text.indexOf('\'', i + 1);
    return close > 0 && (close - i <= 3 || text.charAt(i + 1) == '\\' && close - i < 14);
  }

  /// End of the literal up to its quote, or the end of the line where it is not closed on it.
  private int quoted(int i, char quote, boolean lines) {
    for (int at = i + 1; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == quote) {
        return at + 1;
      }
      if (c == '\\') {
        at++;
      } else if (c == '\n' && !lines) {
        return at;
      }
    }
    return text.length();
  }
}
