package herd.data;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What became of the documents: a row for each step and reason, and examples.
/// @param rows in the order of the steps; those of dropped documents before those of kept ones
/// @param samples in the same order
record Funnel(List<Row> rows, List<Sample> samples) {
  /// Characters of an example's text, and examples for each step and reason, in `stage.json`.
  private static final int SHOWN = 600;

  private static final int EACH = 10;

  /// @param step kind of the step; `read` for what comes before the first
  /// @param reason why they were dropped; empty for kept ones
  /// @param documents that were dropped, or kept
  /// @param changed how many of the kept ones the step changed
  /// @param bytes of their text in UTF-8 after the step; before it, if dropped
  /// @param seconds spent in the step by all threads together; 0 in rows of dropped documents
  /// @param kept whether they go on
  record Row(
      String step,
      String reason,
      long documents,
      long changed,
      long bytes,
      double seconds,
      boolean kept) {}

  /// @param text its beginning
  record Sample(String id, String step, String reason, boolean kept, String text) {
    private boolean isOfTheKindOf(Sample other) {
      return kept == other.kept && step.equals(other.step) && reason.equals(other.reason);
    }

    private ObjectNode writeTo(ObjectNode node, int characters) {
      node.put("id", id).put("step", step).put("reason", reason).put("kept", kept);
      return node.put("text", Tally.start(text, characters));
    }
  }

  /// This funnel and what came after it.
  Funnel then(Funnel next) {
    var allRows = new ArrayList<>(rows);
    allRows.addAll(next.rows);
    var allSamples = new ArrayList<>(samples);
    allSamples.addAll(next.samples);
    return new Funnel(allRows, allSamples);
  }

  /// Documents and bytes that were read and that are left.
  void count(ObjectNode counts) {
    var first = rows.getFirst().step();
    long read = rows.stream()
        .filter(row -> row.step().equals(first))
        .mapToLong(Row::documents)
        .sum();
    var last = rows.getLast();
    counts.put("read", read).put("documents", last.documents()).put("bytes", last.bytes());
  }

  /// Adds `funnel` and `samples` as `stage.json` has them.
  void writeTo(ObjectNode facts) {
    var table = facts.putArray("funnel");
    for (var row : rows) {
      var node = table.addObject();
      node.put("step", row.step()).put("reason", row.reason());
      node.put("documents", row.documents()).put("bytes", row.bytes());
      if (row.kept()) {
        node.put("changed", row.changed()).put("seconds", Math.round(row.seconds() * 1e3) / 1e3);
      }
      node.put("kept", row.kept());
    }
    var list = facts.putArray("samples");
    int same = 0;
    for (int i = 0; i < samples.size(); i++) {
      var sample = samples.get(i);
      same = i > 0 && sample.isOfTheKindOf(samples.get(i - 1)) ? same + 1 : 0;
      if (same < EACH) {
        sample.writeTo(list.addObject(), SHOWN);
      }
    }
  }

  /// The examples of dropped documents, a line of JSON each.
  String rejected() {
    var json = JsonMapper.shared();
    var lines = new StringBuilder();
    for (var sample : samples) {
      if (!sample.kept()) {
        var node = sample.writeTo(json.createObjectNode(), Tally.EXCERPT);
        node.remove("kept");
        lines.append(json.writeValueAsString(node)).append('\n');
      }
    }
    return lines.toString();
  }
}
