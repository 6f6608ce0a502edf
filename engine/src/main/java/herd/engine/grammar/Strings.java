package herd.engine.grammar;

import herd.engine.automaton.Dfa;
import herd.engine.automaton.Expr;
import herd.engine.grammar.Schemas.At;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The languages of strings that schemas ask for: patterns, formats, lengths.
final class Strings {
  private static final String DAY_OF_YEAR =
      "([0-9]{4}-(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))|((0[469]|11)-(0[1-9]|[12][0-9]|30))"
          + "|(02-(0[1-9]|1[0-9]|2[0-8])))"
          + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))";
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final String LABEL = "([A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?)";
  private static final String HOST = LABEL + "(\\." + LABEL + "){0,6}";
  private static final String H = "[0-9a-fA-F]{1,4}";

  /// What each format generates: whole texts, a subset of what the format allows.
  private static final Map<String, String> FORMATS = Map.ofEntries(
      Map.entry("date", DAY_OF_YEAR),
      Map.entry("time", TIME),
      Map.entry("date-time", DAY_OF_YEAR + "T" + TIME),
      Map.entry(
          "duration",
          "P([0-9]{1,9}W|([0-9]{1,9}Y([0-9]{1,9}M([0-9]{1,9}D)?)?|[0-9]{1,9}M([0-9]{1,9}D)?"
              + "|[0-9]{1,9}D)(T" + clock() + ")?|T" + clock() + ")"),
      Map.entry(
          "email",
          "[A-Za-z0-9_+-]{1,30}(\\.[A-Za-z0-9_+-]{1,30}){0,1}@" + LABEL + "(\\." + LABEL
              + "){0,3}\\.[A-Za-z]{2,10}"),
      Map.entry("hostname", HOST),
      Map.entry("ipv4", OCTET + "(\\." + OCTET + "){3}"),
      Map.entry("ipv6", ipv6()),
      Map.entry("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
      Map.entry(
          "uri",
          "(https?|ftp)://" + HOST + "\\.[A-Za-z]{2,10}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~-]*)*"
              + "(\\?[A-Za-z0-9._~=&-]*)?(#[A-Za-z0-9._~-]*)?"),
      Map.entry("json-pointer", "(/([^/~]|~[01])*)*"));

  private final Schemas schemas;
  private final Map<String, Dfa> known = new HashMap<>();

  Strings(Schemas schemas) {
    this.schemas = schemas;
  }

  private static String clock() {
    return "([0-9]{1,9}H([0-9]{1,9}M([0-9]{1,9}S)?)?|[0-9]{1,9}M([0-9]{1,9}S)?|[0-9]{1,9}S)";
  }

  /// All eight groups, or a gap anywhere.
  private static String ipv6() {
    var out = new StringBuilder("(" + H + ":){7}" + H);
    for (int before = 0; before <= 6; before++) {
      String head =
          before == 0 ? "" : H + (before == 1 ? "" : "(:" + H + "){" + (before - 1) + "}");
      int after = 6 - before;
      out.append("|").append(head).append("::");
      if (after > 0) {
        out.append("(" + H + "(:" + H + "){0," + (after - 1) + "})?");
      }
    }
    return out.toString();
  }

  /// Strings in which `pattern` is found.
  Dfa pattern(At at, String pattern) {
    String key = "pattern " + pattern;
    Dfa old = known.get(key);
    if (old == null) {
      String where = schemas.where() + ": " + at.pointer();
      old = Dfa.of(Regex.read(pattern, where), true, where);
      known.put(key, old);
    }
    return old;
  }

  private Dfa format(At at, String format) {
    String regex = FORMATS.get(format);
    if (regex == null) {
      throw schemas.error(
          at,
          "format",
          "the format " + format + " is not supported",
          "Use one of " + String.join(", ", FORMATS.keySet().stream().sorted().toList())
              + ", or a pattern.");
    }
    String where = schemas.where() + ": " + at.pointer() + "/format";
    return known.computeIfAbsent(
        "format " + format, _ -> Dfa.of(Regex.read(regex, where), false, where));
  }

  /// Whether nothing but lengths limits the strings of a shape.
  static boolean plain(Shape shape) {
    return shape.parts.stream()
        .noneMatch(at -> Schemas.has(at, "pattern") || Schemas.has(at, "format"));
  }

  /// The strings that a shape allows, whatever it lists.
  Dfa language(Shape shape) {
    if (shape.language == null) {
      shape.language = made(shape);
    }
    return shape.language;
  }

  private Dfa made(Shape shape) {
    Dfa out = Dfa.ALL;
    String where = schemas.where();
    for (At at : shape.parts) {
      where = schemas.where() + ": " + at.pointer();
      if (Schemas.has(at, "pattern")) {
        if (!(Schemas.get(at, "pattern") instanceof String pattern)) {
          throw schemas.wrong(at, "pattern", "a string");
        }
        out = both(out, pattern(at.child("pattern", pattern), pattern), where);
      }
      if (Schemas.has(at, "format")) {
        if (!(Schemas.get(at, "format") instanceof String format)) {
          throw schemas.wrong(at, "format", "a string");
        }
        out = both(out, format(at, format), where);
      }
    }
    if (shape.maxLength >= 0 && shape.maxLength < shape.minLength) {
      return Dfa.NONE;
    }
    if (shape.minLength > 0 || shape.maxLength >= 0) {
      out = both(out, lengths(shape.minLength, shape.maxLength, where), where);
    }
    return out;
  }

  private Dfa lengths(int min, int max, String where) {
    String key = "length " + min + " " + max;
    Dfa old = known.get(key);
    if (old == null) {
      old = Dfa.lengths(min, max, where);
      known.put(key, old);
    }
    return old;
  }

  private static Dfa both(Dfa a, Dfa b, String where) {
    return a == Dfa.ALL ? b : b == Dfa.ALL ? a : a.and(b, where);
  }

  /// Exactly the strings of `names`.
  static Dfa names(Iterable<String> names, String where) {
    var parts = new ArrayList<Expr>();
    names.forEach(name -> parts.add(Expr.text(name)));
    return Dfa.of(new Expr.Alt(List.copyOf(parts)), false, where);
  }
}
