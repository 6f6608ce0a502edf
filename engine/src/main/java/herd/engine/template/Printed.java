package herd.engine.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Values as text, the way Python writes them: `str`, `repr`, `json.dumps` and `%`.
final class Printed {
  /// Levels of lists and dicts inside each other.
  private static final int DEPTH = 300;

  private final Budget budget;

  Printed(Budget budget) {
    this.budget = budget;
  }

  /// As `{{ value }}` prints it.
  Str str(Value value) {
    return switch (value) {
      case Str s -> s;
      case Value.Undefined _ -> Str.EMPTY;
      default -> {
        var out = new StringBuilder();
        repr(value, out, 0);
        budget.characters(out.length());
        yield Str.data(out.toString());
      }
    };
  }

  private void repr(Value value, StringBuilder out, int depth) {
    deeper(depth, out);
    switch (value) {
      case Value.None _ -> out.append("None");
      case Value.Bool b -> out.append(b.value() ? "True" : "False");
      case Value.Int i -> out.append(i.value());
      case Value.Real r -> out.append(real(r.value()));
      case Str s -> quoted(s.text(), out);
      case Value.Undefined _ -> out.append("Undefined");
      case Value.Dict d -> {
        out.append('{');
        String separator = "";
        for (var entry : d.entries().entrySet()) {
          out.append(separator);
          repr(entry.getKey(), out, depth + 1);
          out.append(": ");
          repr(entry.getValue(), out, depth + 1);
          separator = ", ";
        }
        out.append('}');
      }
      case Value.Seq s
      when s.kind() == Value.Kind.LIST || s.kind() == Value.Kind.TUPLE -> {
        boolean tuple = s.kind() == Value.Kind.TUPLE;
        out.append(tuple ? '(' : '[');
        String separator = "";
        for (Value item : s.items()) {
          out.append(separator);
          repr(item, out, depth + 1);
          separator = ", ";
        }
        out.append(tuple && s.items().size() == 1 ? "," : "").append(tuple ? ')' : ']');
      }
      case Value.Seq _, Value.Namespace _, Value.Loop _, Value.Function _ ->
        throw new Failure("a " + value.type() + " where text should stand");
    }
  }

  private void deeper(int depth, StringBuilder out) {
    budget.steps(1);
    if (depth > DEPTH) {
      throw new Failure("lists and dicts nested deeper than " + DEPTH);
    }
    if (out.length() > Budget.LONGEST) {
      budget.characters(out.length());
    }
  }

  private static void quoted(String s, StringBuilder out) {
    char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    s.codePoints().forEach(c -> {
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(quote);
          } else if (printable(c)) {
            out.appendCodePoint(c);
          } else {
            out.append((c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
          }
        }
      }
    });
    out.append(quote);
  }

  private static boolean printable(int c) {
    return c == ' '
        || switch ((byte) Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR -> false;
          default -> true;
        };
  }

  /// The shortest digits that give the number back, as Python's `repr` sets them.
  static String real(double d) {
    if (Double.isNaN(d)) {
      return "nan";
    }
    if (Double.isInfinite(d)) {
      return d > 0 ? "inf" : "-inf";
    }
    String sign = d < 0 || 1 / d < 0 ? "-" : "";
    if (d == 0) {
      return sign + "0.0";
    }
    var number = new BigDecimal(Double.toString(Math.abs(d))).stripTrailingZeros();
    String digits = number.unscaledValue().toString();
    int exponent = digits.length() - number.scale() - 1; // of the first digit
    if (exponent < -4 || exponent >= 16) {
      String rest = digits.length() > 1 ? "." + digits.substring(1) : "";
      return "%s%s%se%s%02d"
          .formatted(sign, digits.charAt(0), rest, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    String plain = number.toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /// `json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sorted)`.
  /// @param indent the spaces of one level, or null for one line
  Str json(Value value, String indent, boolean ascii, boolean sorted, Separators separators) {
    var out = new StringBuilder();
    json(value, new Json(indent, ascii, sorted, separators), out, 0);
    budget.characters(out.length());
    return Str.data(out.toString());
  }

  /// What stands between items and after keys.
  record Separators(String item, String key) {}

  private record Json(String indent, boolean ascii, boolean sorted, Separators separators) {}

  private void json(Value value, Json how, StringBuilder out, int depth) {
    deeper(depth, out);
    switch (value) {
      case Value.None _ -> out.append("null");
      case Value.Bool b -> out.append(b.value());
      case Value.Int i -> out.append(i.value());
      case Value.Real r -> out.append(jsonReal(r.value()));
      case Str s -> jsonString(s.text(), how.ascii, out);
      case Value.Dict d -> {
        var entries = new ArrayList<>(d.entries().entrySet());
        if (how.sorted) {
          entries.sort(
              Map.Entry.comparingByKey((a, b) -> str(a).text().compareTo(str(b).text())));
        }
        jsonRow(entries.iterator(), "{}", how, out, depth);
      }
      case Value.Seq s
      when s.kind() == Value.Kind.LIST || s.kind() == Value.Kind.TUPLE ->
        jsonRow(s.items().iterator(), "[]", how, out, depth);
      case Value.Undefined u -> throw new Failure(u.what());
      case Value.Seq _, Value.Namespace _, Value.Loop _, Value.Function _ ->
        throw new Failure("a " + value.type() + ", which is not JSON");
    }
  }

  private void jsonRow(Iterator<?> items, String brackets, Json how, StringBuilder out, int depth) {
    out.append(brackets.charAt(0));
    boolean any = items.hasNext();
    for (boolean first = true; items.hasNext(); first = false) {
      out.append(first ? "" : how.separators.item);
      line(how.indent, depth + 1, out);
      Object item = items.next();
      if (item instanceof Map.Entry<?, ?> entry) {
        Value key = (Value) entry.getKey();
        jsonString(key instanceof Str s ? s.text() : jsonKey(key), how.ascii, out);
        out.append(how.separators.key);
        item = entry.getValue();
      }
      json((Value) item, how, out, depth + 1);
    }
    if (any) {
      line(how.indent, depth, out);
    }
    out.append(brackets.charAt(1));
  }

  private String jsonKey(Value key) {
    return switch (key) {
      case Value.Bool b -> b.value() ? "true" : "false";
      case Value.None _ -> "null";
      case Value.Int _, Value.Real _ -> str(key).text();
      default -> throw new Failure("a key of kind " + key.type() + ", which is not JSON");
    };
  }

  private void line(String indent, int depth, StringBuilder out) {
    if (indent != null) {
      if (out.length() + (long) depth * indent.length() > Budget.LONGEST) {
        budget.characters(Budget.LONGEST + 1L);
      }
      out.append('\n').repeat(indent, depth);
    }
  }

  private static String jsonReal(double d) {
    return Double.isNaN(d)
        ? "NaN"
        : Double.isInfinite(d) ? (d > 0 ? "Infinity" : "-Infinity") : real(d);
  }

  private static void jsonString(String s, boolean ascii, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || ascii && c > '~') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /// Python's `format % values`, for `%s %r %d %i %f %g %x %%` with width and precision.
  Str format(Str format, List<Value> values) {
    var out = new Str.Builder();
    int next = 0;
    String text = format.text();
    for (int at = 0; at < text.length(); ) {
      int percent = text.indexOf('%', at);
      if (percent < 0) {
        out.add(format.cut(at));
        break;
      }
      out.add(format.cut(at, percent));
      int end = percent + 1;
      while (end < text.length() && "-+ 0123456789.".indexOf(text.charAt(end)) >= 0) {
        end++;
      }
      if (end == text.length() || end - percent > 8) {
        throw new Failure("a '%' without its kind in a format");
      }
      char kind = text.charAt(end);
      if (kind == '%') {
        out.add(format.cut(end, end + 1));
      } else if (next == values.size()) {
        throw new Failure("a format with more '%' than values");
      } else {
        Str one = formatted(text.substring(percent + 1, end), kind, values.get(next++));
        budget.characters(one.length());
        out.add(one);
      }
      at = end + 1;
    }
    if (next < values.size()) {
      throw new Failure("a format with fewer '%' than values");
    }
    return out.str();
  }

  private Str formatted(String flags, char kind, Value value) {
    if (kind == 's' && flags.isEmpty()) {
      return str(value);
    }
    if (flags.matches(".*\\d{5}.*")) {
      throw new Failure("a format wider than 9999");
    }
    Value number = Operators.number(value);
    try {
      return Str.data(
          switch (kind) {
            case 's' -> ("%" + flags + "s").formatted(str(value).text());
            case 'r' -> {
              var out = new StringBuilder();
              repr(value, out, 0);
              yield ("%" + flags + "s").formatted(out);
            }
            case 'd', 'i', 'x', 'X' -> {
              if (number == null) {
                throw new Failure("'%" + kind + "' with " + value.type());
              }
              var whole = number instanceof Value.Int i
                  ? BigInteger.valueOf(i.value())
                  : new BigDecimal(Operators.real(number)).toBigInteger();
              yield ("%" + flags + (kind == 'i' ? 'd' : kind)).formatted(whole);
            }
            case 'f', 'e' -> {
              if (number == null) {
                throw new Failure("'%" + kind + "' with " + value.type());
              }
              yield String.format(Locale.ROOT, "%" + flags + kind, Operators.real(number));
            }
            default -> throw new Failure("'%" + kind + "' in a format, which is not known");
          });
    } catch (java.util.IllegalFormatException | NumberFormatException e) {
      throw new Failure("the format '%" + flags + kind + "', which is not known");
    }
  }
}
