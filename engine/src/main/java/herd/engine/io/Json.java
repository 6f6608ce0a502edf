package herd.engine.io;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A strict JSON reader (RFC 8259). Objects become a `SequencedMap<String, Object>` in file
/// order, arrays a `List<Object>`, numbers a `Long` where they are whole and fit and a `Double`
/// otherwise, the rest `String`, `Boolean` and null. Refused with line and column: duplicate
/// keys, anything after the value, more than [#DEPTH] levels, control characters in strings,
/// numbers too large for a double. An escaped lone surrogate is kept as it is. [JsonValue] reads
/// the result with errors that name the key; [JsonWriter] is the way back.
public final class Json {
  /// Levels of arrays and objects inside each other.
  public static final int DEPTH = 256;

  private final String text;
  private final String where;
  private int at;
  private int depth;

  private Json(String text, String where) {
    this.text = text;
    this.where = where;
  }

  /// @param where what errors call the text: a file, a request
  /// @throws UserError naming line and column
  public static Object read(String text, String where) {
    var json = new Json(text, where);
    Object value = json.value();
    json.space();
    if (json.at < text.length()) {
      throw json.error("something after the end of the JSON value", "Remove it.");
    }
    return value;
  }

  /// As [#read(String, String)], from UTF-8 bytes.
  /// @throws UserError also for bytes that are not UTF-8, naming the byte
  public static Object read(byte[] utf8, String where) {
    return read(text(ByteBuffer.wrap(utf8), where, 0), where);
  }

  /// Reads a whole file.
  /// @throws UserError if it cannot be read or is not JSON
  public static JsonValue read(Path file) {
    try {
      return new JsonValue(read(Files.readAllBytes(file), file.toString()), file.toString());
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    } catch (OutOfMemoryError e) {
      throw new UserError(
          file.toString(), "too large for one JSON document", "Is this the right file?");
    }
  }

  /// Strict UTF-8. `offset` is added to the byte that the error names.
  static String text(ByteBuffer utf8, String where, long offset) {
    var decoder = StandardCharsets.UTF_8.newDecoder();
    int start = utf8.position();
    try {
      return decoder.decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new UserError(
          where + ", byte " + (offset + utf8.position() - start), "not UTF-8", "Save it as UTF-8.");
    }
  }

  private Object value() {
    space();
    if (at == text.length()) {
      throw error("the end where a value should stand", "The file may be cut short.");
    }
    char c = text.charAt(at);
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> {
        if (c == '-' || digit(c)) {
          yield number();
        }
        throw error(shown(c) + " where a value should stand", "Correct the JSON.");
      }
    };
  }

  private SequencedMap<String, Object> object() {
    var out = new LinkedHashMap<String, Object>();
    enter();
    space();
    if (peek('}')) {
      depth--;
      return out;
    }
    do {
      space();
      int start = at;
      if (at == text.length() || text.charAt(at) != '"') {
        throw error(here() + " where a key in quotes should stand", "Correct the JSON.");
      }
      String key = string();
      if (out.containsKey(key)) {
        at = start;
        throw error("the key '" + key + "' a second time", "Keep one of the two.");
      }
      space();
      expect(':');
      out.put(key, value());
      space();
    } while (peek(','));
    expect('}');
    depth--;
    return out;
  }

  private List<Object> array() {
    var out = new ArrayList<Object>();
    enter();
    space();
    if (peek(']')) {
      depth--;
      return out;
    }
    do {
      out.add(value());
      space();
    } while (peek(','));
    expect(']');
    depth--;
    return out;
  }

  private void enter() {
    if (++depth > DEPTH) {
      throw error("more than " + DEPTH + " levels of nesting", "Flatten the document.");
    }
    at++;
  }

  private String string() {
    int start = ++at;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        return text.substring(start, at++);
      }
      if (c == '\\') {
        return escaped(start);
      }
      control(c);
      at++;
    }
    throw error("the end inside a string", "Close the string with a quotation mark.");
  }

  private String escaped(int start) {
    var out = new StringBuilder(text.length() - start < 64 ? 64 : 128).append(text, start, at);
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return out.toString();
      }
      if (c == '\\') {
        out.append(escape());
      } else {
        at--;
        control(c);
        at++;
        out.append(c);
      }
    }
    throw error("the end inside a string", "Close the string with a quotation mark.");
  }

  private void control(char c) {
    if (c < ' ') {
      throw error(
          "the control character " + shown(c) + " inside a string", "Write it as an escape.");
    }
  }

  private char escape() {
    if (at == text.length()) {
      throw error("the end inside a string", "Close the string with a quotation mark.");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
          char h = at < text.length() ? text.charAt(at) : ' ';
          int digit = h < 128 ? Character.digit(h, 16) : -1;
          if (digit < 0) {
            throw error("an escape without four hexadecimal digits", "Correct the JSON.");
          }
          code = code << 4 | digit;
        }
        yield (char) code;
      }
      default -> {
        at--;
        throw error(
            "the escape \\" + shown(c), "Use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u.");
      }
    };
  }

  private Object word(String word, Boolean value) {
    if (!text.startsWith(word, at)) {
      throw error(here() + " where a value should stand", "Correct the JSON.");
    }
    at += word.length();
    return value;
  }

  private Number number() {
    int start = at;
    boolean whole = true;
    peek('-');
    if (!peek('0')) {
      digits();
    }
    if (peek('.')) {
      whole = false;
      digits();
    }
    if (peek('e') || peek('E')) {
      whole = false;
      if (!peek('+')) {
        peek('-');
      }
      digits();
    }
    String number = text.substring(start, at);
    if (whole && number.length() <= 20 && !number.equals("-0")) {
      try {
        return Long.valueOf(number);
      } catch (NumberFormatException tooLarge) {
        // falls through to a double
      }
    }
    double value = Double.parseDouble(number);
    if (Double.isInfinite(value)) {
      at = start;
      throw error("a number too large for a double", "Write a smaller number.");
    }
    return value;
  }

  private void digits() {
    if (at == text.length() || !digit(text.charAt(at))) {
      throw error(here() + " where a digit should stand", "Correct the JSON.");
    }
    while (at < text.length() && digit(text.charAt(at))) {
      at++;
    }
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  private void space() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  private boolean peek(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    if (there) {
      at++;
    }
    return there;
  }

  private void expect(char c) {
    if (!peek(c)) {
      throw error(here() + " where " + shown(c) + " should stand", "Correct the JSON.");
    }
  }

  private String here() {
    return at == text.length() ? "the end" : shown(text.charAt(at));
  }

  private static String shown(char c) {
    return c > ' ' && c < 127 ? "'" + c + "'" : "U+%04X".formatted((int) c);
  }

  private UserError error(String found, String remedy) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < Math.min(at, text.length()); i++) {
      column++;
      if (text.charAt(i) == '\n') {
        line++;
        column = 1;
      }
    }
    return new UserError(where + ":" + line + ":" + column, found, remedy);
  }
}
