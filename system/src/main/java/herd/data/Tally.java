package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Counts documents by step and reason and keeps examples: those whose hashed id is smallest, so
/// that the choice is random but does not depend on order or threads.
final class Tally {
  /// Examples kept for each step and reason.
  static final int SAMPLES = 20;

  /// Characters kept of an example.
  static final int EXCERPT = 4000;

  private final long seed;
  private final List<Counts> steps = new ArrayList<>();

  /// @param kinds of the steps, in order
  Tally(List<String> kinds, long seed) {
    this.seed = seed;
    kinds.forEach(kind -> steps.add(new Counts(kind)));
  }

  private static final class Counts {
    private final String kind;
    private final Group kept = new Group();
    private final TreeMap<String, Group> dropped = new TreeMap<>();
    private long changed;
    private long nanos;

    Counts(String kind) {
      this.kind = kind;
    }
  }

  private record Example(long order, String id, String text) {}

  private static final class Group {
    private long documents;
    private long bytes;
    private final PriorityQueue<Example> examples = new PriorityQueue<>(
        Comparator.comparingLong(Example::order).thenComparing(Example::id).reversed());

    void add(long order, String id, long size, String text) {
      documents++;
      bytes += size;
      if (examples.size() < SAMPLES || examples.peek().order() >= order) {
        add(new Example(order, id, start(text, EXCERPT)));
      }
    }

    private void add(Example example) {
      examples.add(example);
      if (examples.size() > SAMPLES) {
        examples.poll();
      }
    }

    void add(Group other) {
      documents += other.documents;
      bytes += other.bytes;
      other.examples.forEach(this::add);
    }

    ObjectNode json() {
      var json = JsonNodeFactory.instance.objectNode();
      json.put("documents", documents).put("bytes", bytes);
      var list = json.putArray("examples");
      examples.forEach(
          e -> list.addObject().put("order", e.order()).put("id", e.id()).put("text", e.text()));
      return json;
    }

    void add(JsonNode json) {
      documents += json.path("documents").asLong();
      bytes += json.path("bytes").asLong();
      for (var e : json.path("examples")) {
        add(new Example(
            e.path("order").asLong(), e.path("id").asString(), e.path("text").asString()));
      }
    }
  }

  private long order(String id) {
    return Hashing.komihash5_0(seed).hashCharsToLong(id);
  }

  /// A document that a step kept.
  /// @param bytes of its text in UTF-8
  void kept(int step, String id, boolean changed, long bytes, String text) {
    var counts = steps.get(step);
    counts.kept.add(order(id), id, bytes, text);
    counts.changed += changed ? 1 : 0;
  }

  /// A document that a step dropped.
  void dropped(int step, String reason, String id, long bytes, String text) {
    var group = steps.get(step).dropped.computeIfAbsent(reason, _ -> new Group());
    group.add(order(id), id, bytes, text);
  }

  void spent(int step, long nanos) {
    steps.get(step).nanos += nanos;
  }

  /// Adds what another counted in the same steps.
  void add(Tally other) {
    for (int i = 0; i < steps.size(); i++) {
      var to = steps.get(i);
      var from = other.steps.get(i);
      to.kept.add(from.kept);
      from.dropped.forEach((reason, group) ->
          to.dropped.computeIfAbsent(reason, _ -> new Group()).add(group));
      to.changed += from.changed;
      to.nanos += from.nanos;
    }
  }

  /// Everything that was counted, for [#add(JsonNode)] of another program.
  ArrayNode json() {
    var json = JsonNodeFactory.instance.arrayNode();
    for (var step : steps) {
      var node = json.addObject().put("changed", step.changed).put("nanos", step.nanos);
      node.set("kept", step.kept.json());
      var dropped = node.putObject("dropped");
      step.dropped.forEach((reason, group) -> dropped.set(reason, group.json()));
    }
    return json;
  }

  /// Adds what [#json] says.
  void add(JsonNode json) {
    for (int i = 0; i < steps.size(); i++) {
      var node = json.path(i);
      var to = steps.get(i);
      to.changed += node.path("changed").asLong();
      to.nanos += node.path("nanos").asLong();
      to.kept.add(node.path("kept"));
      node.path("dropped").properties().forEach(entry -> to.dropped
          .computeIfAbsent(entry.getKey(), _ -> new Group())
          .add(entry.getValue()));
    }
  }

  Funnel funnel() {
    var rows = new ArrayList<Funnel.Row>();
    var samples = new ArrayList<Funnel.Sample>();
    for (var step : steps) {
      step.dropped.forEach((reason, group) -> {
        rows.add(new Funnel.Row(step.kind, reason, group.documents, 0, group.bytes, 0, false));
        examples(samples, step.kind, reason, group, false);
      });
      rows.add(new Funnel.Row(
          step.kind,
          "",
          step.kept.documents,
          step.changed,
          step.kept.bytes,
          step.nanos / 1e9,
          true));
      examples(samples, step.kind, "", step.kept, true);
    }
    return new Funnel(List.copyOf(rows), List.copyOf(samples));
  }

  private static void examples(
      List<Funnel.Sample> to, String step, String reason, Group group, boolean kept) {
    group.examples.stream()
        .sorted(Comparator.comparingLong(Example::order).thenComparing(Example::id))
        .map(e -> new Funnel.Sample(e.id(), step, reason, kept, e.text()))
        .forEach(to::add);
  }

  /// The first `characters` of a text, never half of a pair.
  static String start(String text, int characters) {
    if (text.length() <= characters) {
      return text;
    }
    boolean half = Character.isHighSurrogate(text.charAt(characters - 1));
    return text.substring(0, half ? characters - 1 : characters);
  }

  /// Bytes of a text in UTF-8.
  static long utf8Length(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
