package herd.serve.protocol;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/// The arguments of a call in Python style, `a=1, b="x")`, read character by character from after
/// the opening bracket. Each argument becomes JSON when it is complete; one without a name gets the
/// parameter's name at its place.
final class PythonCall {
  private static final int DEEPEST = 50;

  private final List<String> parameters;
  private final StringBuilder argument = new StringBuilder();
  private int count;
  private int depth;
  private char quote;
  private boolean escaped;

  PythonCall(List<String> parameters) {
    this.parameters = parameters;
  }

  /// @param out takes what is complete, the closing bracket of the object included
  /// @return whether the call is complete
  boolean feed(char c, StringBuilder out) {
    if (quote != 0) {
      argument.append(c);
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == quote) {
        quote = 0;
      }
      return false;
    }
    if (depth == 0 && (c == ',' || c == ')')) {
      write(out);
      if (c == ')') {
        out.append('}');
      }
      return c == ')';
    }
    if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      depth++;
    } else if (c == ')' || c == ']' || c == '}') {
      depth--;
    }
    argument.append(c);
    return false;
  }

  private void write(StringBuilder out) {
    var whole = argument.toString().strip();
    argument.setLength(0);
    if (whole.isEmpty()) {
      return;
    }
    int equals = 0;
    while (equals < whole.length() && Character.isJavaIdentifierPart(whole.charAt(equals))) {
      equals++;
    }
    int after = equals;
    while (after < whole.length() && whole.charAt(after) == ' ') {
      after++;
    }
    boolean named = equals > 0
        && after < whole.length()
        && whole.charAt(after) == '='
        && !whole.startsWith("==", after);
    var name = named ? whole.substring(0, equals) : place();
    var value = named ? whole.substring(after + 1).strip() : whole;
    out.append(count++ == 0 ? "" : ", ").append(json(name)).append(": ").append(literal(value));
  }

  private String place() {
    return count < parameters.size() ? parameters.get(count) : "argument" + count;
  }

  private static String json(String text) {
    return JsonNodeFactory.instance.stringNode(text).toString();
  }

  private static String literal(String value) {
    try {
      var literal = new Literal(value);
      var out = literal.value(0);
      return literal.atEnd() ? out : json(value);
    } catch (NotLiteral _) {
      return json(value);
    }
  }

  private static final class NotLiteral extends Exception {
    private static final long serialVersionUID = 1L;

    NotLiteral() {
      super(null, null, false, false);
    }
  }

  /// A Python literal as JSON.
  private static final class Literal {
    private final String in;
    private int at;

    Literal(String in) {
      this.in = in;
    }

    boolean atEnd() {
      blanks();
      return at == in.length();
    }

    private void blanks() {
      while (at < in.length() && Character.isWhitespace(in.charAt(at))) {
        at++;
      }
    }

    String value(int level) throws NotLiteral {
      blanks();
      if (at == in.length() || level > DEEPEST) {
        throw new NotLiteral();
      }
      char c = in.charAt(at);
      return switch (c) {
        case '"', '\'' -> json(string());
        case '[' -> sequence(']', level);
        case '(' -> sequence(')', level);
        case '{' -> dictionary(level);
        default -> word();
      };
    }

    private String sequence(char end, int level) throws NotLiteral {
      var out = new StringBuilder("[");
      at++;
      while (!take(end)) {
        out.append(out.length() == 1 ? "" : ", ").append(value(level + 1));
        separator(end);
      }
      return out.append(']').toString();
    }

    private String dictionary(int level) throws NotLiteral {
      var out = new StringBuilder("{");
      at++;
      while (!take('}')) {
        var key = value(level + 1);
        if (!take(':')) {
          throw new NotLiteral();
        }
        out.append(out.length() == 1 ? "" : ", ");
        out.append(key.startsWith("\"") ? key : json(key)).append(": ").append(value(level + 1));
        separator('}');
      }
      return out.append('}').toString();
    }

    private void separator(char end) throws NotLiteral {
      blanks();
      if (!take(',') && (at == in.length() || in.charAt(at) != end)) {
        throw new NotLiteral();
      }
    }

    private boolean take(char c) throws NotLiteral {
      blanks();
      if (at == in.length()) {
        throw new NotLiteral();
      }
      boolean there = in.charAt(at) == c;
      at += there ? 1 : 0;
      return there;
    }

    private String string() throws NotLiteral {
      char quote = in.charAt(at++);
      var out = new StringBuilder();
      while (at < in.length() && in.charAt(at) != quote) {
        char c = in.charAt(at++);
        if (c == '\\' && at < in.length()) {
          c = in.charAt(at++);
          int known = "nrtbf0".indexOf(c);
          c = known < 0 ? c : "\n\r\t\b\f\0".charAt(known);
        }
        out.append(c);
      }
      if (at++ >= in.length()) {
        throw new NotLiteral();
      }
      return out.toString();
    }

    private String word() throws NotLiteral {
      int from = at;
      while (at < in.length() && ",]})(: ".indexOf(in.charAt(at)) < 0) {
        at++;
      }
      var word = in.substring(from, at);
      return switch (word) {
        case "True", "true" -> "true";
        case "False", "false" -> "false";
        case "None", "null" -> "null";
        default -> {
          if (!word.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) {
            throw new NotLiteral();
          }
          yield word;
        }
      };
    }
  }
}
