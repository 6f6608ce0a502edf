package herd.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// What became of the documents: counts and bytes by step and reason, and samples of each.
final class Funnel {
  private static final int SAMPLES = 10;
  private static final int SAMPLE_CHARS = 600;

  /// @param reason null for the documents that a step kept
  private record Row(String step, String reason) {}

  private static final class Tally {
    long documents;
    long bytes;
    double seconds;
  }

  private record Sample(String id, String step, String reason, String text) {}

  private final Map<Row, Tally> rows = new LinkedHashMap<>();
  private final Map<Row, Integer> sampled = new LinkedHashMap<>();
  private final List<Sample> samples = new ArrayList<>();

  /// Counts a document that a step dropped, and keeps it as a sample if it is among the first.
  /// @param head the first characters of its text
  void dropped(String step, String reason, String id, String head, long bytes) {
    count(step, reason, bytes);
    sample(step, reason, id, head);
  }

  /// Counts a document that passed a step.
  void kept(String step, long bytes) {
    count(step, null, bytes);
  }

  /// Keeps a document that passed all steps as a sample.
  void sample(String step, Doc doc) {
    sample(step, null, doc.id(), head(doc.text()));
  }

  private void sample(String step, String reason, String id, String head) {
    if (sampled.merge(new Row(step, reason), 1, Integer::sum) <= SAMPLES) {
      samples.add(new Sample(id, step, reason, head));
    }
  }

  /// Seconds of work in a step, all threads together.
  void seconds(String step, double seconds) {
    rows.computeIfAbsent(new Row(step, null), _ -> new Tally()).seconds += seconds;
  }

  private void count(String step, String reason, long bytes) {
    var tally = rows.computeIfAbsent(new Row(step, reason), _ -> new Tally());
    tally.documents++;
    tally.bytes += bytes;
  }

  /// The first characters of a text, never half of one.
  static String head(String text) {
    if (text.length() <= SAMPLE_CHARS) {
      return text;
    }
    boolean half = Character.isHighSurrogate(text.charAt(SAMPLE_CHARS - 1));
    return text.substring(0, half ? SAMPLE_CHARS - 1 : SAMPLE_CHARS);
  }

  /// Bytes of a text in UTF-8.
  static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// The step that dropped the most documents, and its reason, for people: `12 by short-document
  /// (under-30-words)`; null if nothing was dropped.
  String greediest() {
    return rows.entrySet().stream()
        .filter(row -> row.getKey().reason() != null)
        .max((a, b) -> Long.compare(a.getValue().documents, b.getValue().documents))
        .map(row -> "%,d by %s (%s)"
            .formatted(
                row.getValue().documents, row.getKey().step(), row.getKey().reason()))
        .orElse(null);
  }

  /// Writes `funnel` and `samples` as `stage.json` has them: for each step, in order, what it
  /// dropped, then what it kept.
  void writeTo(ObjectNode facts, List<String> steps) {
    var funnel = facts.putArray("funnel");
    for (var step : steps) {
      rows.forEach((row, tally) -> {
        if (row.step().equals(step) && row.reason() != null) {
          put(funnel.addObject(), row, tally);
        }
      });
      var kept = new Row(step, null);
      put(funnel.addObject(), kept, rows.getOrDefault(kept, new Tally()));
    }
    var list = facts.putArray("samples");
    for (var sample : samples) {
      list.addObject()
          .put("id", sample.id())
          .put("step", sample.step())
          .put("reason", sample.reason() == null ? "" : sample.reason())
          .put("kept", sample.reason() == null)
          .put("text", sample.text());
    }
  }

  private static void put(ObjectNode node, Row row, Tally tally) {
    node.put("step", row.step())
        .put("reason", row.reason() == null ? "" : row.reason())
        .put("documents", tally.documents)
        .put("bytes", tally.bytes)
        .put("seconds", Math.round(tally.seconds * 1000) / 1000.0)
        .put("kept", row.reason() == null);
  }
}
