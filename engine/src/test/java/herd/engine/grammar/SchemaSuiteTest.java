package herd.engine.grammar;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// The official JSON-Schema-Test-Suite: `bench/schema-suite` fetches it and runs this. Instances
/// are put in the form that grammars write: compact, properties in the schema's order.
class SchemaSuiteTest {
  private static final Path SUITE = Path.of(System.getProperty(
      "herd.schema.suite",
      System.getProperty("herd.shared", "../../shared") + "/golden/json-schema/draft2020-12"));

  /// Files with valid instances that are not written, by decisions that the guide states: formats
  /// are kept, and a schema's own vocabularies are not read.
  private static final Set<String> NOT_WRITTEN = Set.of("format.json", "vocabulary.json");

  private final List<String> wrong = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final Map<String, Integer> refused = new TreeMap<>();
  private int held;

  @Test
  void whatIsSupportedIsDecidedAsTheSuiteSays() throws IOException {
    Assumptions.assumeTrue(Files.isDirectory(SUITE), "no suite at " + SUITE);
    try (var files = Files.list(SUITE)) {
      for (Path file :
          files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        for (JsonValue group : Json.read(file).list()) {
          check(file.getFileName().toString(), group);
        }
      }
    }
    System.out.println(held + " decided as they should be, refused schemas: " + refused);
    System.out.println(missing.size() + " valid, not written: " + String.join("\n  ", missing));
    assertThat(wrong).isEmpty();
    assertThat(missing).isEmpty();
    assertThat(held).isGreaterThan(300);
  }

  private void check(String file, JsonValue group) {
    String name = file + ": " + group.get("description").string();
    Grammar grammar = null;
    String reason = null;
    try {
      Object schema = group.get("schema").value();
      grammar = Grammar.ofJsonSchema(new JsonValue(schema, "schema"), JsonStyle.COMPACT);
    } catch (UserError e) {
      reason = e.getMessage();
      boolean nothing = reason.contains("no text at all fits");
      if (!nothing) {
        refused.merge(
            reason.replaceFirst(".*(keyword|reference|format|oneOf).*", "$1") + " in " + file,
            1,
            Integer::sum);
        return;
      }
    }
    var order = new LinkedHashMap<String, Integer>();
    order(group.get("schema").value(), order);
    for (JsonValue test : group.get("tests").list()) {
      Object data = ordered(test.get("data").value(), order);
      String text = JsonWriter.write(data).replace("\\u000c", "\\f");
      boolean accepted = grammar != null && Texts.accepts(grammar, text);
      boolean valid = test.get("valid").bool();
      String what = name + ": " + test.get("description").string() + ": " + text;
      if (accepted == valid) {
        held++;
      } else if (accepted) {
        wrong.add(what);
      } else if (!NOT_WRITTEN.contains(file)) {
        missing.add(what);
      }
    }
  }

  private static void order(Object schema, Map<String, Integer> order) {
    if (schema instanceof Map<?, ?> map) {
      if (map.get("properties") instanceof Map<?, ?> properties) {
        properties.keySet().forEach(key -> order.putIfAbsent((String) key, order.size()));
      }
      for (String keyword : List.of("required", "enum", "const", "dependentRequired")) {
        names(map.get(keyword), order);
      }
      map.values().forEach(value -> order(value, order));
    } else if (schema instanceof List<?> list) {
      list.forEach(value -> order(value, order));
    }
  }

  private static void names(Object value, Map<String, Integer> order) {
    if (value instanceof String name) {
      order.putIfAbsent(name, order.size());
    } else if (value instanceof List<?> list) {
      list.forEach(item -> names(item, order));
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> {
        order.putIfAbsent((String) key, order.size());
        names(item, order);
      });
    }
  }

  private static Object ordered(Object value, Map<String, Integer> order) {
    if (value instanceof List<?> list) {
      return list.stream()
          .map(item -> ordered(item, order))
          .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
    }
    if (value instanceof Map<?, ?> map) {
      var out = new LinkedHashMap<String, Object>();
      map.keySet().stream()
          .map(String.class::cast)
          .sorted(
              (a, b) -> Integer.compare(order.getOrDefault(a, 9999), order.getOrDefault(b, 9999)))
          .forEach(key -> out.put(key, ordered(map.get(key), order)));
      return out;
    }
    if (value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e18) {
      return d.longValue();
    }
    return value;
  }
}
