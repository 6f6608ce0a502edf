package herd.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import tools.jackson.databind.JsonNode;

/// The table of an evaluation: a row for each measure, a column for each model, and their
/// intervals as dots with whiskers on one axis.
/// @param models in the order in which they occur
/// @param rows by the name of the measure
record Measures(SequencedSet<String> models, SequencedMap<String, Map<String, Value>> rows) {
  private static final double WIDTH = 240;
  private static final double LINE = 15;

  /// A measured value with its 95% interval.
  /// @param low the value itself where there is no interval
  /// @param better `higher`, `lower`, or empty for a value that is only told
  record Value(double value, double low, double high, double items, Scale scale, String better) {
    boolean hasInterval() {
      return high > low;
    }
  }

  /// How values of a measure are written: shares as percentages, others with their unit.
  record Scale(String unit, boolean share) {
    static Scale of(JsonNode measure) {
      String unit = measure.path("unit").asString("");
      boolean named = unit.equals("share") || unit.equals("accuracy") || unit.equals("fraction");
      return named || unit.isEmpty() ? new Scale("", true) : new Scale(unit, false);
    }

    String value(double value) {
      return share ? Figures.fixed(100 * value, 1) + "%" : number(value, false);
    }

    String end(double value) {
      return share ? Figures.fixed(100 * value, 1) : number(value, false);
    }

    String difference(double value) {
      return share ? Figures.signed(100 * value, 1) : number(value, true);
    }

    private static String number(double value, boolean signed) {
      int decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
      return signed ? Figures.signed(value, decimals) : Figures.fixed(value, decimals);
    }

    String differenceUnit() {
      return share ? "points" : unit;
    }
  }

  /// Reads `facts.measures`.
  static Measures of(JsonNode measures) {
    var models = new LinkedHashSet<String>();
    var rows = new LinkedHashMap<String, Map<String, Value>>();
    for (var m : measures) {
      if (!m.path("value").isNumber()) {
        continue;
      }
      double value = m.path("value").asDouble();
      String model = m.path("model").asString("");
      models.add(model);
      rows.computeIfAbsent(m.path("name").asString("?"), _ -> new LinkedHashMap<>())
          .put(
              model,
              new Value(
                  value,
                  m.path("low").asDouble(value),
                  m.path("high").asDouble(value),
                  m.path("items").asDouble(0),
                  Scale.of(m),
                  m.path("better").asString("")));
    }
    return new Measures(models, rows);
  }

  /// The models that have a column. Those that have a value in few rows only, such as a rule of
  /// thumb or a compressor, are yardsticks: they stand beside the name of the measure.
  List<String> columns() {
    long most = models.stream().mapToLong(this::values).max().orElse(0);
    return models.stream().filter(model -> values(model) * 3 > most).toList();
  }

  private long values(String model) {
    return rows.values().stream().filter(row -> row.containsKey(model)).count();
  }

  private String yardsticks(Map<String, Value> row) {
    var columns = columns();
    var parts = new ArrayList<String>();
    row.forEach((model, value) -> {
      if (!columns.contains(model)) {
        parts.add(model + ": " + value.scale.value(value.value));
      }
    });
    return String.join(" · ", parts);
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /// The value of `model` in `measure`, or null.
  Value value(String measure, String model) {
    return rows.getOrDefault(measure, Map.of()).get(model);
  }

  void draw(Markup page) {
    var order = columns();
    page.open("table", "class", "measures").open("thead").open("tr");
    page.element("th", "Measure", "scope", "col");
    for (int m = 0; m < order.size(); m++) {
      page.open("th", "scope", "col", "class", "num");
      page.raw("<i class=\"key k" + m % 4 + "\"></i>").text(model(order.get(m))).close();
    }
    page.element("th", "95% intervals", "scope", "col", "class", "plot-head");
    page.close().close().open("tbody").line();
    for (var row : rows.entrySet()) {
      var any = row.getValue().values().iterator().next();
      page.open("tr").open("th", "scope", "row").text(Figures.title(row.getKey()));
      page.element("small", about(any));
      String yardsticks = yardsticks(row.getValue());
      if (!yardsticks.isEmpty()) {
        page.element("small", yardsticks, "class", "yardstick");
      }
      page.close();
      for (int m = 0; m < order.size(); m++) {
        cell(page, order.get(m), row.getValue().get(order.get(m)), m);
      }
      page.open("td", "class", "plot");
      plot(page, row.getKey(), order, row.getValue());
      page.close().close().line();
    }
    page.close().close();
  }

  private static String about(Value any) {
    var parts = new ArrayList<String>();
    if (!any.scale.unit.isEmpty()) {
      parts.add(any.scale.unit);
    }
    if (!any.better.isEmpty()) {
      parts.add(any.better + " is better");
    }
    if (any.items > 0) {
      parts.add(Figures.number(any.items) + " items");
    }
    return String.join(" · ", parts);
  }

  private static void cell(Markup page, String model, Value value, int column) {
    page.open("td", "class", "num", "data-label", model(model));
    if (value == null) {
      page.element("span", "–", "class", "muted");
    } else {
      page.raw("<i class=\"key k" + column % 4 + "\"></i>");
      page.element("b", value.scale.value(value.value));
      if (value.hasInterval()) {
        page.element("small", value.scale.end(value.low) + " – " + value.scale.end(value.high));
      }
    }
    page.close();
  }

  private static void plot(
      Markup page, String name, List<String> order, Map<String, Value> values) {
    double low = values.values().stream().mapToDouble(Value::low).min().orElse(0);
    double high = values.values().stream().mapToDouble(Value::high).max().orElse(1);
    var axis = LineChart.Axis.of(low, high, 3, false);
    var scale = values.values().iterator().next().scale;
    double height = order.size() * LINE + 20;
    page.open(
        "svg",
        "viewBox",
        "0 0 " + LineChart.px(WIDTH) + " " + LineChart.px(height),
        "role",
        "img",
        "aria-label",
        Figures.title(name) + " with intervals");
    for (double mark : axis.marks()) {
      String at = LineChart.px(axis.at(mark, 14, WIDTH - 14));
      page.empty("path", "class", "grid", "d", "M" + at + " 0V" + LineChart.px(height - 16));
      String label = scale.share
          ? Figures.significant(Math.round(mark * 1e6) / 1e4, 3) + "%"
          : Figures.significant(Math.round(mark * 1e9) / 1e9, 4);
      page.element("text", label, "class", "tick mid", "x", at, "y", LineChart.px(height - 3));
    }
    values.forEach((model, value) -> {
      if (!order.contains(model)) {
        String at = LineChart.px(axis.at(value.value, 14, WIDTH - 14));
        page.open("path", "class", "yardstick", "d", "M" + at + " 0V" + LineChart.px(height - 16));
        page.element("title", model + ": " + scale.value(value.value)).close();
      }
    });
    for (int m = 0; m < order.size(); m++) {
      var value = values.get(order.get(m));
      if (value == null) {
        continue;
      }
      String y = LineChart.px(m * LINE + LINE / 2);
      page.open("g", "class", "k" + m % 4);
      page.element(
          "title",
          "%s: %s (%s – %s)"
              .formatted(
                  model(order.get(m)),
                  scale.value(value.value),
                  scale.end(value.low),
                  scale.end(value.high)));
      page.empty(
          "path",
          "class",
          "whisker",
          "d",
          "M%s %sH%s"
              .formatted(
                  LineChart.px(axis.at(value.low, 14, WIDTH - 14)),
                  y,
                  LineChart.px(axis.at(value.high, 14, WIDTH - 14))));
      page.empty(
          "circle", "cx", LineChart.px(axis.at(value.value, 14, WIDTH - 14)), "cy", y, "r", "4.5");
      page.close();
    }
    page.close();
  }

  /// A model's name as it stands in a headline.
  static String model(String name) {
    return switch (name) {
      case "" -> "Model";
      case "base", "expected" -> Figures.title(name);
      default -> name.length() <= 5 ? name.toUpperCase(Locale.ROOT) : name;
    };
  }
}
