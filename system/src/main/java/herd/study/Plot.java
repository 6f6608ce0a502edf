package herd.study;

import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A figure for the report, `facts.plots`: series of points, lines and bands over two axes.
public final class Plot {
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final ArrayNode series;

  /// An axis.
  /// @param log whether equal steps are equal factors
  public record Axis(String label, boolean log) {}

  /// How a series is drawn.
  public enum Form {
    /// Dots.
    POINTS,
    /// A dot that stands out.
    MARK,
    /// A line.
    LINE,
    /// Between two values of y.
    BAND
  }

  public Plot(String title, Axis x, Axis y) {
    json.put("title", title);
    json.putObject("x").put("label", x.label).put("log", x.log);
    json.putObject("y").put("label", y.label).put("log", y.log);
    series = json.putArray("series");
  }

  /// Adds a series.
  /// @param group series of one group have one colour and one entry in the legend
  /// @param points x and y of each; of a band x, the lower and the upper y
  public Plot add(String group, Form form, List<double[]> points) {
    var one =
        series.addObject().put("group", group).put("form", form.name().toLowerCase(Locale.ROOT));
    var list = one.putArray("points");
    for (double[] point : points) {
      var values = list.addArray();
      for (double value : point) {
        values.add(value);
      }
    }
    return this;
  }

  /// Adds the figure to a stage's facts.
  public void to(ObjectNode facts) {
    facts.withArrayProperty("plots").add(json);
  }

  /// Adds a table to a stage's facts.
  /// @param rows a text for each column
  public static void table(
      ObjectNode facts, String title, List<String> columns, List<List<String>> rows) {
    var table = facts.withArrayProperty("tables").addObject().put("title", title);
    var names = table.putArray("columns");
    columns.forEach(names::add);
    var list = table.putArray("rows");
    for (var row : rows) {
      var cells = list.addArray();
      row.forEach(cells::add);
    }
  }
}
