package herd.engine.template;

import herd.engine.template.Value.Args;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/// What may stand after `|`, for single values; those over lists are in [ListFilters].
final class Filters {
  private static final Set<String> NAMES = Set.of(
      "abs",
      "attr",
      "capitalize",
      "center",
      "default",
      "d",
      "e",
      "escape",
      "float",
      "format",
      "indent",
      "int",
      "length",
      "count",
      "lower",
      "replace",
      "round",
      "safe",
      "string",
      "title",
      "tojson",
      "trim",
      "upper",
      "urlencode",
      "wordcount");

  private final Budget budget;
  private final Operators operators;
  private final Printed printed;
  private final Methods methods;
  private final ListFilters lists;

  Filters(Evaluator evaluator, Budget budget, Operators operators, Printed printed) {
    this.budget = budget;
    this.operators = operators;
    this.printed = printed;
    this.methods = evaluator.methods();
    this.lists = new ListFilters(evaluator, budget, operators, printed);
  }

  static boolean knows(String name) {
    return NAMES.contains(name) || ListFilters.knows(name);
  }

  Value apply(String name, Value value, Args args) {
    if (ListFilters.knows(name)) {
      return lists.apply(name, value, args);
    }
    return switch (name) {
      case "default", "d" -> {
        var a = args.bind(name, "default_value", "boolean");
        boolean missing =
            value instanceof Value.Undefined || a[1] != null && a[1].truth() && !value.truth();
        yield missing ? (a[0] == null ? Str.EMPTY : a[0]) : value;
      }
      case "tojson" -> json(value, args);
      case "length", "count" -> {
        args.bind(name);
        yield new Value.Int(length(value));
      }
      case "trim" -> {
        Value what = args.bind(name, "chars")[0];
        yield printed
            .str(value)
            .strip(what == null || what instanceof Value.None ? null : text(what), true, true);
      }
      case "upper", "lower", "title", "capitalize" -> {
        args.bind(name);
        yield name.equals("title") ? titled(value) : methods.cased(printed.str(value), name);
      }
      case "replace" -> {
        var a = args.bind(name, "old", "new", "count");
        long most = a[2] == null || a[2] instanceof Value.None ? -1 : Operators.index(a[2]);
        yield methods.replace(
            printed.str(value), text(needed(a[0], name)), printed.str(needed(a[1], name)), most);
      }
      case "string", "safe" -> {
        args.bind(name);
        yield printed.str(value);
      }
      case "escape", "e" -> {
        args.bind(name);
        yield escaped(printed.str(value));
      }
      case "indent" -> indent(value, args);
      case "format" -> printed.format(printed.str(value), args.positional());
      case "attr" -> {
        Value found = methods.find(value, text(needed(args.bind(name, "name")[0], name)));
        yield found != null ? found : new Value.Undefined("no such attribute");
      }
      case "center" -> {
        Value width = args.bind(name, "width")[0];
        yield methods.pad(
            printed.str(value),
            name,
            width == null ? 80 : Operators.index(width),
            Str.template(" "));
      }
      case "wordcount" -> {
        args.bind(name);
        yield new Value.Int(words(printed.str(value).text()));
      }
      case "urlencode" -> {
        args.bind(name);
        String encoded = URLEncoder.encode(printed.str(value).text(), StandardCharsets.UTF_8);
        yield Str.data(encoded
            .replace("+", "%20")
            .replace("%2F", "/")
            .replace("*", "%2A")
            .replace("%7E", "~"));
      }
      default -> number(name, value, args);
    };
  }

  private static long words(String text) {
    long count = 0;
    boolean inside = false;
    for (int i = 0; i < text.length(); i++) {
      boolean word = Character.isLetterOrDigit(text.charAt(i)) || text.charAt(i) == '_';
      count += word && !inside ? 1 : 0;
      inside = word;
    }
    return count;
  }

  private Value number(String name, Value value, Args args) {
    Operators.defined(value);
    return switch (name) {
      case "abs" -> {
        args.bind(name);
        Value number = Operators.number(value);
        if (number == null) {
          throw new Failure("abs of a " + value.type());
        }
        yield Operators.real(number) < 0 ? operators.sign(number, true) : number;
      }
      case "int" -> {
        var a = args.bind(name, "default", "base");
        Value parsed = parsed(value);
        Value otherwise = a[0] == null ? new Value.Int(0) : a[0];
        yield parsed == null
            ? otherwise
            : parsed instanceof Value.Real r
                ? (Math.abs(r.value()) < 9e18 ? new Value.Int((long) r.value()) : otherwise)
                : parsed;
      }
      case "float" -> {
        var a = args.bind(name, "default");
        Value parsed = parsed(value);
        yield parsed == null
            ? (a[0] == null ? new Value.Real(0) : a[0])
            : new Value.Real(Operators.real(parsed));
      }
      default -> round(value, args);
    };
  }

  /// The number that a value is or that a string writes, else null.
  private static Value parsed(Value value) {
    if (!(value instanceof Str s)) {
      return Operators.number(value);
    }
    String text = s.text().strip();
    if (text.length() < 400 && text.matches("[+-]?\\d{1,18}")) {
      return new Value.Int(Long.parseLong(text));
    }
    boolean real =
        text.length() < 400 && text.matches("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
    return real ? new Value.Real(Double.parseDouble(text)) : null;
  }

  private static Value round(Value value, Args args) {
    var a = args.bind("round", "precision", "method");
    Value number = Operators.number(value);
    if (number == null) {
      throw new Failure("round of a " + value.type());
    }
    long precision = a[0] == null ? 0 : Operators.index(a[0]);
    String method = a[1] == null ? "common" : text(a[1]);
    double d = Operators.real(number);
    if (Math.abs(precision) > 300 || !Double.isFinite(d)) {
      throw new Failure("round to " + precision + " digits");
    }
    var mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new Failure("round by '" + method + "'");
        };
    return new Value.Real(new BigDecimal(d).setScale((int) precision, mode).doubleValue());
  }

  private Value json(Value value, Args args) {
    var a = args.bind("tojson", "indent", "ensure_ascii", "separators", "sort_keys");
    String indent = null;
    if (a[0] instanceof Str s) {
      indent = s.text();
    } else if (a[0] != null && !(a[0] instanceof Value.None)) {
      indent = " ".repeat((int) Math.clamp(Operators.index(a[0]), 0L, 1000L));
    }
    var separators = new Printed.Separators(indent == null ? ", " : ",", ": ");
    if (a[2] instanceof Value.Seq two && two.items().size() == 2) {
      separators =
          new Printed.Separators(text(two.items().get(0)), text(two.items().get(1)));
    } else if (a[2] != null && !(a[2] instanceof Value.None)) {
      throw new Failure("tojson with separators that are not two strings");
    }
    return printed.json(
        value, indent, a[1] != null && a[1].truth(), a[3] != null && a[3].truth(), separators);
  }

  private static long length(Value value) {
    return switch (value) {
      case Str s -> s.codePoints();
      case Value.Dict d -> d.entries().size();
      case Value.Seq s when s.kind() != Value.Kind.LAZY -> s.items().size();
      case Value.Undefined _ -> 0;
      default -> throw new Failure("the length of a " + value.type());
    };
  }

  /// Words start after white space and `-([{<`.
  private Str titled(Value value) {
    Str s = printed.str(value);
    budget.characters(s.length());
    var out = new Str.Builder();
    int from = 0;
    for (int i = 0; i <= s.length(); i++) {
      boolean cut = i == s.length()
          || Str.isSpace(s.text().charAt(i))
          || "-([{<".indexOf(s.text().charAt(i)) >= 0;
      if (cut) {
        out.add(methods.cased(s.cut(from, i), "capitalize"));
        if (i < s.length()) {
          out.add(s.cut(i, i + 1));
        }
        from = i + 1;
      }
    }
    return out.str();
  }

  private Str escaped(Str s) {
    Str out = s;
    for (var pair : List.of("&:&amp;", ">:&gt;", "<:&lt;", "':&#39;", "\":&#34;")) {
      out = methods.replace(out, pair.substring(0, 1), Str.template(pair.substring(2)), -1);
    }
    return out;
  }

  /// All lines but the first further in.
  private Value indent(Value value, Args args) {
    var a = args.bind("indent", "width", "first", "blank");
    Str by = a[0] instanceof Str s
        ? s
        : Str.template(
            " ".repeat((int) Math.clamp(a[0] == null ? 4 : Operators.index(a[0]), 0L, 1000L)));
    boolean first = a[1] != null && a[1].truth();
    boolean blank = a[2] != null && a[2].truth();
    Str s = printed.str(value);
    var out = new Str.Builder();
    for (int at = 0; at <= s.length(); ) {
      int end = s.text().indexOf('\n', at);
      int stop = end < 0 ? s.length() : end;
      if ((at > 0 || first) && (stop > at || blank)) {
        budget.characters(by.length());
        out.add(by);
      }
      budget.steps(1);
      out.add(s.cut(at, end < 0 ? stop : end + 1));
      if (end < 0) {
        break;
      }
      at = end + 1;
    }
    budget.characters(out.length());
    return out.str();
  }

  static Value needed(Value value, String filter) {
    if (value == null) {
      throw new Failure("the filter '" + filter + "' without what it needs");
    }
    return Operators.defined(value);
  }

  static String text(Value value) {
    if (value instanceof Str s) {
      return s.text();
    }
    throw new Failure(value.type() + " where a string should stand");
  }
}
