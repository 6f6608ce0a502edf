package herd.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// A curve over steps or tokens as SVG: axes with round numbers, the values themselves for the
/// pointer. Where there are many noisy values they lie pale behind their running average.
/// @param title what is shown
/// @param unit of the values
/// @param xUnit `tokens`, `step`
/// @param x rising
/// @param y one value for each of `x`; NaN where there is none
/// @param smooth whether a running average is drawn
record LineChart(String title, String unit, String xUnit, double[] x, double[] y, boolean smooth) {
  private static final double WIDTH = 460;
  private static final double HEIGHT = 212;
  private static final double LEFT = 48;
  private static final double RIGHT = 14;
  private static final double TOP = 12;
  private static final double BOTTOM = 36;

  /// Below this many points an average would hide more than it shows.
  private static final int NOISY = 60;

  /// An axis: its ends and the distance of its marks.
  record Axis(double low, double high, double step) {
    /// Round numbers that enclose `low … high`, about `marks` of them.
    static Axis of(double low, double high, int marks, boolean loose) {
      double span = high - low;
      if (!(span > 0)) {
        span = Math.max(Math.abs(high), 1e-9);
        return loose
            ? new Axis(low, high + span, span)
            : of(low - span / 2, high + span / 2, marks, false);
      }
      double rough = span / marks;
      double ten = Math.pow(10, Math.floor(Math.log10(rough)));
      double step = rough / ten <= 1
          ? ten
          : rough / ten <= 2 ? 2 * ten : rough / ten <= 5 ? 5 * ten : 10 * ten;
      return loose
          ? new Axis(low, high, step)
          : new Axis(
              Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step, step);
    }

    /// Where the marks stand.
    double[] marks() {
      var out = new ArrayList<Double>();
      for (double i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
        out.add(i * step);
      }
      return out.stream().mapToDouble(Double::doubleValue).toArray();
    }

    double at(double value, double from, double to) {
      return from + (value - low) / (high - low) * (to - from);
    }
  }

  /// Whether there is anything to draw.
  boolean drawable() {
    for (double value : y) {
      if (Double.isFinite(value)) {
        return true;
      }
    }
    return false;
  }

  /// Appends the figure with its caption.
  void draw(Markup page) {
    var points = points();
    double first = points.getFirst()[1];
    double last = points.getLast()[1];
    double low = points.stream().mapToDouble(p -> p[1]).min().orElseThrow();
    double high = points.stream().mapToDouble(p -> p[1]).max().orElseThrow();
    if (low > 0 && low < 0.5 * high) {
      low = 0;
    }
    var xAxis = Axis.of(points.getFirst()[0], points.getLast()[0], 5, true);
    var yAxis = Axis.of(low, high, 5, false);
    page.open("figure", "class", "chart").open("figcaption");
    page.element("span", title, "class", "name");
    page.element("span", unit, "class", "unit");
    page.element("span", Figures.significant(last, 4), "class", "last", "title", "last value");
    page.close();
    page.open(
        "svg",
        "viewBox",
        "0 0 " + px(WIDTH) + " " + px(HEIGHT),
        "role",
        "img",
        "aria-label",
        "%s in %s: from %s to %s"
            .formatted(title, unit, Figures.significant(first, 4), Figures.significant(last, 4)),
        "data-x",
        joined(points, p -> px(xAxis.at(p[0], LEFT, WIDTH - RIGHT))),
        "data-y",
        joined(points, p -> px(yAxis.at(p[1], HEIGHT - BOTTOM, TOP))),
        "data-at",
        joined(points, p -> Figures.compact(p[0])),
        "data-value",
        joined(points, p -> Figures.significant(p[1], 4)),
        "data-unit",
        xUnit);
    axes(page, xAxis, yAxis);
    boolean average = smooth && points.size() >= NOISY;
    page.empty("path", "class", average ? "line pale" : "line", "d", path(points, xAxis, yAxis));
    if (average) {
      page.empty("path", "class", "line", "d", path(averaged(points), xAxis, yAxis));
    }
    if (points.size() <= 12) {
      for (var p : points) {
        page.empty(
            "circle",
            "class",
            "point",
            "cx",
            px(xAxis.at(p[0], LEFT, WIDTH - RIGHT)),
            "cy",
            px(yAxis.at(p[1], HEIGHT - BOTTOM, TOP)),
            "r",
            "3");
      }
    }
    page.raw(
        "<g class=\"hover\" hidden><path class=\"cross\"/><circle class=\"point\" r=\"4\"/></g>");
    page.close().close().line();
  }

  private List<double[]> points() {
    var out = new ArrayList<double[]>();
    for (int i = 0; i < Math.min(x.length, y.length); i++) {
      if (Double.isFinite(x[i]) && Double.isFinite(y[i])) {
        out.add(new double[] {x[i], y[i]});
      }
    }
    return out;
  }

  private void axes(Markup page, Axis xAxis, Axis yAxis) {
    double floor = HEIGHT - BOTTOM;
    for (double mark : yAxis.marks()) {
      double at = yAxis.at(mark, floor, TOP);
      page.empty(
          "path", "class", "grid", "d", "M" + px(LEFT) + " " + px(at) + "H" + px(WIDTH - RIGHT));
      page.element(
          "text", label(mark, yAxis), "class", "tick end", "x", px(LEFT - 7), "y", px(at + 4));
    }
    for (double mark : xAxis.marks()) {
      double at = xAxis.at(mark, LEFT, WIDTH - RIGHT);
      page.empty("path", "class", "axis", "d", "M" + px(at) + " " + px(floor) + "v4");
      page.element(
          "text", Figures.compact(mark), "class", "tick mid", "x", px(at), "y", px(floor + 17));
    }
    page.element("text", xUnit, "class", "tick end", "x", px(WIDTH - RIGHT), "y", px(HEIGHT - 4));
  }

  private static String label(double mark, Axis axis) {
    if (Math.abs(mark) < axis.step * 1e-6) {
      return "0";
    }
    return Math.abs(mark) >= 10_000 ? Figures.compact(mark) : Figures.significant(mark, 3);
  }

  private static String path(List<double[]> points, Axis xAxis, Axis yAxis) {
    var out = new StringBuilder();
    for (var p : points) {
      out.append(out.isEmpty() ? 'M' : 'L')
          .append(px(xAxis.at(p[0], LEFT, WIDTH - RIGHT)))
          .append(' ')
          .append(px(yAxis.at(p[1], HEIGHT - BOTTOM, TOP)));
    }
    return out.toString();
  }

  /// A running average over about a thirtieth of the curve to both sides, less at its ends.
  private static List<double[]> averaged(List<double[]> points) {
    int reach = Math.max(2, points.size() / 30);
    var out = new ArrayList<double[]>();
    for (int i = 0; i < points.size(); i++) {
      int side = Math.min(reach, Math.min(i, points.size() - 1 - i));
      double sum = 0;
      double weights = 0;
      for (int k = -side; k <= side; k++) {
        double weight = side + 1 - Math.abs(k);
        sum += weight * points.get(i + k)[1];
        weights += weight;
      }
      out.add(new double[] {points.get(i)[0], sum / weights});
    }
    return out;
  }

  private static String joined(List<double[]> points, Function<double[], String> text) {
    var out = new StringBuilder();
    for (var p : points) {
      if (!out.isEmpty()) {
        out.append('|');
      }
      out.append(text.apply(p));
    }
    return out.toString();
  }

  /// A coordinate with a tenth of a unit, which is finer than any screen shows.
  static String px(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
