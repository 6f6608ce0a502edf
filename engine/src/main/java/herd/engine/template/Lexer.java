package herd.engine.template;

import herd.engine.template.Lexer.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Cuts a template's source into tokens, with Jinja's white space rules under `trim_blocks` and
/// `lstrip_blocks`: the line break after a block or comment goes, and so do the spaces before one
/// that starts a line; `-` takes all white space on its side, `+` leaves it.
final class Lexer {
  /// A piece of a template's source.
  /// @param text of a string its value, of others as written
  record Token(Kind kind, String text, int line) {
    enum Kind {
      TEXT,
      PRINT_BEGIN,
      PRINT_END,
      BLOCK_BEGIN,
      BLOCK_END,
      NAME,
      STRING,
      INTEGER,
      FLOAT,
      OPERATOR,
      END
    }

    boolean is(Kind wanted, String text) {
      return kind == wanted && this.text.equals(text);
    }

    /// As an error message shows it.
    String shown() {
      return switch (kind) {
        case END -> "the end of the template";
        case PRINT_END -> "'}}'";
        case BLOCK_END -> "'%}'";
        default -> "'" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "'";
      };
    }
  }

  private static final String[] OPERATORS = {
    "//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "(", ")",
    "[", "]", "{", "}", "<", ">", "="
  };

  private final String source;
  private final Budget place;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true;

  private Lexer(String source, Budget place) {
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    this.place = place;
  }

  /// @param place is told the line, for errors
  static List<Token> tokens(String source, Budget place) {
    var lexer = new Lexer(source, place);
    lexer.template();
    return lexer.tokens;
  }

  private void template() {
    while (at < source.length()) {
      int tag = tag(at);
      if (tag < 0) {
        text(at, source.length());
        at = source.length();
        break;
      }
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
      int end = tag;
      if (sign == '-') {
        while (end > at && Str.isSpace(source.charAt(end - 1))) {
          end--;
        }
      } else if (sign != '+' && kind != '{') {
        end = withoutIndent(tag);
      }
      text(at, end);
      lines(end, tag);
      at = tag + (sign == '-' || sign == '+' ? 3 : 2);
      switch (kind) {
        case '#' -> comment();
        case '{' -> inside(Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
        default -> block();
      }
    }
    tokens.add(new Token(Kind.END, "", line));
  }

  /// The next `{{`, `{%` or `{#`, or -1.
  private int tag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      char next = i + 1 < source.length() ? source.charAt(i + 1) : 0;
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  /// Where the text before a block ends: before its indentation if nothing else precedes it in
  /// its line.
  private int withoutIndent(int tag) {
    int start = tag;
    while (start > at && (source.charAt(start - 1) == ' ' || source.charAt(start - 1) == '\t')) {
      start--;
    }
    boolean first = start > at ? source.charAt(start - 1) == '\n' : lineStarts;
    return first ? start : tag;
  }

  private void text(int from, int to) {
    if (to > from) {
      tokens.add(new Token(Kind.TEXT, source.substring(from, to), line));
      lines(from, to);
    }
  }

  private void lines(int from, int to) {
    for (int i = from; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw failure("a comment that does not end");
    }
    char sign = end > at ? source.charAt(end - 1) : 0;
    lines(at, end);
    at = end + 2;
    afterTag(sign, true);
  }

  /// Drops the white space that the end of a tag takes with it.
  private void afterTag(char sign, boolean trims) {
    int from = at;
    if (sign == '-') {
      while (at < source.length() && Str.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (sign != '+' && trims && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    lines(from, at);
    lineStarts = at > from && source.charAt(at - 1) == '\n';
  }

  private void block() {
    int word = spaces(at);
    if (source.startsWith("raw", word)) {
      int close = spaces(word + 3);
      boolean minus = source.startsWith("-%}", close);
      if (minus || source.startsWith("%}", close)) {
        lines(at, close);
        at = close + (minus ? 3 : 2);
        raw(minus);
        return;
      }
    }
    inside(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
  }

  private int spaces(int from) {
    int i = from;
    while (i < source.length() && Str.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /// Everything up to `{% endraw %}` is text.
  private void raw(boolean minus) {
    if (minus) {
      afterTag('-', false);
    }
    for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
      int word = spaces(tag + (sign == '-' || sign == '+' ? 3 : 2));
      int close = spaces(word + "endraw".length());
      if (!source.startsWith("endraw", word)) {
        continue;
      }
      char last = close < source.length() ? source.charAt(close) : 0;
      int end = last == '-' || last == '+' ? close + 1 : close;
      if (!source.startsWith("%}", end)) {
        continue;
      }
      int stop = sign == '+' ? tag : withoutIndent(tag);
      while (sign == '-' && stop > at && Str.isSpace(source.charAt(stop - 1))) {
        stop--;
      }
      text(at, stop);
      lines(stop, end);
      at = end + 2;
      afterTag(last, true);
      return;
    }
    throw failure("'raw' without 'endraw'");
  }

  /// The tokens of a tag up to its end; braces that are open inside belong to expressions.
  private void inside(Kind begin, Kind end, String close) {
    tokens.add(new Token(begin, close, line));
    int opened = line;
    int open = 0;
    while (true) {
      while (at < source.length() && Str.isSpace(source.charAt(at))) {
        line += source.charAt(at) == '\n' ? 1 : 0;
        at++;
      }
      if (at == source.length()) {
        line = opened;
        throw failure("a tag that does not end");
      }
      char c = source.charAt(at);
      boolean signed = c == '-' || c == '+' && end == Kind.BLOCK_END;
      if (open == 0 && source.startsWith(close, signed ? at + 1 : at)) {
        tokens.add(new Token(end, close, line));
        at += signed ? 3 : 2;
        afterTag(signed ? c : 0, end == Kind.BLOCK_END);
        return;
      }
      if (c == '"' || c == '\'') {
        string(c);
      } else if (c >= '0' && c <= '9') {
        number();
      } else if (Character.isLetter(c) || c == '_') {
        int from = at;
        while (at < source.length() && Character.isJavaIdentifierPart(source.charAt(at))) {
          at++;
        }
        tokens.add(new Token(Kind.NAME, source.substring(from, at), line));
      } else {
        open += operator();
      }
    }
  }

  /// @return how many brackets it opens, -1 for one that closes
  private int operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        tokens.add(new Token(Kind.OPERATOR, operator, line));
        at += operator.length();
        return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
      }
    }
    throw failure("the character '" + Character.toString(source.codePointAt(at)) + "'");
  }

  private void number() {
    int from = at;
    digits();
    boolean real = false;
    if (at + 1 < source.length() && source.charAt(at) == '.' && digit(source.charAt(at + 1))) {
      real = true;
      at++;
      digits();
    }
    if (at < source.length() && (source.charAt(at) | 32) == 'e') {
      int exponent = at + 1;
      if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
        exponent++;
      }
      if (exponent < source.length() && digit(source.charAt(exponent))) {
        real = true;
        at = exponent;
        digits();
      }
    }
    String text = source.substring(from, at).replace("_", "");
    tokens.add(new Token(real ? Kind.FLOAT : Kind.INTEGER, text, line));
  }

  private void digits() {
    while (at < source.length() && (digit(source.charAt(at)) || source.charAt(at) == '_')) {
      at++;
    }
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  private void string(char quote) {
    int started = line;
    var out = new StringBuilder();
    at++;
    while (at < source.length() && source.charAt(at) != quote) {
      char c = source.charAt(at++);
      line += c == '\n' ? 1 : 0;
      if (c == '\\' && at < source.length()) {
        escape(out);
      } else {
        out.append(c);
      }
    }
    if (at == source.length()) {
      line = started;
      throw failure("a string that does not end");
    }
    at++;
    tokens.add(new Token(Kind.STRING, out.toString(), started));
  }

  /// What follows a backslash, as in Python.
  private void escape(StringBuilder out) {
    char c = source.charAt(at++);
    switch (c) {
      case 'n' -> out.append('\n');
      case 't' -> out.append('\t');
      case 'r' -> out.append('\r');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'a' -> out.append('\u0007');
      case 'v' -> out.append('\u000B');
      case '\\', '\'', '"' -> out.append(c);
      case '\n' -> line++;
      case 'x' -> code(out, 2, 16);
      case 'u' -> code(out, 4, 16);
      case 'U' -> code(out, 8, 16);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        at--;
        int length = 1;
        while (length < 3 && at + length < source.length() && octal(source.charAt(at + length))) {
          length++;
        }
        code(out, length, 8);
      }
      default -> out.append('\\').append(c);
    }
  }

  private static boolean octal(char c) {
    return c >= '0' && c <= '7';
  }

  private void code(StringBuilder out, int length, int radix) {
    try {
      int code = Integer.parseUnsignedInt(
          source.substring(at, Math.min(source.length(), at + length)), radix);
      out.appendCodePoint(code);
      at += length;
    } catch (IllegalArgumentException e) {
      throw failure("an escape that names no character");
    }
  }

  private Failure failure(String found) {
    place.at(line);
    return new Failure(found);
  }
}
