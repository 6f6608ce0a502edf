package herd.engine.template;

import herd.engine.template.Value.Args;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/// The methods of strings, lists and dicts that templates call. Those that change a list or a
/// dict are refused, as in the sandbox of `transformers`.
final class Methods {
  private static final Set<String> OF_STRINGS = Set.of(
      "strip",
      "lstrip",
      "rstrip",
      "split",
      "rsplit",
      "splitlines",
      "startswith",
      "endswith",
      "replace",
      "upper",
      "lower",
      "title",
      "capitalize",
      "join",
      "find",
      "rfind",
      "index",
      "count",
      "isdigit",
      "isnumeric",
      "isdecimal",
      "isalpha",
      "isalnum",
      "isspace",
      "isupper",
      "islower",
      "zfill",
      "ljust",
      "rjust",
      "center",
      "removeprefix",
      "removesuffix",
      "partition",
      "rpartition",
      "format");
  private static final Set<String> OF_DICTS = Set.of("get", "items", "keys", "values", "copy");
  private static final Set<String> OF_LISTS = Set.of("index", "count", "copy");
  private static final Set<String> CHANGING = Set.of(
      "append",
      "extend",
      "insert",
      "pop",
      "remove",
      "clear",
      "reverse",
      "sort",
      "update",
      "popitem",
      "setdefault");

  private final Budget budget;
  private final Operators operators;
  private final Printed printed;

  Methods(Budget budget, Operators operators, Printed printed) {
    this.budget = budget;
    this.operators = operators;
    this.printed = printed;
  }

  /// The method of that name, null if there is none.
  Value find(Value owner, String name) {
    return switch (owner) {
      case Str s
      when OF_STRINGS.contains(name) -> new Value.Function(name, args -> ofString(s, name, args));
      case Value.Dict d
      when OF_DICTS.contains(name) -> new Value.Function(name, args -> ofDict(d, name, args));
      case Value.Seq s
      when s.kind() != Value.Kind.LAZY && OF_LISTS.contains(name) ->
        new Value.Function(name, args -> ofList(s, name, args));
      case Value.Dict _, Value.Seq _
      when CHANGING.contains(name) ->
        new Value.Function(name, _ -> {
          throw new Failure("." + name + "(), which would change a " + owner.type());
        });
      default -> null;
    };
  }

  private Value ofDict(Value.Dict d, String name, Args args) {
    if (name.equals("get")) {
      var a = args.bind("get", "key", "default");
      Value value = d.entries().get(given(a[0], name));
      return value != null ? value : a[1] == null ? Value.NONE : a[1];
    }
    args.bind(name);
    return switch (name) {
      case "keys" -> new Value.Seq(List.copyOf(d.entries().keySet()), Value.Kind.VIEW);
      case "values" -> new Value.Seq(List.copyOf(d.entries().values()), Value.Kind.VIEW);
      case "items" -> new Value.Seq(pairs(d), Value.Kind.VIEW);
      default -> d;
    };
  }

  List<Value> pairs(Value.Dict d) {
    budget.steps(d.entries().size());
    var out = new ArrayList<Value>();
    d.entries().forEach((k, v) -> out.add(new Value.Seq(List.of(k, v), Value.Kind.TUPLE)));
    return out;
  }

  private Value ofList(Value.Seq s, String name, Args args) {
    if (name.equals("copy")) {
      args.bind(name);
      return s;
    }
    Value wanted = given(args.bind(name, "value")[0], name);
    long count = 0;
    for (int i = 0; i < s.items().size(); i++) {
      if (operators.equal(s.items().get(i), wanted)) {
        if (name.equals("index")) {
          return new Value.Int(i);
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw new Failure("index() of a value that is not in the list");
    }
    return new Value.Int(count);
  }

  private Value ofString(Str s, String name, Args args) {
    budget.steps(1 + s.length() / 64);
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> {
        Value what = args.bind(name, "chars")[0];
        yield s.strip(
            what == null || what instanceof Value.None ? null : text(what, name),
            !name.equals("rstrip"),
            !name.equals("lstrip"));
      }
      case "split", "rsplit" -> split(s, name, args);
      case "splitlines" -> splitLines(s, args);
      case "startswith", "endswith" -> affix(s, name, args);
      case "replace" -> {
        var a = args.bind(name, "old", "new", "count");
        yield replace(
            s, text(a[0], name), string(a[1], name), a[2] == null ? -1 : Operators.index(a[2]));
      }
      case "upper", "lower", "title", "capitalize" -> {
        args.bind(name);
        yield cased(s, name);
      }
      case "join" -> join(s, given(args.bind(name, "iterable")[0], name), true);
      case "find", "rfind", "index", "count" -> found(s, name, args);
      case "removeprefix" -> {
        String prefix = text(args.bind(name, "prefix")[0], name);
        yield s.text().startsWith(prefix) ? s.cut(prefix.length()) : s;
      }
      case "removesuffix" -> {
        String suffix = text(args.bind(name, "suffix")[0], name);
        yield s.text().endsWith(suffix) ? s.cut(0, s.length() - suffix.length()) : s;
      }
      case "partition", "rpartition" -> partition(s, name, args);
      case "zfill", "ljust", "rjust", "center" -> pad(s, name, args);
      case "format" -> format(s, args);
      default -> is(s, name, args);
    };
  }

  private Value is(Str s, String name, Args args) {
    args.bind(name);
    IntPredicate each =
        switch (name) {
          case "isdigit", "isdecimal" -> Character::isDigit;
          case "isnumeric" ->
            c -> Character.isDigit(c)
                || Character.getType(c) == Character.LETTER_NUMBER
                || Character.getType(c) == Character.OTHER_NUMBER;
          case "isalpha" -> Character::isLetter;
          case "isalnum" -> Character::isLetterOrDigit;
          case "isspace" -> Str::isSpace;
          case "isupper" -> c -> !Character.isLowerCase(c) && !Character.isTitleCase(c);
          default -> c -> !Character.isUpperCase(c) && !Character.isTitleCase(c);
        };
    boolean some =
        switch (name) {
          case "isupper" -> s.text().codePoints().anyMatch(Character::isUpperCase);
          case "islower" -> s.text().codePoints().anyMatch(Character::isLowerCase);
          default -> !s.isEmpty();
        };
    return Value.of(some && s.text().codePoints().allMatch(each));
  }

  /// `upper`, `lower`, `capitalize` or `title`.
  Str cased(Str s, String how) {
    budget.characters(s.length());
    return switch (how) {
      case "upper" -> s.map(t -> t.toUpperCase(Locale.ROOT));
      case "lower" -> s.map(t -> t.toLowerCase(Locale.ROOT));
      case "capitalize" -> {
        if (s.isEmpty()) {
          yield s;
        }
        int first = Character.charCount(s.text().codePointAt(0));
        yield s.cut(0, first)
            .map(Methods::titleCase)
            .plus(s.cut(first).map(t -> t.toLowerCase(Locale.ROOT)));
      }
      default -> {
        var out = new Str.Builder();
        boolean inWord = false;
        for (int at = 0; at < s.length(); ) {
          int c = s.text().codePointAt(at);
          int end = at + Character.charCount(c);
          boolean lower = inWord;
          out.add(s.cut(at, end).map(t -> lower ? t.toLowerCase(Locale.ROOT) : titleCase(t)));
          inWord = Character.isLetter(c);
          at = end;
        }
        yield out.str();
      }
    };
  }

  /// One character as the first of a word: `ß` is `Ss`.
  private static String titleCase(String one) {
    String title = Character.toString(Character.toTitleCase(one.codePointAt(0)));
    String upper = one.toUpperCase(Locale.ROOT);
    return upper.codePointCount(0, upper.length()) > 1
        ? upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT)
        : title;
  }

  private Value split(Str s, String name, Args args) {
    var a = args.bind(name, "sep", "maxsplit");
    long most = a[1] == null ? -1 : Operators.index(a[1]);
    boolean right = name.equals("rsplit");
    if (a[0] == null || a[0] instanceof Value.None) {
      return new Value.Seq(words(s, most, right));
    }
    String separator = text(a[0], name);
    if (separator.isEmpty()) {
      throw new Failure("split by an empty string");
    }
    var out = new ArrayList<Value>();
    int from = 0;
    int to = s.length();
    while (most < 0 || out.size() < most) {
      int cut = right
          ? (to < separator.length()
              ? -1
              : s.text().lastIndexOf(separator, to - separator.length()))
          : s.text().indexOf(separator, from);
      if (cut < 0) {
        break;
      }
      budget.steps(1);
      if (right) {
        out.add(s.cut(cut + separator.length(), to));
        to = cut;
      } else {
        out.add(s.cut(from, cut));
        from = cut + separator.length();
      }
    }
    out.add(s.cut(from, to));
    return new Value.Seq(right ? out.reversed() : out);
  }

  /// The words between white space; what is left after `most` of them stays together.
  private List<Value> words(Str s, long most, boolean right) {
    var out = new ArrayList<Value>();
    Str all = s.strip(null, true, true);
    int from = 0;
    int to = all.length();
    while (from < to) {
      budget.steps(1);
      if (most >= 0 && out.size() >= most) {
        out.add(all.cut(from, to));
        break;
      }
      int cut = right ? to : from;
      while (right ? cut > from && !space(all, cut - 1) : cut < to && !space(all, cut)) {
        cut += right ? -1 : 1;
      }
      out.add(right ? all.cut(cut, to) : all.cut(from, cut));
      while (right ? cut > from && space(all, cut - 1) : cut < to && space(all, cut)) {
        cut += right ? -1 : 1;
      }
      from = right ? from : cut;
      to = right ? cut : to;
    }
    return right ? out.reversed() : out;
  }

  private static boolean space(Str s, int at) {
    return Str.isSpace(s.text().charAt(at));
  }

  private Value splitLines(Str s, Args args) {
    var a = args.bind("splitlines", "keepends");
    boolean keep = a[0] != null && a[0].truth();
    var out = new ArrayList<Value>();
    for (int at = 0; at < s.length(); ) {
      int end = at;
      while (end < s.length() && !breaksLine(s.text().charAt(end))) {
        end++;
      }
      int next = s.text().startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, s.length());
      budget.steps(1);
      out.add(s.cut(at, keep ? next : end));
      at = next;
    }
    return new Value.Seq(out);
  }

  private static boolean breaksLine(char c) {
    return c >= '\n' && c <= '\r'
        || c >= 0x1C && c <= 0x1E
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  private Value affix(Str s, String name, Args args) {
    Value what = given(args.bind(name, "prefix")[0], name);
    var all = what instanceof Value.Seq several && several.kind() == Value.Kind.TUPLE
        ? several.items()
        : List.of(what);
    boolean any = false;
    for (Value one : all) {
      any |= name.equals("startswith")
          ? s.text().startsWith(text(one, name))
          : s.text().endsWith(text(one, name));
    }
    return Value.of(any);
  }

  /// With at most `most` replacements, all of them if it is negative.
  Str replace(Str s, String old, Str by, long most) {
    var out = new Str.Builder();
    int at = 0;
    for (long done = 0; done != most; done++) {
      int found = s.text().indexOf(old, old.isEmpty() && done > 0 ? at + 1 : at);
      if (found < 0 || found > s.length()) {
        break;
      }
      if (old.isEmpty() && done > s.length()) {
        break;
      }
      budget.steps(1);
      budget.characters(by.length());
      out.add(s.cut(at, found)).add(by);
      at = found + old.length();
      if (old.isEmpty() && at == s.length()) {
        break;
      }
    }
    budget.characters(out.length() + s.length() - at);
    return out.add(s.cut(at)).str();
  }

  /// The items of `value` with `between` between them.
  /// @param strict whether items that are not strings are refused
  Str join(Str between, Value value, boolean strict) {
    var out = new Str.Builder();
    boolean first = true;
    for (Value item : operators.iterate(Operators.defined(value))) {
      if (strict && !(item instanceof Str)) {
        throw new Failure("join() of a " + item.type());
      }
      Str one = printed.str(item);
      budget.steps(1);
      budget.characters(one.length() + (long) between.length());
      if (!first) {
        out.add(between);
      }
      out.add(one);
      first = false;
    }
    budget.characters(out.length());
    return out.str();
  }

  private Value found(Str s, String name, Args args) {
    String what = text(args.bind(name, "sub")[0], name);
    if (name.equals("count")) {
      long count = what.isEmpty() ? s.codePoints() + 1 : 0;
      for (int at = what.isEmpty() ? -1 : s.text().indexOf(what);
          at >= 0;
          at = s.text().indexOf(what, at + what.length())) {
        count++;
      }
      return new Value.Int(count);
    }
    int at = name.equals("rfind") ? s.text().lastIndexOf(what) : s.text().indexOf(what);
    if (at < 0 && name.equals("index")) {
      throw new Failure("index() of a string that is not in the other");
    }
    return new Value.Int(at < 0 ? -1 : s.text().codePointCount(0, at));
  }

  private Value partition(Str s, String name, Args args) {
    String what = text(args.bind(name, "sep")[0], name);
    if (what.isEmpty()) {
      throw new Failure(name + "() by an empty string");
    }
    boolean first = name.equals("partition");
    int at = first ? s.text().indexOf(what) : s.text().lastIndexOf(what);
    List<Value> parts = at < 0
        ? (first ? List.of(s, Str.EMPTY, Str.EMPTY) : List.of(Str.EMPTY, Str.EMPTY, s))
        : List.of(s.cut(0, at), s.cut(at, at + what.length()), s.cut(at + what.length()));
    return new Value.Seq(parts, Value.Kind.TUPLE);
  }

  private Value pad(Str s, String name, Args args) {
    var a = args.bind(name, "width", "fillchar");
    long width = Operators.index(given(a[0], name));
    return pad(s, name, width, a[1] == null ? Str.template(" ") : string(a[1], name));
  }

  Str pad(Str s, String how, long width, Str fill) {
    long missing = width - s.codePoints();
    if (missing <= 0) {
      return s;
    }
    budget.characters(missing);
    int n = (int) missing;
    Str zeros = Str.template("0".repeat(how.equals("zfill") ? n : 0));
    int half = n / 2 + (n & (int) width & 1);
    return switch (how) {
      case "zfill" -> {
        boolean signed = s.text().startsWith("-") || s.text().startsWith("+");
        yield signed ? s.cut(0, 1).plus(zeros).plus(s.cut(1)) : zeros.plus(s);
      }
      case "ljust" -> s.plus(fill.times(n));
      case "rjust" -> fill.times(n).plus(s);
      default -> fill.times(half).plus(s).plus(fill.times(n - half));
    };
  }

  /// `'{} {0} {name}'.format(…)`, without format specifications.
  private Value format(Str s, Args args) {
    var out = new Str.Builder();
    int next = 0;
    for (int at = 0; at < s.length(); ) {
      char c = s.text().charAt(at);
      boolean doubled = at + 1 < s.length() && s.text().charAt(at + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.add(s.cut(at, at + 1));
        at += 2;
      } else if (c == '{') {
        int end = s.text().indexOf('}', at);
        String field = end < 0 ? "!" : s.text().substring(at + 1, end);
        if (!field.matches("\\w*")) {
          throw new Failure("the format field '" + field + "', which is not known");
        }
        boolean position = field.matches("\\d{0,4}");
        int index = !position ? -1 : field.isEmpty() ? next++ : Integer.parseInt(field);
        Value value = position
            ? (index < args.positional().size() ? args.positional().get(index) : null)
            : args.named().get(field);
        Str one = printed.str(given(value, "format"));
        budget.characters(one.length());
        out.add(one);
        at = end + 1;
      } else {
        out.add(s.cut(at, at + 1));
        at++;
      }
    }
    return out.str();
  }

  private static Value given(Value value, String method) {
    if (value == null) {
      throw new Failure(method + "() without what it needs");
    }
    return Operators.defined(value);
  }

  private static Str string(Value value, String method) {
    if (given(value, method) instanceof Str s) {
      return s;
    }
    throw new Failure(method + "() with " + value.type() + " where a string should stand");
  }

  private static String text(Value value, String method) {
    return string(value, method).text();
  }
}
