package herd.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Paired differences between models: which are outside their interval, in which direction, and a
/// plain sentence for each that does not hold.
/// @param rows as they stand in `facts.differences`
record Differences(List<Row> rows) {
  private static final double WIDTH = 220;
  private static final double HEIGHT = 26;

  /// What a difference shows.
  enum Verdict {
    BETTER("better", "✓"),
    WORSE("worse", "✕"),
    OPEN("no clear change", "○"),
    DIFFERENT("differs", "•");

    private final String words;
    private final String mark;

    Verdict(String words, String mark) {
      this.words = words;
      this.mark = mark;
    }
  }

  /// @param value second model minus first
  /// @param outside whether the interval excludes 0
  record Row(
      String name,
      String from,
      String to,
      double value,
      double low,
      double high,
      double items,
      boolean outside,
      String better,
      Measures.Scale scale) {
    Verdict verdict() {
      if (!outside) {
        return Verdict.OPEN;
      }
      return switch (better) {
        case "higher" -> value > 0 ? Verdict.BETTER : Verdict.WORSE;
        case "lower" -> value < 0 ? Verdict.BETTER : Verdict.WORSE;
        default -> Verdict.DIFFERENT;
      };
    }

    String title() {
      return Figures.title(name);
    }

    String step() {
      return Measures.model(from) + " → " + Measures.model(to);
    }

    String interval() {
      return scale.difference(low) + " to " + scale.difference(high);
    }

    /// What has to be said where training did not bring what it was meant to.
    String sentence() {
      String unit = scale.differenceUnit();
      String change = "%s from %s to %s: %s%s (95%% interval %s)%s"
          .formatted(
              title(),
              Measures.model(from),
              Measures.model(to),
              scale.difference(value),
              unit.isEmpty() ? "" : " " + unit,
              interval(),
              items > 0 ? " on " + Figures.number(items) + " items" : "");
      return switch (verdict()) {
        case OPEN -> change + ". The interval includes zero: neither a gain nor a loss is shown.";
        case WORSE -> change + ". This is worse, and not by chance.";
        case BETTER, DIFFERENT -> change + ".";
      };
    }
  }

  /// Reads `facts.differences`; direction and unit come from the measures of the same name.
  static Differences of(JsonNode differences, Measures measures) {
    var rows = new ArrayList<Row>();
    for (var d : differences) {
      if (!d.path("value").isNumber()) {
        continue;
      }
      String name = d.path("name").asString("?");
      String to = d.path("to").asString("");
      var measure = measures.value(name, to);
      double value = d.path("value").asDouble();
      double low = d.path("low").asDouble(value);
      double high = d.path("high").asDouble(value);
      rows.add(new Row(
          name,
          d.path("from").asString(""),
          to,
          value,
          low,
          high,
          d.path("items").asDouble(0),
          d.path("outside").asBoolean(low > 0 || high < 0),
          d.path("better").asString(measure == null ? "" : measure.better()),
          measure == null ? Measures.Scale.of(d) : measure.scale()));
    }
    return new Differences(List.copyOf(rows));
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void draw(Markup page) {
    page.open("table", "class", "differences").open("thead").open("tr");
    for (String head : List.of("Difference", "Change", "95% interval", "", "Verdict")) {
      page.element("th", head, "scope", "col", "class", head.equals("Change") ? "num" : null);
    }
    page.close().close().open("tbody").line();
    for (var row : rows) {
      page.open("tr").open("th", "scope", "row").text(row.title());
      page.element("small", row.step()).close();
      page.open("td", "class", "num").element("b", row.scale.difference(row.value));
      page.element("small", row.scale.differenceUnit()).close();
      page.element("td", row.interval(), "class", "interval");
      page.open("td", "class", "plot");
      plot(page, row);
      page.close();
      var verdict = row.verdict();
      page.open("td", "class", "verdict " + verdict.name().toLowerCase(Locale.ROOT));
      page.open("span").element("i", verdict.mark).text(verdict.words).close();
      page.close().close().line();
    }
    page.close().close();
    var failing = rows.stream()
        .filter(row -> row.verdict() == Verdict.OPEN || row.verdict() == Verdict.WORSE)
        .toList();
    if (!failing.isEmpty()) {
      page.open("div", "class", "callout")
          .element("h3", "What does not hold, or is not shown")
          .open("ul");
      failing.forEach(row -> page.element("li", row.sentence()));
      page.close().close();
    }
  }

  private static void plot(Markup page, Row row) {
    double reach = Math.max(Math.abs(row.low), Math.abs(row.high)) * 1.1;
    var axis = new LineChart.Axis(-reach, reach, reach);
    String y = LineChart.px(HEIGHT / 2);
    page.open(
        "svg",
        "viewBox",
        "0 0 " + LineChart.px(WIDTH) + " " + LineChart.px(HEIGHT),
        "role",
        "img",
        "aria-label",
        "interval " + row.interval());
    String zero = LineChart.px(WIDTH / 2);
    page.empty("path", "class", "zero", "d", "M" + zero + " 1V" + LineChart.px(HEIGHT - 1));
    page.open("g", "class", "v-" + row.verdict().name().toLowerCase(Locale.ROOT));
    page.empty(
        "path",
        "class",
        "whisker",
        "d",
        "M%s %sH%s"
            .formatted(
                LineChart.px(axis.at(row.low, 6, WIDTH - 6)),
                y,
                LineChart.px(axis.at(row.high, 6, WIDTH - 6))));
    page.empty("circle", "cx", LineChart.px(axis.at(row.value, 6, WIDTH - 6)), "cy", y, "r", "4.5");
    page.close().close();
  }
}
