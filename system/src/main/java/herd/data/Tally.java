package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.words.TokenCount;
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
    private final TreeMap<String, Part> parts = new TreeMap<>();
    private long changed;
    private long nanos; // beside those of single documents

    Counts(String kind) {
      this.kind = kind;
    }
  }

  /// Of a part of a step.
  private static final class Part {
    private long documents;
    private long nanos;
  }

  /// How much a text is.
  /// @param bytes in UTF-8
  /// @param tokens negative if nobody counted them, as of a page in HTML
  record Size(long bytes, long tokens) {
    static final Size NONE = new Size(0, 0);
  }

  /// What a step did with a document.
  /// @param doc as it came out of the step, or as it was when it was dropped
  /// @param in its size before
  /// @param out its size after; that of before if it was dropped
  /// @param nanos spent in the step
  record Passed(Doc doc, Size in, Size out, long nanos) {}

  private record Example(long order, String id, String text) {
    /// Also among those of one id: files of the same name have the same ids.
    static final Comparator<Example> FIRST = Comparator.comparingLong(Example::order)
        .thenComparing(Example::id)
        .thenComparing(Example::text);
  }

  private static final class Group {
    private long documents;
    private long bytesIn;
    private long bytes;
    private long tokensIn;
    private long tokens;
    private long uncounted; // documents whose tokens nobody counted before the step
    private long nanos;
    private final PriorityQueue<Example> examples = new PriorityQueue<>(Example.FIRST.reversed());

    void add(Size in, Size out, long spent) {
      documents++;
      bytesIn += in.bytes;
      bytes += out.bytes;
      uncounted += in.tokens < 0 ? 1 : 0;
      tokensIn += Math.max(0, in.tokens);
      tokens += Math.max(0, out.tokens);
      nanos += spent;
    }

    boolean wants(long order) {
      return examples.size() < SAMPLES || examples.peek().order() >= order;
    }

    private void add(Example example) {
      examples.add(example);
      if (examples.size() > SAMPLES) {
        examples.poll();
      }
    }

    void add(Group other) {
      documents += other.documents;
      bytesIn += other.bytesIn;
      bytes += other.bytes;
      tokensIn += other.tokensIn;
      tokens += other.tokens;
      uncounted += other.uncounted;
      nanos += other.nanos;
      other.examples.forEach(this::add);
    }

    ObjectNode json() {
      var json = JsonNodeFactory.instance.objectNode();
      json.put("documents", documents).put("bytesIn", bytesIn).put("bytes", bytes);
      json.put("tokensIn", tokensIn).put("tokens", tokens).put("uncounted", uncounted);
      json.put("nanos", nanos);
      var list = json.putArray("examples");
      examples.forEach(
          e -> list.addObject().put("order", e.order()).put("id", e.id()).put("text", e.text()));
      return json;
    }

    void add(JsonNode json) {
      documents += json.path("documents").asLong();
      bytesIn += json.path("bytesIn").asLong();
      bytes += json.path("bytes").asLong();
      tokensIn += json.path("tokensIn").asLong();
      tokens += json.path("tokens").asLong();
      uncounted += json.path("uncounted").asLong();
      nanos += json.path("nanos").asLong();
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
  void kept(int step, Passed passed, boolean changed) {
    var counts = steps.get(step);
    counts.changed += changed ? 1 : 0;
    add(counts.kept, passed);
  }

  /// A document that a step dropped.
  void dropped(int step, String reason, Passed passed) {
    add(steps.get(step).dropped.computeIfAbsent(reason, _ -> new Group()), passed);
  }

  private void add(Group group, Passed passed) {
    group.add(passed.in, passed.out, passed.nanos);
    long order = order(passed.doc.id());
    if (group.wants(order)) {
      group.add(new Example(order, passed.doc.id(), start(passed.doc.text(), EXCERPT)));
    }
  }

  /// Something that could not be read.
  void unread(String reason, String id, long bytes, long nanos) {
    var group = steps.getFirst().dropped.computeIfAbsent(reason, _ -> new Group());
    var size = new Size(bytes, -1);
    group.add(size, size, nanos);
    group.add(new Example(order(id), id, ""));
  }

  /// Time that a step took beside that of single documents.
  void spent(int step, long nanos) {
    steps.get(step).nanos += nanos;
  }

  /// What a part of a step did.
  /// @param part its name within the step
  void part(int step, String part, long documents, long nanos) {
    var to = steps.get(step).parts.computeIfAbsent(part, _ -> new Part());
    to.documents += documents;
    to.nanos += nanos;
  }

  /// Makes processor time of time that passed: a thread that waited for its processor did nothing
  /// meanwhile.
  /// @param share of the time in which the thread ran
  void scale(double share) {
    for (var step : steps) {
      step.nanos = Math.round(step.nanos * share);
      step.kept.nanos = Math.round(step.kept.nanos * share);
      step.dropped.values().forEach(group -> group.nanos = Math.round(group.nanos * share));
      step.parts.values().forEach(part -> part.nanos = Math.round(part.nanos * share));
    }
  }

  /// Adds what another counted in the same steps.
  void add(Tally other) {
    for (int i = 0; i < steps.size(); i++) {
      var to = steps.get(i);
      var from = other.steps.get(i);
      to.kept.add(from.kept);
      from.dropped.forEach((reason, group) ->
          to.dropped.computeIfAbsent(reason, _ -> new Group()).add(group));
      int at = i;
      from.parts.forEach((name, part) -> part(at, name, part.documents, part.nanos));
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
      var parts = node.putObject("parts");
      step.parts.forEach((name, part) ->
          parts.putObject(name).put("documents", part.documents).put("nanos", part.nanos));
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
      int at = i;
      node.path("parts")
          .properties()
          .forEach(entry -> part(
              at,
              entry.getKey(),
              entry.getValue().path("documents").asLong(),
              entry.getValue().path("nanos").asLong()));
      node.path("dropped").properties().forEach(entry -> to.dropped
          .computeIfAbsent(entry.getKey(), _ -> new Group())
          .add(entry.getValue()));
    }
  }

  /// @param tokens who counted them
  Funnel funnel(TokenCount tokens) {
    var rows = new ArrayList<Funnel.Row>();
    var parts = new ArrayList<Funnel.Part>();
    var samples = new ArrayList<Funnel.Sample>();
    for (var step : steps) {
      step.dropped.forEach((reason, group) -> {
        rows.add(row(step, reason, group, false));
        examples(samples, step.kind, reason, group, false);
      });
      step.parts.forEach((name, part) ->
          parts.add(new Funnel.Part(step.kind, name, part.documents, part.nanos / 1e9)));
      rows.add(row(step, "", step.kept, true));
      examples(samples, step.kind, "", step.kept, true);
    }
    return new Funnel(List.copyOf(rows), List.copyOf(parts), List.copyOf(samples), tokens);
  }

  private static Funnel.Row row(Counts step, String reason, Group group, boolean kept) {
    boolean known = group.uncounted == 0;
    return new Funnel.Row(
        step.kind,
        reason,
        group.documents,
        kept ? step.changed : 0,
        new Size(group.bytesIn, known ? group.tokensIn : -1),
        new Size(group.bytes, known || group.tokens > 0 ? group.tokens : -1),
        (group.nanos + (kept ? step.nanos : 0)) / 1e9,
        kept);
  }

  private static void examples(
      List<Funnel.Sample> to, String step, String reason, Group group, boolean kept) {
    group.examples.stream()
        .sorted(Example.FIRST)
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
