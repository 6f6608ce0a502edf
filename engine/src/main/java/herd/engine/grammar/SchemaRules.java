package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.automaton.Codes;
import herd.engine.automaton.Counted;
import herd.engine.automaton.Dfa;
import herd.engine.automaton.Expr;
import herd.engine.automaton.JsonText;
import herd.engine.automaton.Language;
import herd.engine.automaton.Nfa;
import herd.engine.automaton.Rules;
import herd.engine.automaton.Thompson;
import herd.engine.grammar.Schemas.At;
import herd.engine.io.JsonWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Writes a JSON Schema as rules. What several schemas ask of one value together is one rule,
/// found again by their places, so that recursive schemas become recursive rules.
final class SchemaRules {
  private static final Expr FLEXIBLE = Expr.alt(
      Expr.EMPTY,
      Expr.text(" "),
      Expr.seq(
          Expr.text("\n"), new Expr.Repeat(new Expr.Chars(Codes.of(' ', ' ', '\t', '\t')), 0, 80)));

  private final Schemas schemas;
  private final Strings strings;
  private final Values values;
  private final JsonStyle style;
  private final Rules rules;
  private final Map<Object, Integer> known = new HashMap<>();
  private final ArrayDeque<Runnable> open = new ArrayDeque<>();
  private final Expr space;

  SchemaRules(Object schema, String where, JsonStyle style) {
    schemas = new Schemas(schema, where);
    strings = new Strings(schemas);
    values = new Values(schemas, strings);
    this.style = style;
    rules = new Rules(where);
    int root = rules.add(where, false);
    space = style.flexible() ? rule("space", FLEXIBLE) : Expr.EMPTY;
    rules.define(root, value(List.of(schemas.root())));
  }

  Language language() {
    while (!open.isEmpty()) {
      open.remove().run();
    }
    return rules.language();
  }

  private Expr rule(String name, Expr body) {
    int rule = rules.add(schemas.where() + ": " + name, false);
    rules.define(rule, body);
    return new Expr.Ref(rule);
  }

  private Expr rule(Object key, Nfa nfa) {
    int rule = rules.add(key.toString(), false);
    rules.define(rule, nfa);
    known.put(key, rule);
    return new Expr.Ref(rule);
  }

  /// Values that satisfy all of `all`.
  private Expr value(List<At> all) {
    var key = List.copyOf(new LinkedHashSet<>(all));
    Integer old = known.get(key);
    if (old != null) {
      return new Expr.Ref(old);
    }
    int rule = rules.add(schemas.where() + ": " + key.stream().map(At::pointer).toList(), false);
    known.put(key, rule);
    open.add(() -> {
      for (At at : key) {
        new Exclusive(schemas, values).check(at);
      }
      var ways = new ArrayList<Expr>();
      for (List<At> parts : schemas.alternatives(key)) {
        ways.addAll(ways(new Shape(parts, schemas)));
      }
      rules.define(rule, new Expr.Alt(ways));
    });
    return new Expr.Ref(rule);
  }

  private List<Expr> ways(Shape shape) {
    var out = new ArrayList<Expr>();
    List<Object> listed = shape.values();
    if (listed != null) {
      for (Object value : listed) {
        if (values.fits(value, shape)) {
          out.add(literal(value));
        }
      }
      return out;
    }
    for (Shape.Type type : shape.types) {
      switch (type) {
        case NULL -> out.add(Expr.text("null"));
        case BOOLEAN -> {
          out.add(Expr.text("true"));
          out.add(Expr.text("false"));
        }
        case NUMBER -> out.add(number(shape));
        case STRING -> string(shape, out);
        case ARRAY -> out.add(array(shape));
        case OBJECT -> out.add(object(shape));
      }
    }
    return out;
  }

  private Expr literal(Object value) {
    if (value instanceof String text) {
      return Expr.text(JsonText.quoted(text));
    }
    boolean list = value instanceof List;
    if (!list && !(value instanceof Map)) {
      boolean whole = value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e18;
      return Expr.text(JsonWriter.write(whole ? (Object) ((Double) value).longValue() : value));
    }
    var parts = new ArrayList<Expr>();
    parts.add(Expr.seq(Expr.text(list ? "[" : "{"), space));
    if (value instanceof List<?> items) {
      items.forEach(item -> separated(parts, literal(item)));
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> separated(
          parts, Expr.seq(Expr.text(JsonText.quoted((String) key) + ":"), space, literal(item))));
    }
    parts.add(parts.size() == 1 ? Expr.EMPTY : space);
    parts.add(Expr.text(list ? "]" : "}"));
    return new Expr.Seq(parts);
  }

  private void separated(List<Expr> parts, Expr part) {
    parts.add(parts.size() == 1 ? part : Expr.seq(Expr.text(","), space, part));
  }

  private Expr number(Shape shape) {
    if (Numbers.free(shape)) {
      String key = shape.integer ? "integer" : "number";
      Integer old = known.get(key);
      if (old == null) {
        int rule = rules.add(key, false);
        rules.define(rule, Numbers.free(shape.integer));
        known.put(key, rule);
        old = rule;
      }
      return new Expr.Ref(old);
    }
    var key = List.of(
        "number",
        shape.integer,
        shape.min + "",
        shape.max + "",
        shape.aboveMin,
        shape.belowMax,
        shape.multiples());
    Integer old = known.get(key);
    if (old != null) {
      return new Expr.Ref(old);
    }
    Dfa dfa = Numbers.language(shape, place(shape));
    return dfa.isEmpty() ? Expr.NOTHING : rule(key, JsonText.plain(dfa, rules.budget()));
  }

  private String place(Shape shape) {
    String at = shape.parts.isEmpty() ? "#" : shape.parts.getFirst().pointer();
    return schemas.where() + ": " + at;
  }

  private void string(Shape shape, List<Expr> out) {
    if (!Strings.plain(shape)) {
      Dfa dfa = strings.language(shape);
      if (!dfa.isEmpty()) {
        out.add(quoted(dfa));
      }
    } else if (shape.maxLength < 0 || shape.minLength <= shape.maxLength) {
      out.add(counted(shape.minLength, shape.maxLength));
    }
  }

  private Expr quoted(Dfa dfa) {
    Integer old = known.get(dfa);
    return old == null ? rule(dfa, JsonText.quoted(dfa, rules.budget())) : new Expr.Ref(old);
  }

  private Expr counted(int min, int max) {
    var key = new Counted(min, max);
    Integer old = known.get(key);
    if (old == null) {
      old = rules.add("string", false);
      rules.define(old, key);
      known.put(key, old);
    }
    return new Expr.Ref(old);
  }

  private Expr array(Shape shape) {
    int places = shape.places();
    int many = Math.max(places, Math.max(shape.minItems, shape.maxItems));
    var out = new Nfa.Builder(rules.budget());
    var write = new Thompson(out, true);
    int start = out.node();
    int accept = out.node();
    int close = out.node();
    int at = out.node();
    write.add(Expr.text("["), start, at);
    write.add(Expr.text("]"), close, accept);
    int first = at;
    at = out.node();
    write.add(space, first, at);
    if (shape.minItems == 0) {
      out.nothing(first, close);
    }
    for (int i = 0; i <= many; i++) {
      if (i > 0 && i >= shape.minItems) {
        write.add(space, at, close);
      }
      boolean full = shape.maxItems >= 0 && i >= shape.maxItems;
      if (full || i == many && shape.maxItems >= 0) {
        break;
      }
      Expr item = value(shape.item(i));
      Expr next = i == 0 ? item : Expr.seq(Expr.text(","), space, item);
      int after = out.node();
      write.add(next, at, after);
      if (i == many) { // and any number more
        write.add(Expr.seq(Expr.text(","), space, value(shape.item(i + 1))), after, after);
        write.add(space, after, close);
        break;
      }
      at = after;
    }
    return unnamed(out.build(start, accept), shape);
  }

  private Expr unnamed(Nfa nfa, Shape shape) {
    int rule = rules.add(place(shape), false);
    rules.define(rule, nfa);
    return new Expr.Ref(rule);
  }

  /// A way to write one property: its name as it is or by its language, and its value.
  private record Property(Expr name, Expr value, boolean required) {}

  private Expr object(Shape shape) {
    boolean open = shape.open(style.closed());
    var names = shape.names();
    var fixed = new ArrayList<Property>();
    for (String name : names) {
      List<At> all = shape.property(name, strings, open);
      boolean must = shape.required.contains(name);
      if (all != null && named(name, shape)) {
        fixed.add(new Property(Expr.text(JsonText.quoted(name)), value(all), must));
      } else if (must) {
        return Expr.NOTHING;
      }
    }
    return object(shape, fixed, further(shape, names, open));
  }

  /// Whether `propertyNames` allow a name.
  private boolean named(String name, Shape shape) {
    return values.satisfy(name, propertyNames(shape));
  }

  private static List<At> propertyNames(Shape shape) {
    var out = new ArrayList<At>();
    for (At at : shape.parts) {
      if (Schemas.has(at, "propertyNames")) {
        out.add(at.child("propertyNames", Schemas.get(at, "propertyNames")));
      }
    }
    return out;
  }

  /// Properties whose names no schema lists: by the patterns that their names match.
  private List<Property> further(Shape shape, Set<String> names, boolean open) {
    var out = new ArrayList<Property>();
    List<At> limits = propertyNames(shape);
    boolean patterns = shape.parts.stream().anyMatch(at -> !shape.patterns(at).isEmpty());
    if (names.isEmpty() && limits.isEmpty() && !patterns) {
      if (open) {
        out.add(new Property(counted(0, -1), value(rest(shape, Map.of(), Set.of())), false));
      }
      return out;
    }
    String where = place(shape);
    for (List<At> limit : schemas.alternatives(limits)) {
      var named = new Shape(limit, schemas);
      List<Object> listed = named.values();
      Dfa all = listed == null
          ? strings.language(named)
          : Strings.names(
              listed.stream()
                  .filter(value -> value instanceof String && values.fits(value, named))
                  .map(String.class::cast)
                  .toList(),
              where);
      if (named.types.contains(Shape.Type.STRING)) {
        regions(shape, all.minus(Strings.names(names, where), where), open, where, out);
      }
    }
    return out;
  }

  private record Region(Dfa names, Set<String> patterns) {}

  private void regions(Shape shape, Dfa names, boolean open, String where, List<Property> out) {
    var patterns = new HashMap<String, Dfa>();
    for (At at : shape.parts) {
      shape
          .patterns(at)
          .forEach((pattern, _) -> patterns.put(pattern, strings.pattern(at, pattern)));
    }
    List<Region> regions = List.of(new Region(names, Set.of()));
    for (String pattern : new TreeSet<>(patterns.keySet())) {
      var next = new ArrayList<Region>();
      for (Region region : regions) {
        var with = new HashSet<>(region.patterns);
        with.add(pattern);
        next.add(new Region(region.names.and(patterns.get(pattern), where), with));
        next.add(new Region(region.names.minus(patterns.get(pattern), where), region.patterns));
      }
      next.removeIf(region -> region.names.isEmpty());
      if (next.size() > 64) {
        throw new UserError(
            where + "/patternProperties",
            "more than 64 combinations of patterns that overlap",
            "Write patterns that exclude each other.");
      }
      regions = next;
    }
    for (Region region : regions) {
      if (!region.names.isEmpty() && (open || !region.patterns.isEmpty())) {
        List<At> rest = rest(shape, patterns, region.patterns);
        out.add(new Property(quoted(region.names), value(rest), false));
      }
    }
  }

  /// What a property must satisfy whose name matches just these patterns.
  private static List<At> rest(Shape shape, Map<String, Dfa> patterns, Set<String> matched) {
    var out = new ArrayList<At>();
    for (At at : shape.parts) {
      int before = out.size();
      shape.patterns(at).forEach((pattern, schema) -> {
        if (matched.contains(pattern)) {
          out.add(schema);
        }
      });
      if (out.size() == before) {
        Shape.additional(at, out);
      }
    }
    return out;
  }

  /// Places in the list of properties, each for no property so far, one, … as far as counts
  /// matter.
  private Expr object(Shape shape, List<Property> fixed, List<Property> further) {
    boolean most =
        shape.maxProperties >= 0 && (shape.maxProperties < fixed.size() || !further.isEmpty());
    int counts = Math.max(1, most ? shape.maxProperties : shape.minProperties);
    var out = new Nfa.Builder(rules.budget());
    var write = new Thompson(out, true);
    int start = out.node();
    int accept = out.node();
    int begin = out.node();
    int close = out.node();
    write.add(Expr.text("{"), start, begin);
    write.add(Expr.text("}"), close, accept);
    int[] at = new int[counts + 1];
    at[0] = begin;
    for (int c = 1; c <= counts; c++) {
      at[c] = out.node();
    }
    boolean none = most && shape.maxProperties == 0;
    for (int i = 0; i <= fixed.size(); i++) {
      boolean last = i == fixed.size();
      int[] next = at.clone();
      for (int c = 0; c <= counts && !last; c++) {
        next[c] = out.node();
        if (!fixed.get(i).required()) {
          out.nothing(at[c], next[c]);
        }
      }
      for (Property property : last ? further : List.of(fixed.get(i))) {
        for (int c = 0; c <= counts && !none; c++) {
          if (!most || c < counts) {
            write.add(written(property, c), at[c], next[Math.min(c + 1, counts)]);
          }
        }
      }
      at = next;
    }
    for (int c = shape.minProperties; c <= counts; c++) {
      write.add(c == 0 ? Expr.EMPTY : space, at[c], close);
    }
    return unnamed(out.build(start, accept), shape);
  }

  private Expr written(Property property, int before) {
    Expr lead = before == 0 ? space : Expr.seq(Expr.text(","), space);
    return Expr.seq(lead, property.name(), Expr.text(":"), space, property.value());
  }
}
