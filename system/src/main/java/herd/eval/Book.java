package herd.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The figures of an evaluation: collects scores by measure and model, and writes them with their
/// intervals and with the differences between neighbouring models.
final class Book {
  private final Bootstrap bootstrap;
  private final ObjectNode facts;
  private final Map<Measure, Map<String, ItemScores>> scores = new LinkedHashMap<>();
  private final Map<Measure, Map<String, Double>> fixed = new LinkedHashMap<>();
  private final Map<Measure, Integer> fixedItems = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  Book(Bootstrap bootstrap, ObjectNode facts) {
    this.bootstrap = bootstrap;
    this.facts = facts;
  }

  /// A rule is not a model: its scores stand in the table but no model is compared with it.
  static boolean isRule(String model) {
    return model.equals("word-overlap");
  }

  void add(String model, Measure measure, ItemScores items) {
    scores.computeIfAbsent(measure, _ -> new LinkedHashMap<>()).put(model, items);
  }

  /// A figure without an interval.
  void fixed(String model, Measure measure, double value, int items) {
    fixed.computeIfAbsent(measure, _ -> new LinkedHashMap<>()).put(model, value);
    fixedItems.put(measure, items);
  }

  void note(String sentence) {
    notes.add(sentence);
  }

  void write() {
    var measures = facts.putArray("measures");
    var differences = facts.putArray("differences");
    for (var measure : Measure.values()) {
      fixed.getOrDefault(measure, Map.of()).forEach((model, value) -> {
        var same = new Bootstrap.Interval(value, value, value, fixedItems.get(measure));
        put(measures.addObject().put("model", model), measure, same);
      });
      String before = null;
      for (var entry : scores.getOrDefault(measure, Map.of()).entrySet()) {
        var interval = bootstrap.interval(entry.getValue());
        put(measures.addObject().put("model", entry.getKey()), measure, interval);
        if (before != null) {
          var items = scores.get(measure);
          var difference = bootstrap.difference(items.get(before), entry.getValue());
          var node = differences.addObject().put("from", before).put("to", entry.getKey());
          put(node, measure, difference);
          node.put("outside", difference.outside());
        }
        before = isRule(entry.getKey()) ? null : entry.getKey();
      }
    }
    var list = facts.withArray("notes");
    notes.forEach(list::add);
  }

  private static void put(ObjectNode node, Measure measure, Bootstrap.Interval interval) {
    node.put("name", measure.text())
        .put("value", interval.value())
        .put("low", interval.low())
        .put("high", interval.high())
        .put("items", interval.items())
        .put("unit", measure.unit())
        .put("better", measure.better());
  }
}
