package herd.data;

import herd.data.words.TokenCount;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What became of the documents: a row for each step and reason, and examples.
/// @param rows in the order of the steps; those of dropped documents before those of kept ones
/// @param parts of steps, in the order of the steps
/// @param samples in the order of the rows
/// @param tokens who counted the tokens
record Funnel(List<Row> rows, List<Part> parts, List<Sample> samples, TokenCount tokens) {
  /// Characters of an example's text, and examples for each step and reason, in `stage.json`.
  private static final int SHOWN = 600;

  private static final int EACH = 10;

  /// @param step kind of the step; `read` for what comes before the first
  /// @param reason why they were dropped; empty for kept ones
  /// @param documents that were dropped, or kept
  /// @param changed how many of the kept ones the step changed
  /// @param in their text before the step
  /// @param out their text after the step; before it, if dropped
  /// @param seconds of processor time spent in the step on these documents by all threads
  /// together; with kept ones, also what the step did for all documents
  /// @param kept whether they go on
  record Row(
      String step,
      String reason,
      long documents,
      long changed,
      Tally.Size in,
      Tally.Size out,
      double seconds,
      boolean kept) {}

  /// A part of a step, such as one of several rules, or something that it passed over.
  /// @param documents that it looked at
  /// @param seconds of processor time spent in it
  record Part(String step, String part, long documents, double seconds) {}

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
    return new Funnel(allRows, parts, allSamples, tokens);
  }

  /// Documents and bytes that were read and that are left.
  void count(ObjectNode counts) {
    var first = rows.getFirst().step();
    long read = rows.stream()
        .filter(row -> row.step().equals(first))
        .mapToLong(Row::documents)
        .sum();
    var last = rows.getLast();
    counts
        .put("read", read)
        .put("documents", last.documents())
        .put("bytes", last.out().bytes());
    put(counts, tokens.exact() ? "tokens" : "estimatedTokens", last.out().tokens());
    counts.put(
        "processorSeconds", rounded(rows.stream().mapToDouble(Row::seconds).sum()));
  }

  private static void put(ObjectNode node, String name, long tokens) {
    if (tokens >= 0) {
      node.put(name, tokens);
    }
  }

  private static double rounded(double seconds) {
    return Math.round(seconds * 1e3) / 1e3;
  }

  /// Adds `funnel`, `parts`, `tokensBy` and `samples` as `stage.json` has them. Tokens that are
  /// estimated have another name than those that were counted.
  void writeTo(ObjectNode facts) {
    facts.put("tokensBy", tokens.by());
    var table = facts.putArray("funnel");
    for (var row : rows) {
      var node = table.addObject();
      node.put("step", row.step()).put("reason", row.reason());
      node.put("documents", row.documents());
      if (row.kept()) {
        node.put("changed", row.changed()).put("bytesIn", row.in().bytes());
        put(node, tokens.exact() ? "tokensIn" : "estimatedTokensIn", row.in().tokens());
      }
      node.put("bytes", row.out().bytes());
      put(node, tokens.exact() ? "tokens" : "estimatedTokens", row.out().tokens());
      node.put("seconds", rounded(row.seconds())).put("kept", row.kept());
    }
    var inSteps = facts.putArray("parts");
    for (var part : parts) {
      inSteps
          .addObject()
          .put("step", part.step())
          .put("part", part.part())
          .put("documents", part.documents())
          .put("seconds", rounded(part.seconds()));
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
