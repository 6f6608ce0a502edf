package herd.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What was read, what each step dropped and why, and what was left: a funnel twice, as wide as the
/// documents and as wide as the bytes that pass.
/// @param rows one for each step, in order
record Funnel(List<Row> rows) {
  /// One step.
  /// @param step its name
  /// @param before documents and bytes that came
  /// @param after documents and bytes that went on
  /// @param drops what went, by reason
  /// @param branch whether the step only says how many went to one of several outputs
  record Row(String step, Amount before, Amount after, List<Drop> drops, boolean branch) {}

  /// @param documents how many
  /// @param bytes in all of them
  record Amount(double documents, double bytes) {
    Amount plus(Amount other) {
      return new Amount(documents + other.documents, bytes + other.bytes);
    }

    Amount minus(Amount other) {
      return new Amount(documents - other.documents, bytes - other.bytes);
    }
  }

  /// @param reason in kebab-case
  /// @param amount that was dropped
  record Drop(String reason, Amount amount) {}

  /// Reads `facts.funnel`; empty where there is none.
  static Funnel of(JsonNode funnel) {
    var steps = new LinkedHashMap<String, List<JsonNode>>();
    for (var row : funnel) {
      steps
          .computeIfAbsent(row.path("step").asString("?"), _ -> new ArrayList<>())
          .add(row);
    }
    var rows = new ArrayList<Row>();
    Amount left = null;
    for (var step : steps.entrySet()) {
      var row = row(step.getKey(), step.getValue(), left);
      rows.add(row);
      left = row.branch ? left : row.after;
    }
    return new Funnel(List.copyOf(rows));
  }

  /// @param left what came through the steps before, null for the first one
  private static Row row(String step, List<JsonNode> entries, Amount left) {
    var drops = new ArrayList<Drop>();
    Amount kept = null;
    var dropped = new Amount(0, 0);
    for (var entry : entries) {
      var amount =
          new Amount(entry.path("documents").asDouble(0), entry.path("bytes").asDouble(0));
      if (entry.path("kept").asBoolean(false)) {
        kept = amount;
      } else {
        drops.add(new Drop(entry.path("reason").asString(""), amount));
        dropped = dropped.plus(amount);
      }
    }
    if (left == null) {
      var after = kept == null ? new Amount(0, 0) : kept;
      return new Row(step, after.plus(dropped), after, drops, false);
    }
    boolean branch = kept != null && drops.isEmpty() && kept.documents < left.documents;
    // A step may change texts: what it says it kept counts more than what is left by sums.
    var after = kept == null ? left.minus(dropped) : kept;
    return new Row(step, branch ? kept : left, after, drops, branch);
  }

  /// What was read, or null.
  Amount read() {
    return rows.isEmpty() ? null : rows.getFirst().before;
  }

  /// What came through all steps, or null.
  Amount kept() {
    return rows.stream()
        .filter(row -> !row.branch)
        .reduce((_, b) -> b)
        .map(Row::after)
        .orElse(null);
  }

  void draw(Markup page) {
    double documents =
        Math.max(1, rows.stream().mapToDouble(r -> r.before.documents).max().orElse(1));
    double bytes =
        Math.max(1, rows.stream().mapToDouble(r -> r.before.bytes).max().orElse(1));
    page.open("div", "class", "funnel", "role", "table", "aria-label", "Funnel of the curation");
    page.open("div", "class", "row head", "role", "row");
    page.element("span", "Step", "role", "columnheader");
    page.element("span", "Documents", "role", "columnheader", "class", "flow-head");
    page.element("span", "Bytes", "role", "columnheader", "class", "flow-head");
    page.element("span", "Dropped", "role", "columnheader");
    page.close().line();
    for (var row : rows) {
      page.open("div", "class", row.branch ? "row branch" : "row", "role", "row");
      page.open("div", "class", "step", "role", "cell");
      page.element("b", Figures.title(row.step));
      page.element(
          "span",
          Figures.number(row.after.documents) + " · " + Figures.bytes(row.after.bytes),
          "class",
          "muted");
      page.close();
      flow(page, row.before.documents / documents, row.after.documents / documents, "documents");
      flow(page, row.before.bytes / bytes, row.after.bytes / bytes, "bytes");
      page.open("ul", "class", "drops", "role", "cell");
      for (var drop : row.drops) {
        page.open("li");
        page.element("span", reason(drop.reason));
        page.element("span", Figures.number(drop.amount.documents), "class", "num");
        page.element("span", Figures.bytes(drop.amount.bytes), "class", "num muted");
        page.close();
      }
      page.close().close().line();
    }
    page.close();
  }

  private static String reason(String reason) {
    return reason.isEmpty() ? "dropped" : Figures.words(reason);
  }

  /// A piece of the funnel, stretched to the height of its row: the width that comes in at the
  /// top, the width that leaves at the bottom.
  private static void flow(Markup page, double before, double after, String what) {
    String in = LineChart.px(1000 * Math.clamp(before, 0.002, 1));
    String out = LineChart.px(1000 * Math.clamp(after, 0.002, 1));
    page.open("div", "class", "flow " + what, "role", "cell");
    page.open(
        "svg", "viewBox", "0 0 1000 100", "preserveAspectRatio", "none", "aria-hidden", "true");
    page.empty("path", "class", "lost", "d", "M" + out + " 100L" + in + " 0V100Z");
    page.empty("path", "class", "kept", "d", "M0 0H" + in + "L" + out + " 100H0Z");
    page.close().close();
  }
}
