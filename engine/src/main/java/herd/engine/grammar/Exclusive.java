package herd.engine.grammar;

import herd.engine.grammar.Schemas.At;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Proves that no value satisfies two schemas of a `oneOf`: then it says the same as `anyOf`. No
/// automaton of reasonable size checks that just one of several holds.
record Exclusive(Schemas schemas, Values values) {
  private static final int DEPTH = 8;
  private static final int PARTS = 200;

  /// Checks every `oneOf` that `at` applies to the value itself.
  /// @throws herd.engine.UserError if two of its schemas may hold at once
  void check(At at) {
    check(at, new ArrayList<>());
  }

  private void check(At at, List<String> path) {
    if (!(at.value() instanceof Map<?, ?>) || path.contains(at.pointer())) {
      return;
    }
    path.add(at.pointer());
    for (String keyword : List.of("allOf", "anyOf", "oneOf")) {
      if (Schemas.has(at, keyword)) {
        schemas.listed(at, keyword).forEach(part -> check(part, path));
      }
    }
    if (Schemas.has(at, "$ref")) {
      check(schemas.target(at), path);
    }
    if (Schemas.has(at, "oneOf")) {
      List<At> parts = schemas.listed(at, "oneOf");
      if (parts.size() > PARTS) {
        throw schemas.error(
            at, "oneOf", "more than " + PARTS + " schemas", "Write anyOf, or an enum.");
      }
      for (int i = 0; i < parts.size(); i++) {
        for (int j = 0; j < i; j++) {
          if (!impossible(List.of(parts.get(j), parts.get(i)), 0)) {
            throw schemas.error(
                at,
                "oneOf",
                "schemas " + j + " and " + i + " may hold at once, as far as can be told",
                "Write anyOf, or give each a constant property that tells them apart.");
          }
        }
      }
    }
  }

  /// Whether surely no value satisfies all of `all`.
  private boolean impossible(List<At> all, int depth) {
    return depth < DEPTH
        && schemas.alternatives(all).stream()
            .allMatch(parts -> impossible(new Shape(parts, schemas), depth));
  }

  private boolean impossible(Shape shape, int depth) {
    List<Object> listed = shape.values();
    if (listed != null) {
      return listed.stream().noneMatch(value -> values.fits(value, shape));
    }
    for (Shape.Type type : shape.types) {
      boolean never =
          switch (type) {
            case NULL, BOOLEAN -> false;
            case NUMBER -> numbers(shape);
            case STRING -> values.strings().language(shape).isEmpty();
            case ARRAY -> items(shape, depth);
            case OBJECT -> properties(shape, depth);
          };
      if (!never) {
        return false;
      }
    }
    return true;
  }

  private static boolean numbers(Shape shape) {
    int order = shape.min == null || shape.max == null ? -1 : shape.min.compareTo(shape.max);
    return order > 0 || order == 0 && (shape.aboveMin || shape.belowMax);
  }

  private boolean items(Shape shape, int depth) {
    if (shape.maxItems >= 0 && shape.minItems > shape.maxItems) {
      return true;
    }
    for (int i = 0; i < Math.min(shape.minItems, shape.places() + 1); i++) {
      if (impossible(shape.item(i), depth + 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean properties(Shape shape, int depth) {
    if (shape.maxProperties >= 0
        && Math.max(shape.minProperties, shape.required.size()) > shape.maxProperties) {
      return true;
    }
    return shape.required.stream()
        .anyMatch(name -> impossible(shape.property(name, values.strings(), true), depth + 1));
  }
}
