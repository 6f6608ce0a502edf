package herd.serve.protocol;

import java.util.Set;

/// One call written as a JSON object, read character by character: `name` (or `function`) and
/// `parameters` (or `arguments`), in any order, other keys beside them. The arguments pass through
/// as they are written, as soon as the name is known; arguments written as a string are unpacked.
final class JsonCall {
  /// How it stands after a character.
  enum Progress {
    MORE,
    DONE,
    FAILED
  }

  /// Hears the call.
  interface Sink {
    void call(String tool);

    void argument(CharSequence piece);
  }

  private enum State {
    START,
    KEY_OR_END,
    KEY,
    COLON,
    VALUE,
    STRING,
    RAW,
    SCALAR,
    COMMA_OR_END
  }

  private enum Meaning {
    NAME,
    ARGUMENTS,
    OTHER
  }

  private final int index;
  private final Set<String> tools;
  private final Sink sink;
  private final StringBuilder token = new StringBuilder();
  private final StringBuilder early = new StringBuilder(); // arguments that came before the name
  private final StringBuilder hex = new StringBuilder();
  private State state = State.START;
  private Meaning meaning = Meaning.OTHER;
  private int nested; // objects around the name: {"function": {"name": …}}
  private int depth;
  private boolean quoted;
  private boolean escaped;
  private boolean told;
  private boolean argued;

  JsonCall(int index, Set<String> tools, Sink sink) {
    this.index = index;
    this.tools = tools;
    this.sink = sink;
  }

  int index() {
    return index;
  }

  /// Whether the name was told.
  boolean told() {
    return told;
  }

  Progress feed(char c) {
    return switch (state) {
      case STRING -> string(c);
      case RAW -> raw(c);
      case SCALAR -> scalar(c);
      case KEY -> key(c);
      default -> Character.isWhitespace(c) ? Progress.MORE : between(c);
    };
  }

  private Progress between(char c) {
    if (state == State.START && c == '{' || state == State.COMMA_OR_END && c == ',') {
      return go(State.KEY_OR_END);
    }
    if (state == State.KEY_OR_END && c == '"') {
      token.setLength(0);
      return go(State.KEY);
    }
    if ((state == State.KEY_OR_END || state == State.COMMA_OR_END) && c == '}') {
      return close();
    }
    if (state == State.COLON && c == ':') {
      return go(State.VALUE);
    }
    return state == State.VALUE ? value(c) : Progress.FAILED;
  }

  private Progress go(State next) {
    state = next;
    return Progress.MORE;
  }

  private Progress close() {
    if (nested > 0) {
      nested--;
      return go(State.COMMA_OR_END);
    }
    if (!told) {
      return Progress.FAILED;
    }
    if (!argued) {
      sink.argument("{}");
    }
    return Progress.DONE;
  }

  private Progress key(char c) {
    if (c != '"') {
      token.append(c);
      return c == '\\' || token.length() > 40 && !told ? Progress.FAILED : Progress.MORE;
    }
    meaning = switch (token.toString()) {
      case "name", "function" -> told ? Meaning.OTHER : Meaning.NAME;
      case "parameters", "arguments" -> argued ? Meaning.OTHER : Meaning.ARGUMENTS;
      default -> Meaning.OTHER;
    };
    return go(State.COLON);
  }

  private Progress value(char c) {
    if (c == '"') {
      token.setLength(0);
      escaped = false;
      argued |= meaning == Meaning.ARGUMENTS;
      return go(State.STRING);
    }
    if (c == '{' && meaning == Meaning.NAME) {
      nested++;
      return go(State.KEY_OR_END);
    }
    if (meaning == Meaning.NAME) {
      return Progress.FAILED;
    }
    if (c == '{' || c == '[') {
      if (c == '[' && meaning == Meaning.ARGUMENTS) {
        return Progress.FAILED;
      }
      argued |= meaning == Meaning.ARGUMENTS;
      depth = 0;
      quoted = false;
      state = State.RAW;
      return raw(c);
    }
    token.setLength(0);
    state = State.SCALAR;
    return scalar(c);
  }

  private Progress string(char c) {
    if (!hex.isEmpty()) {
      return unicode(c);
    }
    if (escaped) {
      escaped = false;
      if (c == 'u') {
        hex.append('u');
        return Progress.MORE;
      }
      int at = "\"\\/bfnrt".indexOf(c);
      return at < 0 ? Progress.FAILED : put("\"\\/\b\f\n\r\t".charAt(at));
    }
    if (c == '\\') {
      escaped = true;
      return Progress.MORE;
    }
    return c == '"' ? stringEnd() : put(c);
  }

  private Progress unicode(char c) {
    if (Character.digit(c, 16) < 0) {
      return Progress.FAILED;
    }
    hex.append(c);
    if (hex.length() < 5) {
      return Progress.MORE;
    }
    char decoded = (char) Integer.parseInt(hex, 1, 5, 16);
    hex.setLength(0);
    return put(decoded);
  }

  private Progress put(char c) {
    if (meaning == Meaning.ARGUMENTS) {
      argument(c);
    } else if (meaning == Meaning.NAME) {
      token.append(c);
    }
    return Progress.MORE;
  }

  private Progress stringEnd() {
    state = State.COMMA_OR_END;
    if (meaning != Meaning.NAME) {
      return Progress.MORE;
    }
    var tool = token.toString();
    if (!tools.contains(tool)) {
      return Progress.FAILED;
    }
    told = true;
    sink.call(tool);
    sink.argument(early);
    return Progress.MORE;
  }

  private Progress raw(char c) {
    if (meaning == Meaning.ARGUMENTS) {
      argument(c);
    }
    if (quoted) {
      quoted = escaped || c != '"';
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      quoted = true;
      escaped = false;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      state = State.COMMA_OR_END;
    }
    return Progress.MORE;
  }

  private void argument(char c) {
    if (told) {
      sink.argument(String.valueOf(c));
    } else {
      early.append(c);
    }
  }

  /// A number or a word; as arguments only `null`, which means none.
  private Progress scalar(char c) {
    if (Character.isLetterOrDigit(c) || c == '-' || c == '+' || c == '.') {
      token.append(c);
      return token.length() > 40 ? Progress.FAILED : Progress.MORE;
    }
    boolean word = token.toString().matches("true|false|null|-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
    if (!word || meaning == Meaning.ARGUMENTS && !token.toString().equals("null")) {
      return Progress.FAILED;
    }
    state = State.COMMA_OR_END;
    return Character.isWhitespace(c) ? Progress.MORE : between(c);
  }
}
