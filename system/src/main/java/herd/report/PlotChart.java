package herd.report;

import herd.report.LineChart.Axis;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A figure of `facts.plots` as SVG: series of points, lines and bands over two axes, each of them
/// linear or logarithmic, with a legend of the groups.
record PlotChart(JsonNode json) {
  private static final double WIDTH = 460;
  private static final double HEIGHT = 280;
  private static final double LEFT = 52;
  private static final double RIGHT = 14;
  private static final double TOP = 12;
  private static final double BOTTOM = 36;
  private static final int COLOURS = 6;

  /// One direction: from values to places.
  /// @param log whether places go by the logarithm
  private record Scale(Axis axis, boolean log, double from, double to) {
    double at(double value) {
      return axis.at(log ? Math.log10(value) : value, from, to);
    }

    /// Values with a mark.
    double[] marks() {
      if (!log) {
        return axis.marks();
      }
      var out = new ArrayList<Double>();
      boolean wide = axis.high() - axis.low() > 2.5;
      for (double ten = Math.floor(axis.low()); ten <= axis.high(); ten++) {
        for (double digit : wide ? new double[] {1} : new double[] {1, 2, 5}) {
          double value = digit * Math.pow(10, ten);
          if (Math.log10(value) >= axis.low() - 1e-9 && Math.log10(value) <= axis.high() + 1e-9) {
            out.add(value);
          }
        }
      }
      return out.stream().mapToDouble(Double::doubleValue).toArray();
    }

    String label(double mark) {
      boolean power = log && (mark >= 1e7 || mark < 1e-3);
      return power
          ? Figures.significant(mark / Math.pow(10, Math.floor(Math.log10(mark) + 1e-9)), 2) + "e"
              + (int) Math.floor(Math.log10(mark) + 1e-9)
          : Math.abs(mark) >= 10_000 ? Figures.compact(mark) : Figures.significant(mark, 4);
    }
  }

  /// Whether there is anything to draw.
  boolean drawable() {
    return !values("x", 0).isEmpty();
  }

  private List<Double> values(String axis, int column) {
    boolean log = json.path(axis).path("log").asBoolean(false);
    var out = new ArrayList<Double>();
    for (var series : json.path("series")) {
      for (var point : series.path("points")) {
        for (int c = column; c < (column == 0 ? 1 : point.size()); c++) {
          double value = point.path(c).asDouble(Double.NaN);
          if (Double.isFinite(value) && (!log || value > 0)) {
            out.add(value);
          }
        }
      }
    }
    return out;
  }

  private Scale scale(String axis, int column, double from, double to) {
    boolean log = json.path(axis).path("log").asBoolean(false);
    var values = values(axis, column);
    double low = values.stream().mapToDouble(v -> log ? Math.log10(v) : v).min().orElse(0);
    double high =
        values.stream().mapToDouble(v -> log ? Math.log10(v) : v).max().orElse(1);
    double room = Math.max(0.03 * (high - low), 1e-9);
    return log
        ? new Scale(new Axis(low - room, high + room, 1), true, from, to)
        : new Scale(Axis.of(low, high, 5, false), false, from, to);
  }

  /// Appends the figure with its caption and legend.
  void draw(Markup page) {
    var x = scale("x", 0, LEFT, WIDTH - RIGHT);
    var y = scale("y", 1, HEIGHT - BOTTOM, TOP);
    var groups = new ArrayList<String>();
    json.path("series").forEach(series -> {
      var group = series.path("group").asString("");
      if (!groups.contains(group) && !series.path("points").isEmpty()) {
        groups.add(group);
      }
    });
    page.open("figure", "class", "chart plotted").open("figcaption");
    page.element("span", json.path("title").asString(""), "class", "name");
    page.element("span", json.path("y").path("label").asString(""), "class", "unit");
    page.close();
    page.open(
        "svg",
        "viewBox",
        "0 0 " + LineChart.px(WIDTH) + " " + LineChart.px(HEIGHT),
        "role",
        "img",
        "aria-label",
        json.path("title").asString("") + ": " + String.join(", ", groups));
    axes(page, x, y);
    // Bands lie under lines, lines under dots.
    for (var form : List.of("band", "line", "points", "mark")) {
      for (var series : json.path("series")) {
        boolean drawn = groups.contains(series.path("group").asString(""));
        if (drawn && series.path("form").asString("").equals(form)) {
          int colour = groups.indexOf(series.path("group").asString("")) % COLOURS;
          series(page, form, "c" + colour, series.path("points"), x, y);
        }
      }
    }
    page.close();
    page.open("ul", "class", "legend");
    for (int g = 0; g < groups.size(); g++) {
      page.open("li", "class", "c" + g % COLOURS);
      page.element("i", "").text(groups.get(g)).close();
    }
    page.close().close().line();
  }

  private void axes(Markup page, Scale x, Scale y) {
    double floor = HEIGHT - BOTTOM;
    for (double mark : y.marks()) {
      String at = LineChart.px(y.at(mark));
      page.empty(
          "path",
          "class",
          "grid",
          "d",
          "M" + LineChart.px(LEFT) + " " + at + "H" + LineChart.px(WIDTH - RIGHT));
      page.element(
          "text",
          y.label(mark),
          "class",
          "tick end",
          "x",
          LineChart.px(LEFT - 7),
          "y",
          LineChart.px(y.at(mark) + 4));
    }
    for (double mark : x.marks()) {
      String at = LineChart.px(x.at(mark));
      page.empty("path", "class", "axis", "d", "M" + at + " " + LineChart.px(floor) + "v4");
      page.element(
          "text", x.label(mark), "class", "tick mid", "x", at, "y", LineChart.px(floor + 17));
    }
    page.element(
        "text",
        json.path("x").path("label").asString(""),
        "class",
        "tick end",
        "x",
        LineChart.px(WIDTH - RIGHT),
        "y",
        LineChart.px(HEIGHT - 4));
  }

  private static void series(
      Markup page, String form, String colour, JsonNode points, Scale x, Scale y) {
    switch (form) {
      case "band" -> {
        var there = new StringBuilder();
        var back = new StringBuilder();
        for (var point : points) {
          String at = LineChart.px(x.at(point.path(0).asDouble()));
          there.append(there.isEmpty() ? 'M' : 'L').append(at).append(' ');
          there.append(LineChart.px(y.at(point.path(1).asDouble())));
          back.insert(0, "L" + at + " " + LineChart.px(y.at(point.path(2).asDouble())));
        }
        page.empty("path", "class", "band " + colour, "d", there + "" + back + "Z");
      }
      case "line" -> {
        var path = new StringBuilder();
        for (var point : points) {
          path.append(path.isEmpty() ? 'M' : 'L')
              .append(LineChart.px(x.at(point.path(0).asDouble())))
              .append(' ')
              .append(LineChart.px(y.at(point.path(1).asDouble())));
        }
        page.empty("path", "class", "line " + colour, "d", path.toString());
      }
      default -> {
        for (var point : points) {
          dot(page, form, colour, point, x, y);
        }
      }
    }
  }

  private static void dot(
      Markup page, String form, String colour, JsonNode point, Scale x, Scale y) {
    page.open(
        "circle",
        "class",
        form + " " + colour,
        "cx",
        LineChart.px(x.at(point.path(0).asDouble())),
        "cy",
        LineChart.px(y.at(point.path(1).asDouble())),
        "r",
        form.equals("mark") ? "5.5" : "3.2");
    page.element(
        "title",
        Figures.significant(point.path(0).asDouble(), 3)
            + ", "
            + Figures.significant(point.path(1).asDouble(), 5));
    page.close();
  }

  /// A table of `facts.tables`.
  static void table(Markup page, JsonNode table) {
    page.element("h4", table.path("title").asString(""));
    page.open("table").open("thead").open("tr");
    boolean first = true;
    for (var column : table.path("columns")) {
      page.element("th", column.asString(""), "class", first ? null : "num");
      first = false;
    }
    page.close().close().open("tbody");
    for (var row : table.path("rows")) {
      page.open("tr");
      for (int c = 0; c < row.size(); c++) {
        page.element(
            c == 0 ? "th" : "td", row.path(c).asString(""), "class", c == 0 ? null : "num");
      }
      page.close();
    }
    page.close().close().line();
  }
}
