package herd.engine.grammar;

import herd.engine.automaton.Dfa;
import herd.engine.grammar.Schemas.At;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What several schemas without combinators say together: of types, numbers and counts at once,
/// of properties and items by name and place.
final class Shape {
  enum Type {
    NULL,
    BOOLEAN,
    NUMBER,
    STRING,
    ARRAY,
    OBJECT
  }

  final List<At> parts;
  final EnumSet<Type> types = EnumSet.allOf(Type.class);
  boolean integer;
  BigDecimal min;
  BigDecimal max;
  boolean aboveMin;
  boolean belowMax;
  int minLength;
  int maxLength = -1;
  int minItems;
  int maxItems = -1;
  int minProperties;
  int maxProperties = -1;
  final Set<String> required = new LinkedHashSet<>();
  Dfa language; // of strings, once it is known
  private final Schemas schemas;

  Shape(List<At> parts, Schemas schemas) {
    this.parts = parts;
    this.schemas = schemas;
    for (At at : parts) {
      type(at);
      bound(at, "minimum", true, false);
      bound(at, "maximum", false, false);
      bound(at, "exclusiveMinimum", true, true);
      bound(at, "exclusiveMaximum", false, true);
      minLength = Math.max(minLength, schemas.count(at, "minLength", 0));
      maxLength = least(maxLength, schemas.count(at, "maxLength", -1));
      minItems = Math.max(minItems, schemas.count(at, "minItems", 0));
      maxItems = least(maxItems, schemas.count(at, "maxItems", -1));
      minProperties = Math.max(minProperties, schemas.count(at, "minProperties", 0));
      maxProperties = least(maxProperties, schemas.count(at, "maxProperties", -1));
      required.addAll(schemas.strings(at, "required"));
    }
  }

  private static int least(int a, int b) {
    return a < 0 ? b : b < 0 ? a : Math.min(a, b);
  }

  private void type(At at) {
    if (!Schemas.has(at, "type")) {
      return;
    }
    Object type = Schemas.get(at, "type");
    var said = EnumSet.noneOf(Type.class);
    boolean whole = true;
    for (Object name : type instanceof List<?> list ? list : List.of(type == null ? 0 : type)) {
      said.add(
          switch (name instanceof String text ? text : "") {
            case "null" -> Type.NULL;
            case "boolean" -> Type.BOOLEAN;
            case "integer" -> Type.NUMBER;
            case "number" -> {
              whole = false;
              yield Type.NUMBER;
            }
            case "string" -> Type.STRING;
            case "array" -> Type.ARRAY;
            case "object" -> Type.OBJECT;
            default ->
              throw schemas.wrong(
                  at, "type", "null, boolean, integer, number, string, array, object or a list");
          });
    }
    types.retainAll(said);
    integer |= whole && said.contains(Type.NUMBER);
  }

  private void bound(At at, String keyword, boolean lower, boolean strict) {
    if (!Schemas.has(at, keyword)) {
      return;
    }
    if (!(Schemas.get(at, keyword) instanceof Number number)) {
      throw schemas.wrong(at, keyword, "a number");
    }
    BigDecimal bound = Values.decimal(number);
    int order =
        lower ? min == null ? 1 : bound.compareTo(min) : max == null ? 1 : max.compareTo(bound);
    if (lower && order >= 0) {
      aboveMin = strict || order == 0 && aboveMin;
      min = bound;
    } else if (!lower && order >= 0) {
      belowMax = strict || order == 0 && belowMax;
      max = bound;
    }
  }

  /// The values of `enum` and `const` that all parts allow as such, null if no part lists any.
  List<Object> values() {
    List<Object> out = null;
    for (At at : parts) {
      for (String keyword : List.of("enum", "const")) {
        if (!Schemas.has(at, keyword)) {
          continue;
        }
        Object said = Schemas.get(at, keyword);
        if (keyword.equals("enum") && !(said instanceof List)) {
          throw schemas.wrong(at, keyword, "a list");
        }
        var list = new ArrayList<Object>();
        if (keyword.equals("enum")) {
          list.addAll((List<?>) said);
        } else {
          list.add(said);
        }
        if (out == null) {
          out = list;
        } else {
          out.removeIf(value -> list.stream().noneMatch(other -> Values.same(value, other)));
        }
      }
    }
    return out;
  }

  List<BigDecimal> multiples() {
    var out = new ArrayList<BigDecimal>();
    for (At at : parts) {
      if (Schemas.has(at, "multipleOf")) {
        if (!(Schemas.get(at, "multipleOf") instanceof Number n) || n.doubleValue() <= 0) {
          throw schemas.wrong(at, "multipleOf", "a number above 0");
        }
        out.add(Values.decimal(n));
      }
    }
    return out;
  }

  /// Names that properties or requirements list, in their order.
  Set<String> names() {
    var out = new LinkedHashSet<String>();
    for (At at : parts) {
      out.addAll(schemas.named(at, "properties").keySet());
    }
    out.addAll(required);
    return out;
  }

  /// What the value of a property must satisfy; null where the property may not be.
  /// @param open whether names that nothing speaks of may be
  List<At> property(String name, Strings strings, boolean open) {
    boolean spoken = false;
    var out = new ArrayList<At>();
    for (At at : parts) {
      int before = out.size();
      At own = schemas.named(at, "properties").get(name);
      if (own != null) {
        out.add(own);
      }
      schemas.named(at, "patternProperties").forEach((pattern, schema) -> {
        if (strings.pattern(at, pattern).accepts(name)) {
          out.add(schema);
        }
      });
      spoken |= out.size() > before || Schemas.has(at, "additionalProperties");
      if (out.size() == before) {
        additional(at, out);
      }
    }
    return spoken || open ? out : null;
  }

  /// Adds the schema of the properties that neither name nor pattern speaks of.
  static void additional(At at, List<At> out) {
    if (Schemas.has(at, "additionalProperties")) {
      Object schema = Schemas.get(at, "additionalProperties");
      out.add(at.child("additionalProperties", schema));
    }
  }

  /// Whether names that nothing speaks of may be, by the style's rule for schemas without
  /// `additionalProperties`.
  boolean open(boolean closed) {
    boolean silent = parts.stream().noneMatch(at -> Schemas.has(at, "additionalProperties"));
    boolean named = parts.stream()
        .anyMatch(at -> Schemas.has(at, "properties") || Schemas.has(at, "patternProperties"));
    return !(closed && silent && named);
  }

  /// Number of places at the begin of an array that have schemas of their own.
  int places() {
    int places = 0;
    for (At at : parts) {
      places = Math.max(places, prefix(at).size());
    }
    return places;
  }

  private List<At> prefix(At at) {
    if (Schemas.has(at, "prefixItems")) {
      return schemas.listed(at, "prefixItems");
    }
    boolean tuple = Schemas.get(at, "items") instanceof List<?> list && !list.isEmpty();
    return tuple ? schemas.listed(at, "items") : List.of();
  }

  /// What the item at a place must satisfy.
  List<At> item(int place) {
    var out = new ArrayList<At>();
    for (At at : parts) {
      List<At> prefix = prefix(at);
      boolean tuple = Schemas.get(at, "items") instanceof List;
      String rest = tuple ? "additionalItems" : "items";
      if (place < prefix.size()) {
        out.add(prefix.get(place));
      } else if (Schemas.has(at, rest)) {
        out.add(at.child(rest, Schemas.get(at, rest)));
      }
    }
    return out;
  }

  /// The patterns by which further properties are told apart.
  Map<String, At> patterns(At at) {
    return schemas.named(at, "patternProperties");
  }
}
