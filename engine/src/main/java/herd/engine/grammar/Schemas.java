package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.io.JsonWriter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A schema document: finds what references point to, checks keywords, and writes out `allOf`,
/// `anyOf`, `oneOf` and `$ref` as alternatives of schemas without them.
final class Schemas {
  /// A schema and the place where it stands, a JSON pointer as a URI fragment.
  record At(Object value, String pointer) {
    At child(Object key, Object child) {
      String name = key.toString().replace("~", "~0").replace("/", "~1");
      return new At(child, pointer + "/" + name);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof At at && pointer.equals(at.pointer);
    }

    @Override
    public int hashCode() {
      return pointer.hashCode();
    }
  }

  private static final int ALTERNATIVES = 2_000;
  private static final int DEPTH = 300;

  private static final Set<String> ANNOTATIONS = Set.of(
      "$schema",
      "$comment",
      "$defs",
      "definitions",
      "title",
      "description",
      "default",
      "examples",
      "example",
      "readOnly",
      "writeOnly",
      "deprecated",
      "contentEncoding",
      "contentMediaType",
      "contentSchema",
      "$anchor");

  private static final Set<String> SUPPORTED = Set.of(
      "type",
      "enum",
      "const",
      "properties",
      "required",
      "additionalProperties",
      "patternProperties",
      "propertyNames",
      "minProperties",
      "maxProperties",
      "dependentRequired",
      "items",
      "prefixItems",
      "additionalItems",
      "minItems",
      "maxItems",
      "uniqueItems",
      "minLength",
      "maxLength",
      "pattern",
      "format",
      "minimum",
      "maximum",
      "exclusiveMinimum",
      "exclusiveMaximum",
      "multipleOf",
      "anyOf",
      "oneOf",
      "allOf",
      "$ref");

  private final String where;
  private final At root;
  private final Map<String, At> anchors = new HashMap<>();
  private final Set<String> checked = new HashSet<>();

  /// @param where what errors call the schema
  Schemas(Object schema, String where) {
    this.where = where;
    root = new At(schema, "#");
    anchors(root, 0);
  }

  At root() {
    return root;
  }

  String where() {
    return where;
  }

  /// The error for the keyword of a schema.
  UserError error(At at, String keyword, String found, String remedy) {
    return new UserError(where + ": " + at.pointer() + "/" + keyword, found, remedy);
  }

  private void anchors(At at, int depth) {
    if (at.value() instanceof Map<?, ?> map) {
      if (map.get("$anchor") instanceof String name) {
        anchors.putIfAbsent("#" + name, at);
      }
      map.forEach((key, value) -> {
        if (!"enum".equals(key) && !"const".equals(key)) {
          anchors(at.child(key, value), depth + 1);
        }
      });
    } else if (at.value() instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        anchors(at.child(i, list.get(i)), depth + 1);
      }
    }
  }

  /// The keyword's value, null if it is not there.
  static Object get(At at, String keyword) {
    return at.value() instanceof Map<?, ?> map ? map.get(keyword) : null;
  }

  static boolean has(At at, String keyword) {
    return at.value() instanceof Map<?, ?> map && map.containsKey(keyword);
  }

  /// The schemas by name under a keyword such as `properties`; empty if it is not there.
  Map<String, At> named(At at, String keyword) {
    var out = new LinkedHashMap<String, At>();
    if (has(at, keyword)) {
      if (!(get(at, keyword) instanceof Map<?, ?> map)) {
        throw wrong(at, keyword, "an object");
      }
      At under = at.child(keyword, map);
      map.forEach((name, schema) -> out.put((String) name, under.child(name, schema)));
    }
    return out;
  }

  /// The schemas in the list of a keyword such as `anyOf`.
  List<At> listed(At at, String keyword) {
    if (!(get(at, keyword) instanceof List<?> list) || list.isEmpty()) {
      throw wrong(at, keyword, "a list that is not empty");
    }
    var out = new ArrayList<At>();
    At under = at.child(keyword, list);
    for (Object schema : list) {
      out.add(under.child(out.size(), schema));
    }
    return out;
  }

  Set<String> strings(At at, String keyword) {
    var out = new LinkedHashSet<String>();
    if (has(at, keyword)) {
      if (!(get(at, keyword) instanceof List<?> list)) {
        throw wrong(at, keyword, "a list of strings");
      }
      for (Object name : list) {
        if (!(name instanceof String text)) {
          throw wrong(at, keyword, "a list of strings");
        }
        out.add(text);
      }
    }
    return out;
  }

  /// A count such as `minLength`; at most a billion, which no text reaches.
  int count(At at, String keyword, int otherwise) {
    if (!has(at, keyword)) {
      return otherwise;
    }
    if (!(get(at, keyword) instanceof Number n)
        || n.doubleValue() < 0
        || n.doubleValue() != Math.rint(n.doubleValue())) {
      throw wrong(at, keyword, "a whole number from 0");
    }
    return (int) Math.min(n.doubleValue(), 1e9);
  }

  UserError wrong(At at, String keyword, String allowed) {
    String found = JsonWriter.write(get(at, keyword));
    return new UserError(
        where + ": " + at.pointer() + "/" + keyword,
        found.length() > 60 ? found.substring(0, 60) + "…" : found,
        allowed,
        "Correct the schema.");
  }

  /// All ways to satisfy every one of `all`: each a list of schemas without combinators.
  List<List<At>> alternatives(List<At> all) {
    List<List<At>> out = List.of(List.of());
    for (At at : all) {
      out = both(out, expand(at, new ArrayList<>()), at);
    }
    return out;
  }

  private List<List<At>> both(List<List<At>> a, List<List<At>> b, At at) {
    if ((long) a.size() * b.size() > ALTERNATIVES) {
      throw new UserError(
          where + ": " + at.pointer(),
          "more than " + ALTERNATIVES + " combinations of alternatives",
          "Write fewer anyOf and oneOf inside allOf.");
    }
    var out = new LinkedHashSet<List<At>>();
    for (var left : a) {
      for (var right : b) {
        var joined = new LinkedHashSet<At>(left);
        joined.addAll(right);
        out.add(List.copyOf(joined));
      }
    }
    return List.copyOf(out);
  }

  private List<List<At>> expand(At at, List<String> path) {
    if (at.value() instanceof Boolean yes) {
      return yes ? List.of(List.of()) : List.of();
    }
    check(at);
    if (path.contains(at.pointer()) || path.size() > DEPTH) {
      throw new UserError(
          where + ": " + at.pointer(),
          path.size() > DEPTH ? "references too deep" : "a reference that leads back to itself",
          "Let a property or an item stand between.");
    }
    path.add(at.pointer());
    List<List<At>> out = List.of(List.of(at));
    if (has(at, "$ref")) {
      out = both(out, expand(target(at), path), at);
    }
    if (has(at, "allOf")) {
      for (At part : listed(at, "allOf")) {
        out = both(out, expand(part, path), at);
      }
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (has(at, keyword)) {
        var some = new LinkedHashSet<List<At>>();
        for (At part : listed(at, keyword)) {
          some.addAll(expand(part, path));
        }
        out = both(out, List.copyOf(some), at);
      }
    }
    for (var dependent : dependents(at)) {
      out = both(out, dependent, at);
    }
    path.removeLast();
    return out;
  }

  /// Of each `dependentRequired`: the property is missing, or all are there.
  private List<List<List<At>>> dependents(At at) {
    var out = new ArrayList<List<List<At>>>();
    named(at, "dependentRequired").forEach((name, names) -> {
      var all = new ArrayList<Object>(List.of(name));
      all.addAll(strings(new At(Map.of("names", names.value()), names.pointer()), "names"));
      At without = new At(Map.of("properties", Map.of(name, false)), names.pointer() + "/without");
      At with = new At(Map.of("required", all), names.pointer() + "/with");
      out.add(List.of(List.of(without), List.of(with)));
    });
    return out;
  }

  /// What a reference points to.
  At target(At at) {
    if (!(get(at, "$ref") instanceof String ref)) {
      throw wrong(at, "$ref", "a string");
    }
    String local = ref;
    if (get(root, "$id") instanceof String id && ref.startsWith(id)) {
      local = ref.substring(id.length());
    }
    if (local.isEmpty() || local.equals("#")) {
      return root;
    }
    if (anchors.containsKey(local)) {
      return anchors.get(local);
    }
    if (!local.startsWith("#/")) {
      throw error(
          at,
          "$ref",
          "the reference " + ref + " leads out of the schema",
          "Put what it means under $defs and refer to #/$defs/name.");
    }
    At here = root;
    for (String part : local.substring(2).split("/", -1)) {
      String key = decoded(part).replace("~1", "/").replace("~0", "~");
      if (here.value() instanceof Map<?, ?> map && map.containsKey(key)) {
        here = here.child(key, map.get(key));
      } else if (here.value() instanceof List<?> list
          && key.matches("0|[1-9][0-9]{0,6}")
          && Integer.parseInt(key) < list.size()) {
        here = here.child(key, list.get(Integer.parseInt(key)));
      } else {
        throw error(at, "$ref", "nothing stands at " + ref, "Define it.");
      }
    }
    return here;
  }

  private static String decoded(String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return part;
    }
  }

  private void check(At at) {
    if (!(at.value() instanceof Map<?, ?> map)) {
      throw new UserError(
          where + ": " + at.pointer(),
          "a schema that is neither object nor true nor false",
          "Correct the schema.");
    }
    if (!checked.add(at.pointer())) {
      return;
    }
    for (Object key : map.keySet()) {
      String keyword = (String) key;
      boolean rootId = keyword.equals("$id") && at.pointer().equals("#");
      if (!SUPPORTED.contains(keyword)
          && !ANNOTATIONS.contains(keyword)
          && !keyword.startsWith("x-")
          && !rootId) {
        throw error(at, keyword, "the keyword " + keyword + " is not supported", remedy(keyword));
      }
    }
    if (Boolean.TRUE.equals(get(at, "uniqueItems")) && count(at, "maxItems", 2) > 1) {
      throw error(
          at,
          "uniqueItems",
          "the keyword uniqueItems is not supported",
          "Leave it out and check the result.");
    }
  }

  private static String remedy(String keyword) {
    return switch (keyword) {
      case "nullable" -> "Write \"type\": [\"string\", \"null\"], say.";
      case "not", "if", "then", "else" -> "Write the cases as anyOf.";
      case "unevaluatedProperties" -> "Write additionalProperties in each of the schemas.";
      case "dependencies", "dependentSchemas" -> "Write dependentRequired, or the cases as anyOf.";
      default -> "Leave it out and check the result, or correct its spelling.";
    };
  }
}
