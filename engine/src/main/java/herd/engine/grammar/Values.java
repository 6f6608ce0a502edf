package herd.engine.grammar;

import herd.engine.grammar.Schemas.At;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// Whether JSON values satisfy schemas: for those that a schema lists itself.
record Values(Schemas schemas, Strings strings) {

  static BigDecimal decimal(Number number) {
    return number instanceof Long l ? BigDecimal.valueOf(l) : new BigDecimal(number.toString());
  }

  /// Equality as JSON Schema has it: numbers by value, objects whatever their order.
  static boolean same(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return decimal(x).compareTo(decimal(y)) == 0;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      boolean same = x.size() == y.size();
      for (int i = 0; same && i < x.size(); i++) {
        same = same(x.get(i), y.get(i));
      }
      return same;
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.keySet().stream().allMatch(k -> y.containsKey(k) && same(x.get(k), y.get(k)));
    }
    return a == null ? b == null : a.equals(b);
  }

  /// Whether `value` satisfies all of `all`.
  boolean satisfy(Object value, List<At> all) {
    return schemas.alternatives(all).stream()
        .anyMatch(parts -> satisfies(value, new Shape(parts, schemas)));
  }

  boolean satisfies(Object value, Shape shape) {
    List<Object> listed = shape.values();
    if (listed != null && listed.stream().noneMatch(other -> same(value, other))) {
      return false;
    }
    return fits(value, shape);
  }

  /// Whether `value` satisfies all of a shape but what it lists.
  boolean fits(Object value, Shape shape) {
    return switch (value) {
      case null -> shape.types.contains(Shape.Type.NULL);
      case Boolean _ -> shape.types.contains(Shape.Type.BOOLEAN);
      case Number n -> shape.types.contains(Shape.Type.NUMBER) && number(decimal(n), shape);
      case String s ->
        shape.types.contains(Shape.Type.STRING) && strings.language(shape).accepts(s);
      case List<?> list -> shape.types.contains(Shape.Type.ARRAY) && array(list, shape);
      case Map<?, ?> map -> shape.types.contains(Shape.Type.OBJECT) && object(map, shape);
      default -> throw new IllegalArgumentException("no JSON: " + value);
    };
  }

  private static boolean number(BigDecimal n, Shape shape) {
    int low = shape.min == null ? 1 : n.compareTo(shape.min);
    int high = shape.max == null ? 1 : shape.max.compareTo(n);
    return low >= 0
        && !(low == 0 && shape.aboveMin)
        && high >= 0
        && !(high == 0 && shape.belowMax)
        && (!shape.integer || n.stripTrailingZeros().scale() <= 0)
        && shape.multiples().stream().allMatch(m -> n.remainder(m).signum() == 0);
  }

  private boolean array(List<?> list, Shape shape) {
    boolean fits =
        list.size() >= shape.minItems && (shape.maxItems < 0 || list.size() <= shape.maxItems);
    for (int i = 0; fits && i < list.size(); i++) {
      fits = satisfy(list.get(i), shape.item(i));
    }
    return fits;
  }

  private boolean object(Map<?, ?> map, Shape shape) {
    boolean fits = map.size() >= shape.minProperties
        && (shape.maxProperties < 0 || map.size() <= shape.maxProperties)
        && map.keySet().containsAll(shape.required);
    for (At at : shape.parts) {
      if (fits && Schemas.has(at, "propertyNames")) {
        var names = List.of(at.child("propertyNames", Schemas.get(at, "propertyNames")));
        fits = map.keySet().stream().allMatch(name -> satisfy(name, names));
      }
    }
    if (fits) {
      for (var entry : map.entrySet()) {
        fits &= satisfy(entry.getValue(), shape.property((String) entry.getKey(), strings, true));
      }
    }
    return fits;
  }
}
