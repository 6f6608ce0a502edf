package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Codes;
import herd.engine.automaton.Expr;
import herd.engine.automaton.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads grammars written as text, in the notation of GBNF: `name ::= choices`, literals in
/// quotation marks, classes in brackets, groups, `* + ? {m,n}`, `.` and comments after `#`. The
/// text is what the rule `root` says.
final class TextGrammar {
  private static final int DEPTH = 250;
  private static final int COUNT = 100_000;

  private final String text;
  private final String where;
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final List<Expr> bodies = new ArrayList<>(); // by number; null until defined
  private final List<Integer> lines = new ArrayList<>(); // of the definition or first use
  private int at;
  private int depth;
  private int line = 1;
  private int counted; // characters whose line ends are in `line`

  private TextGrammar(String text, String where) {
    this.text = text;
    this.where = where;
  }

  /// @throws UserError naming the line
  static Rules read(String text, String where) {
    return new TextGrammar(text, where).rules();
  }

  private Rules rules() {
    int root = number("root", 1);
    for (space(true); at < text.length(); space(true)) {
      int line = line(at);
      int rule = number(name(), line);
      space(false);
      if (!take("::=")) {
        throw error("no ::= after the name of a rule", "Write name ::= what it says.");
      }
      if (bodies.get(rule) != null) {
        throw error("a second rule of the same name", "Join the two with |.");
      }
      space(true);
      lines.set(rule, line);
      bodies.set(rule, choice(false));
    }
    var rules = new Rules(where);
    for (var entry : numbers.entrySet()) {
      int rule = entry.getValue();
      if (bodies.get(rule) == null) {
        throw new UserError(
            where + ":" + lines.get(rule),
            rule == root ? "no rule root" : "the rule " + entry.getKey() + " is not defined",
            "Add " + entry.getKey() + " ::= …");
      }
      rules.add(where + ":" + lines.get(rule) + ": rule " + entry.getKey(), true);
      rules.define(rule, bodies.get(rule));
    }
    return rules;
  }

  private int number(String name, int line) {
    Integer old = numbers.putIfAbsent(name, numbers.size());
    if (old == null) {
      bodies.add(null);
      lines.add(line);
      return numbers.size() - 1;
    }
    return old;
  }

  /// The line of a place, which is never before the one asked for last.
  private int line(int place) {
    for (; counted < place; counted++) {
      line += text.charAt(counted) == '\n' ? 1 : 0;
    }
    return line;
  }

  private UserError error(String found, String remedy) {
    return new UserError(where + ":" + line(Math.min(at, text.length())), found, remedy);
  }

  private boolean peek(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private boolean take(String word) {
    boolean there = text.startsWith(word, at);
    if (there) {
      at += word.length();
    }
    return there;
  }

  /// Skips blanks and comments; new lines only where the rule cannot end.
  private void space(boolean lines) {
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at + 1 < text.length() && text.charAt(at + 1) != '\n') {
          at++;
        }
      } else if (c != ' ' && c != '\t' && !(lines && (c == '\n' || c == '\r'))) {
        return;
      }
    }
  }

  private String name() {
    int from = at;
    while (at < text.length() && letter(text.charAt(at))) {
      at++;
    }
    if (from == at) {
      throw error("something that is no rule", "Write name ::= what it says.");
    }
    return text.substring(from, at);
  }

  private static boolean letter(char c) {
    return c < 128 && Character.isLetterOrDigit(c) || c == '-' || c == '_';
  }

  /// A line that begins with | goes on with the choices of the one before.
  private Expr choice(boolean inGroup) {
    if (++depth > DEPTH) {
      throw error("more than " + DEPTH + " groups inside each other", "Name some of them.");
    }
    var parts = new ArrayList<Expr>();
    do {
      space(true);
      parts.add(sequence(inGroup));
      int end = at;
      space(true);
      if (!peek('|')) {
        at = end;
      }
    } while (take("|"));
    depth--;
    return parts.size() == 1 ? parts.getFirst() : new Expr.Alt(parts);
  }

  private Expr sequence(boolean inGroup) {
    var parts = new ArrayList<Expr>();
    for (space(inGroup); at < text.length(); space(inGroup)) {
      char c = text.charAt(at);
      if (c == '|' || c == ')' && inGroup || c == '\n' || c == '\r') {
        break;
      }
      parts.add(repeated(atom()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Expr.Seq(parts);
  }

  private Expr atom() {
    char c = text.charAt(at);
    if (c == '"') {
      return literal();
    }
    if (c == '[') {
      return new Expr.Chars(set());
    }
    if (take("(")) {
      Expr inside = choice(true);
      space(true);
      if (!take(")")) {
        throw error("a group that is not closed", "Close it with a parenthesis.");
      }
      return inside;
    }
    if (take(".")) {
      return new Expr.Chars(Codes.ALL);
    }
    if (letter(c)) {
      int line = line(at);
      return new Expr.Ref(number(name(), line));
    }
    throw error("'" + c + "' where a part of a rule should stand", "Put literals in \"…\".");
  }

  private Expr repeated(Expr atom) {
    Expr part = atom;
    while (at < text.length()) {
      if (take("*")) {
        part = new Expr.Repeat(part, 0, -1);
      } else if (take("+")) {
        part = new Expr.Repeat(part, 1, -1);
      } else if (take("?")) {
        part = new Expr.Repeat(part, 0, 1);
      } else if (take("{")) {
        int min = peek(',') ? 0 : count();
        int max = take(",") ? peek('}') ? -1 : count() : min;
        if (max >= 0 && max < min || !take("}")) {
          throw error("a repetition that is none", "Write {m}, {m,} or {m,n} with m up to n.");
        }
        part = new Expr.Repeat(part, min, max);
      } else {
        break;
      }
    }
    return part;
  }

  private int count() {
    int from = at;
    while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
      at++;
    }
    int count = at == from || at - from > 6 ? -1 : Integer.parseInt(text.substring(from, at));
    if (count < 0 || count > COUNT) {
      throw error("a count that is no number up to " + COUNT, "Write {m}, {m,} or {m,n}.");
    }
    return count;
  }

  private Expr literal() {
    at++;
    var out = new StringBuilder();
    while (!peek('"')) {
      out.appendCodePoint(character());
    }
    at++;
    return new Expr.Text(out.toString());
  }

  private Codes set() {
    at++;
    boolean not = take("^");
    var codes = Codes.NONE;
    while (!peek(']')) {
      int low = character();
      int high = low;
      if (peek('-') && at + 1 < text.length() && text.charAt(at + 1) != ']') {
        at++;
        high = character();
      }
      if (high < low) {
        throw error("a range that does not go up", "Write the smaller character first.");
      }
      codes = codes.or(Codes.of(low, high));
    }
    at++;
    return not ? codes.not() : codes;
  }

  private int character() {
    if (at >= text.length() || text.charAt(at) == '\n') {
      throw error("a literal or class that is not closed", "Close it with \" or ].");
    }
    int code = text.codePointAt(at);
    at += Character.charCount(code);
    if (Character.MIN_SURROGATE <= code && code <= Character.MAX_SURROGATE) {
      throw error("half of a surrogate pair", "Write the whole character.");
    }
    if (code != '\\' || at >= text.length()) {
      return code;
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case '\\', '"', '[', ']', '-', '^' -> c;
      default ->
        throw error("the escape \\" + c, "Use \\n \\r \\t \\\\ \\\" \\[ \\] \\xHH or \\uHHHH.");
    };
  }

  private int hex(int digits) {
    int end = Math.min(at + digits, text.length());
    String shown = text.substring(at, end);
    at = end;
    if (shown.length() < digits || !shown.matches("[0-9a-fA-F]+")) {
      throw error("an escape without " + digits + " hexadecimal digits", "Complete it.");
    }
    long code = Long.parseLong(shown, 16);
    if (code > Character.MAX_CODE_POINT
        || Character.MIN_SURROGATE <= code && code <= Character.MAX_SURROGATE) {
      throw error("an escape that is no character", "Write a code point that is none of a pair.");
    }
    return (int) code;
  }
}
