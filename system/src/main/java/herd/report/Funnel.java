package herd.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What was read, what each step dropped and why, and what was left: a funnel twice, as wide as the
/// documents and as wide as the bytes that pass.
/// @param rows one for each step, in order
/// @param parts of steps, with their share of the work
/// @param tokensBy who counted the tokens; empty if nobody did
record Funnel(List<Row> rows, List<Part> parts, String tokensBy) {
  /// One step.
  /// @param step its name
  /// @param before documents and bytes that came
  /// @param after documents and bytes that went on
  /// @param drops what went, by reason
  /// @param branch whether the step only says how many went to one of several outputs
  /// @param bytesIn that came, in the documents that it kept and those that it dropped; negative
  /// if unknown
  /// @param tokens that went on, negative if unknown
  /// @param seconds of processor time, with those of the drops
  record Row(
      String step,
      Amount before,
      Amount after,
      List<Drop> drops,
      boolean branch,
      double bytesIn,
      double tokens,
      double seconds) {}

  /// @param step its name
  /// @param name of the part
  /// @param documents that it looked at
  /// @param seconds of processor time
  record Part(String step, String name, double documents, double seconds) {}

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
  /// @param tokens in it, negative if unknown
  /// @param seconds of processor time that the step spent on it
  record Drop(String reason, Amount amount, double tokens, double seconds) {}

  /// Reads the facts of a stage; empty where they have no funnel.
  static Funnel of(JsonNode facts) {
    var funnel = facts.path("funnel");
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
    var parts = new ArrayList<Part>();
    for (var part : facts.path("parts")) {
      parts.add(new Part(
          part.path("step").asString("?"),
          part.path("part").asString("?"),
          part.path("documents").asDouble(0),
          part.path("seconds").asDouble(0)));
    }
    return new Funnel(
        List.copyOf(rows), List.copyOf(parts), facts.path("tokensBy").asString(""));
  }

  /// @param left what came through the steps before, null for the first one
  private static Row row(String step, List<JsonNode> entries, Amount left) {
    var drops = new ArrayList<Drop>();
    Amount kept = null;
    var dropped = new Amount(0, 0);
    double in = -1;
    double tokens = -1;
    double seconds = 0;
    for (var entry : entries) {
      seconds += entry.path("seconds").asDouble(0);
      var amount =
          new Amount(entry.path("documents").asDouble(0), entry.path("bytes").asDouble(0));
      if (entry.path("kept").asBoolean(false)) {
        kept = amount;
        in = entry.path("bytesIn").asDouble(-1);
        tokens = tokens(entry);
      } else {
        drops.add(new Drop(
            entry.path("reason").asString(""),
            amount,
            tokens(entry),
            entry.path("seconds").asDouble(0)));
        dropped = dropped.plus(amount);
      }
    }
    in = in < 0 ? in : in + dropped.bytes;
    if (left == null) {
      var after = kept == null ? new Amount(0, 0) : kept;
      return new Row(step, after.plus(dropped), after, drops, false, in, tokens, seconds);
    }
    boolean branch = kept != null && drops.isEmpty() && kept.documents < left.documents;
    // A step may change texts: what it says it kept counts more than what is left by sums.
    var after = kept == null ? left.minus(dropped) : kept;
    return new Row(step, branch ? kept : left, after, drops, branch, in, tokens, seconds);
  }

  private static double tokens(JsonNode entry) {
    return entry.path("tokens").asDouble(entry.path("estimatedTokens").asDouble(-1));
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
    costs(page);
  }

  /// What each step took in, let through and cost, by reason and by part.
  private void costs(Markup page) {
    if (rows.stream().allMatch(row -> row.seconds == 0 && row.bytesIn < 0)) {
      return;
    }
    page.open("table", "class", "costs").open("tr");
    for (var name : List.of("Step", "Outcome", "Documents", "Bytes in", "Bytes", "Tokens")) {
      page.element("th", name);
    }
    page.element("th", "Processor seconds").close().line();
    for (var row : rows) {
      for (var drop : row.drops) {
        cost(page, row.step, reason(drop.reason), drop.amount, -1, drop.tokens, drop.seconds);
      }
      double dropped = row.drops.stream().mapToDouble(Drop::seconds).sum();
      cost(page, row.step, "kept", row.after, row.bytesIn, row.tokens, row.seconds - dropped);
    }
    for (var part : parts) {
      var amount = new Amount(part.documents, -1);
      cost(page, part.step, "of it: " + part.name, amount, -1, -1, part.seconds);
    }
    page.close();
    if (!tokensBy.isEmpty()) {
      page.element("p", "Tokens by " + tokensBy + ".", "class", "muted");
    }
  }

  private static void cost(
      Markup page,
      String step,
      String outcome,
      Amount amount,
      double bytesIn,
      double tokens,
      double seconds) {
    page.open("tr");
    page.element("td", Figures.title(step));
    page.element("td", outcome);
    page.element("td", Figures.number(amount.documents), "class", "num");
    page.element("td", bytesIn < 0 ? "" : Figures.bytes(bytesIn), "class", "num");
    page.element("td", amount.bytes < 0 ? "" : Figures.bytes(amount.bytes), "class", "num");
    page.element("td", tokens < 0 ? "" : Figures.compact(tokens), "class", "num");
    page.element("td", Figures.fixed(seconds, 2), "class", "num");
    page.close().line();
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
