package herd.engine.io;

import java.util.Map;

/// Writes what [Json] reads: maps with string keys, iterables, strings, numbers, booleans, null.
/// Lone surrogates are written as escapes, so that the text is always valid UTF-8.
public final class JsonWriter {
  private final StringBuilder out = new StringBuilder();
  private final boolean pretty;

  private JsonWriter(boolean pretty) {
    this.pretty = pretty;
  }

  /// On one line, without spaces.
  /// @throws IllegalArgumentException for NaN, infinities and types that JSON lacks
  public static String write(Object value) {
    var writer = new JsonWriter(false);
    writer.value(value, 0);
    return writer.out.toString();
  }

  /// Indented by two spaces, ending with a line feed. Lists of plain numbers or strings stay on
  /// one line.
  public static String pretty(Object value) {
    var writer = new JsonWriter(true);
    writer.value(value, 0);
    return writer.out.append('\n').toString();
  }

  private void value(Object value, int depth) {
    switch (value) {
      case null -> out.append("null");
      case String s -> string(s);
      case Boolean b -> out.append(b.booleanValue());
      case Double d -> number(d);
      case Float f -> number(f.doubleValue());
      case Number n
      when n instanceof Long || n instanceof Integer || n instanceof Short -> out.append(n);
      case Map<?, ?> map -> map(map, depth);
      case Iterable<?> list -> list(list, depth);
      default -> throw new IllegalArgumentException("not JSON: " + value.getClass());
    }
  }

  private void number(double d) {
    if (!Double.isFinite(d)) {
      throw new IllegalArgumentException("JSON has no " + d);
    }
    out.append(d);
  }

  private void map(Map<?, ?> map, int depth) {
    String separator = "";
    out.append('{');
    for (var entry : map.entrySet()) {
      out.append(separator);
      line(depth + 1);
      string((String) entry.getKey());
      out.append(pretty ? ": " : ":");
      value(entry.getValue(), depth + 1);
      separator = ",";
    }
    if (!map.isEmpty()) {
      line(depth);
    }
    out.append('}');
  }

  private void list(Iterable<?> list, int depth) {
    boolean nested = false;
    for (Object item : list) {
      nested |= item instanceof Map || item instanceof Iterable;
    }
    boolean first = true;
    out.append('[');
    for (Object item : list) {
      if (!first) {
        out.append(pretty && !nested ? ", " : ",");
      }
      if (nested) {
        line(depth + 1);
      }
      value(item, depth + 1);
      first = false;
    }
    if (nested) {
      line(depth);
    }
    out.append(']');
  }

  private void line(int depth) {
    if (pretty) {
      out.append('\n').repeat(' ', 2 * depth);
    }
  }

  private void string(String s) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          boolean pair = Character.isHighSurrogate(c)
              && i + 1 < s.length()
              && Character.isLowSurrogate(s.charAt(i + 1));
          if (pair) {
            out.append(c).append(s.charAt(++i));
          } else if (c < ' ' || Character.isSurrogate(c)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
