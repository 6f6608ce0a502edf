package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Codes;
import herd.engine.automaton.Expr;
import java.util.ArrayList;
import java.util.List;

/// Reads a regular expression: literals, `.`, classes, groups, choices, repetitions, `^` and `$`,
/// in the syntax that JavaScript (with the flag `u`) and Java share. What looks around or back,
/// and flags, are refused by name: no finite automaton of reasonable size stands for them.
final class Regex {
  private static final int DEPTH = 250;
  private static final int COUNT = 100_000;

  private final String text;
  private final String where;
  private int at;
  private int depth;

  private Regex(String text, String where) {
    this.text = text;
    this.where = where;
  }

  /// @throws UserError naming the position
  static Expr read(String text, String where) {
    var regex = new Regex(text, where);
    Expr out = regex.choice();
    if (regex.at < text.length()) {
      throw regex.error("a closing parenthesis without an opening one", "Write \\) for the sign.");
    }
    return out;
  }

  private UserError error(String found, String remedy) {
    return new UserError(where + ", position " + (at + 1) + " of the pattern", found, remedy);
  }

  private boolean more() {
    return at < text.length();
  }

  private boolean peek(char c) {
    return more() && text.charAt(at) == c;
  }

  private boolean take(String word) {
    boolean there = text.startsWith(word, at);
    if (there) {
      at += word.length();
    }
    return there;
  }

  private Expr choice() {
    if (++depth > DEPTH) {
      throw error("more than " + DEPTH + " groups inside each other", "Write a flatter pattern.");
    }
    var parts = new ArrayList<Expr>();
    do {
      parts.add(sequence());
    } while (take("|"));
    depth--;
    return parts.size() == 1 ? parts.getFirst() : new Expr.Alt(parts);
  }

  private Expr sequence() {
    var parts = new ArrayList<Expr>();
    while (more() && !peek('|') && !peek(')')) {
      parts.add(repeated());
    }
    return parts.size() == 1 ? parts.getFirst() : new Expr.Seq(parts);
  }

  private Expr repeated() {
    Expr part = atom();
    while (more()) {
      int min;
      int max;
      if (take("*")) {
        min = 0;
        max = -1;
      } else if (take("+")) {
        min = 1;
        max = -1;
      } else if (take("?")) {
        min = 0;
        max = 1;
      } else if (peek('{') && counts()) {
        at++;
        min = count();
        max = take(",") ? peek('}') ? -1 : count() : min;
        if (max >= 0 && max < min) {
          throw error("a repetition from " + min + " to " + max, "Write the smaller count first.");
        }
        at++;
      } else {
        break;
      }
      take("?"); // a lazy repetition has the same language
      if (peek('+')) {
        throw error("a possessive repetition", "Leave the second + out.");
      }
      part = new Expr.Repeat(part, min, max);
    }
    return part;
  }

  /// Whether `{` begins counts: `{3}`, `{3,}` or `{3,5}`.
  private boolean counts() {
    int end = text.indexOf('}', at);
    return end > 0 && text.substring(at + 1, end).matches("[0-9]+(,[0-9]*)?");
  }

  private int count() {
    int from = at;
    while (more() && Character.digit(text.charAt(at), 10) >= 0) {
      at++;
    }
    int count = at - from > 6 ? COUNT + 1 : Integer.parseInt(text.substring(from, at));
    if (count > COUNT) {
      throw error("a count above " + COUNT, "Lower it.");
    }
    return count;
  }

  private Expr atom() {
    char c = text.charAt(at);
    switch (c) {
      case '(' -> {
        return group();
      }
      case '[' -> {
        return new Expr.Chars(set());
      }
      case '.' -> {
        at++;
        return new Expr.Chars(Codes.of('\n', '\n', '\r', '\r', 0x2028, 0x2029).not());
      }
      case '^', '$' -> {
        at++;
        return new Expr.Edge(c == '^');
      }
      case '*', '+', '?' -> throw error("'" + c + "' with nothing before it", "Write \\" + c + ".");
      case '\\' -> {
        return new Expr.Chars(escape(false));
      }
      default -> {
        int code = text.codePointAt(at);
        at += Character.charCount(code);
        return new Expr.Chars(one(code));
      }
    }
  }

  private Codes one(int code) {
    var codes = Codes.of(code, code);
    if (codes.isEmpty()) {
      throw error("half of a surrogate pair", "Write the whole character.");
    }
    return codes;
  }

  private Expr group() {
    at++;
    for (String look : List.of("?=", "?!", "?<=", "?<!")) {
      if (text.startsWith(look, at)) {
        throw error("look-around (" + look, "Say what the text is, not what stands around it.");
      }
    }
    if (take("?<") || take("?P<")) {
      int end = text.indexOf('>', at);
      at = end < 0 ? text.length() : end + 1;
    } else if (text.startsWith("?", at) && !take("?:")) {
      throw error(
          "a flag or special group (" + text.substring(at, Math.min(at + 3, text.length())),
          "Use plain groups: (…), (?:…) or (?<name>…).");
    }
    Expr inside = choice();
    if (!take(")")) {
      throw error("the end inside a group", "Close it with a parenthesis.");
    }
    return inside;
  }

  private Codes set() {
    at++;
    boolean not = take("^");
    var codes = Codes.NONE;
    while (!peek(']')) {
      if (!more()) {
        throw error("the end inside a class", "Close it with ].");
      }
      if (text.startsWith("&&", at) || text.startsWith("[:", at)) {
        throw error("an operation on classes", "Write out the characters.");
      }
      Codes low = member();
      boolean single = low.ranges() == 1 && low.low(0) == low.high(0);
      if (peek('-') && at + 1 < text.length() && text.charAt(at + 1) != ']' && single) {
        at++;
        Codes high = member();
        if (high.ranges() != 1 || high.low(0) != high.high(0) || high.low(0) < low.low(0)) {
          throw error("a range that does not go up", "Write the smaller character first.");
        }
        low = Codes.of(low.low(0), high.low(0));
      }
      codes = codes.or(low);
    }
    at++;
    return not ? codes.not() : codes;
  }

  private Codes member() {
    if (peek('\\')) {
      return escape(true);
    }
    if (!more()) {
      throw error("the end inside a class", "Close it with ].");
    }
    int code = text.codePointAt(at);
    at += Character.charCount(code);
    return one(code);
  }

  private Codes escape(boolean inClass) {
    at++;
    if (!more()) {
      throw error("the end after a backslash", "Write \\\\ for the sign.");
    }
    int code = text.codePointAt(at);
    at += Character.charCount(code);
    return switch (code) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.not();
      case 'w' -> WORD;
      case 'W' -> WORD.not();
      case 's' -> SPACE;
      case 'S' -> SPACE.not();
      case 't' -> one('\t');
      case 'n' -> one('\n');
      case 'r' -> one('\r');
      case 'f' -> one('\f');
      case 'v' -> one(0x0B);
      case '0' -> one(0);
      case 'x' -> one(hex(2));
      case 'u' -> unicode();
      case 'p', 'P' -> {
        var codes = Categories.named(property(), this::error);
        yield code == 'p' ? codes : codes.not();
      }
      case 'b' -> {
        if (inClass) {
          yield one('\b');
        }
        throw error("the word boundary \\b", "Say what the text is, not what stands around it.");
      }
      case 'B', 'A', 'z', 'Z', 'G' ->
        throw error("the boundary \\" + (char) code, "Use ^ and $ for begin and end.");
      case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
        throw error("the back reference \\" + (char) code, "Write the choices out.");
      default -> {
        if (code < 128 && Character.isLetterOrDigit(code)) {
          throw error("the escape \\" + (char) code, "Write the character without backslash.");
        }
        yield one(code);
      }
    };
  }

  private Codes unicode() {
    if (take("{")) {
      int end = text.indexOf('}', at);
      if (end < 0 || end - at > 6 || end == at) {
        throw error("an escape \\u{ without its end", "Write up to six hexadecimal digits and }.");
      }
      int code = hex(end - at);
      at++;
      if (code > Character.MAX_CODE_POINT) {
        throw error("a code point above 10FFFF", "Lower it.");
      }
      return one(code);
    }
    int code = hex(4);
    if (Character.isHighSurrogate((char) code) && take("\\u")) {
      int low = hex(4);
      if (Character.isLowSurrogate((char) low)) {
        code = Character.toCodePoint((char) code, (char) low);
      }
    }
    return one(code);
  }

  private int hex(int digits) {
    int code = 0;
    for (int i = 0; i < digits; i++, at++) {
      int digit = more() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        throw error("an escape without " + digits + " hexadecimal digits", "Complete it.");
      }
      code = code << 4 | digit;
    }
    return code;
  }

  private String property() {
    int end = take("{") ? text.indexOf('}', at) : at + 1;
    if (end < at || end > text.length()) {
      throw error("a property without its end", "Write \\p{L}, say.");
    }
    String name = text.substring(at, end);
    at = end < text.length() && text.charAt(end) == '}' ? end + 1 : end;
    return name;
  }

  private static final Codes DIGITS = Codes.of('0', '9');
  private static final Codes WORD = Codes.of('0', '9', 'A', 'Z', 'a', 'z', '_', '_');
  private static final Codes SPACE = Codes.of(
      '\t', '\r', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F,
      0x202F, 0x205F, 0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF);
}
