package herd.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// The whole page: overview, data, training, evaluation, answers, the stages' settings. A section
/// for which the files say nothing is left out.
record Page(RunFiles run) {
  /// A part of the page.
  private record Section(String id, String title, String html) {}

  String html() {
    String style = resource("report.css");
    String script = resource("report.js");
    var sections = sections();
    var page = new Markup();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.empty(
        "meta",
        "http-equiv",
        "Content-Security-Policy",
        "content",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-"
            + sha256(script) + "'");
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.raw("<link rel=\"icon\" href=\"data:,\">\n");
    page.element("title", run.name() + " · Herd").line();
    page.raw("<style>").raw(style).raw("</style>\n</head>\n<body>\n");
    page.open("main");
    var overview = new Overview(run);
    overview.draw(page);
    page.open("nav", "aria-label", "Sections");
    sections.forEach(s -> page.element("a", s.title, "href", "#" + s.id));
    page.close().line();
    for (var section : sections) {
      page.open("section", "id", section.id).element("h2", section.title).line();
      page.raw(section.html).close().line();
    }
    page.open("footer");
    overview.machine(page);
    page.element(
        "p",
        "Drawn by Herd from result.json and the stage.json files of this run.",
        "class",
        "muted");
    page.close().close();
    page.raw("\n<script>").raw(script).raw("</script>\n</body>\n</html>\n");
    return page.toString();
  }

  private List<Section> sections() {
    var out = new ArrayList<Section>();
    add(out, "time", "Where the time went", new Overview(run)::timeline);
    add(out, "data", "The data", this::data);
    add(out, "training", "Training", this::training);
    add(out, "scaling", "Scaling laws", this::scaling);
    add(out, "evaluation", "Evaluation", this::evaluation);
    add(out, "file", "The model file", this::file);
    add(out, "answers", "What the models answer", this::answers);
    add(out, "samples", "What was kept, what was dropped", this::samples);
    add(out, "stages", "Stages and settings", this::stages);
    return out;
  }

  private static void add(List<Section> sections, String id, String title, Consumer<Markup> draw) {
    var part = new Markup();
    draw.accept(part);
    if (!part.toString().isEmpty()) {
      sections.add(new Section(id, title, part.toString()));
    }
  }

  private void data(Markup page) {
    for (var stage : run.stages()) {
      var funnel = Funnel.of(stage.facts());
      if (!funnel.rows().isEmpty()) {
        funnel.draw(page);
        notes(page, stage);
      }
    }
  }

  private void training(Markup page) {
    for (var stage : run.stages()) {
      var charts = charts(stage.kind(), stage.facts().path("series"));
      if (charts.isEmpty()) {
        continue;
      }
      page.open("h3").text(Figures.title(stage.name()));
      page.element("small", counts(stage)).close();
      page.open("div", "class", "charts");
      charts.forEach(chart -> chart.draw(page));
      page.close();
      notes(page, stage);
    }
  }

  /// Figures and tables of stages that study models of many sizes.
  private void scaling(Markup page) {
    for (var stage : run.stages()) {
      var plots = new ArrayList<PlotChart>();
      stage.facts().path("plots").forEach(plot -> plots.add(new PlotChart(plot)));
      plots.removeIf(plot -> !plot.drawable());
      var tables = stage.facts().path("tables");
      if (plots.isEmpty() && tables.isEmpty()) {
        continue;
      }
      page.open("h3").text(Figures.title(stage.name()));
      page.element("small", counts(stage)).close();
      page.open("div", "class", "charts");
      plots.forEach(plot -> plot.draw(page));
      page.close();
      tables.forEach(table -> PlotChart.table(page, table));
      if (stage.facts().path("series").isEmpty()) {
        notes(page, stage);
      }
    }
  }

  /// The counts of a stage in one line.
  private static String counts(RunFiles.Stage stage) {
    var parts = new ArrayList<String>();
    for (var entry : stage.facts().path("counts").properties()) {
      if (entry.getValue().isNumber()) {
        double value = entry.getValue().asDouble();
        String words = Figures.words(entry.getKey());
        parts.add(
            words.contains("bytes")
                ? (Figures.bytes(value) + " " + words.replace("bytes", "").strip()).strip()
                : Figures.compact(value) + " " + words);
      }
    }
    return String.join(" · ", parts);
  }

  /// A chart for each column but those that only say where a row stands.
  private static List<LineChart> charts(String kind, JsonNode series) {
    var out = new ArrayList<LineChart>();
    for (var one : series) {
      var names = new ArrayList<String>();
      one.path("columns").forEach(column -> names.add(column.asString("")));
      var columns = columns(names, one.path("rows"));
      String along =
          columns.containsKey("tokens") ? "tokens" : names.isEmpty() ? "" : names.getFirst();
      columns.forEach((name, values) -> {
        if (!name.equals("step") && !name.equals(along)) {
          var chart =
              chart(kind, one.path("name").asString(""), name, along, columns.get(along), values);
          if (chart.drawable()) {
            out.add(chart);
          }
        }
      });
    }
    return out;
  }

  private static Map<String, double[]> columns(List<String> names, JsonNode rows) {
    var out = new LinkedHashMap<String, double[]>();
    for (int c = 0; c < names.size(); c++) {
      var values = new double[rows.size()];
      for (int r = 0; r < values.length; r++) {
        values[r] = rows.path(r).path(c).asDouble(Double.NaN);
      }
      out.put(names.get(c), values);
    }
    return out;
  }

  private static LineChart chart(
      String kind, String series, String column, String along, double[] x, double[] y) {
    String loss = kind.equals("dpo") ? "per pair" : "nats per token";
    String prefix = series.equals("train") || series.isEmpty() ? "" : Figures.title(series) + " ";
    return switch (column) {
      case "loss" -> new LineChart(prefix + "Loss", loss, along, x, y, true);
      case "learningRate" -> new LineChart(prefix + "Learning rate", "", along, x, y, false);
      case "gradNorm" -> new LineChart(prefix + "Gradient norm", "", along, x, y, true);
      case "tokensPerSecond" -> new LineChart(prefix + "Speed", "tokens/s", along, x, y, true);
      case "bitsPerByte" ->
        new LineChart(prefix + "bits per byte", "bits/byte", along, x, y, false);
      default -> new LineChart(prefix + Figures.title(column), "", along, x, y, true);
    };
  }

  private void evaluation(Markup page) {
    var stages = run.stages().stream()
        .filter(stage -> !Measures.of(stage.facts().path("measures")).isEmpty())
        .toList();
    for (var stage : stages) {
      var measures = Measures.of(stage.facts().path("measures"));
      var differences = Differences.of(stage.facts().path("differences"), measures);
      if (stages.size() > 1) {
        page.open("h3").text(Figures.title(stage.name()));
        page.element("small", counts(stage)).close();
      }
      measures.draw(page);
      if (!differences.isEmpty()) {
        differences.draw(page);
      }
      notes(page, stage);
    }
  }

  /// What quantisation saves.
  private void file(Markup page) {
    for (var stage : run.stages()) {
      double before = stage.count("bytesBefore");
      double after = Double.isNaN(stage.count("bytesAfter"))
          ? stage.count("bytes")
          : stage.count("bytesAfter");
      if (stage.kind().equals("quantize") && before > 0 && after > 0) {
        page.open("dl", "class", "sizes");
        size(page, "Before", before, Math.max(before, after));
        size(page, "After", after, Math.max(before, after));
        page.close();
        notes(page, stage);
      }
    }
  }

  private static void size(Markup page, String name, double bytes, double largest) {
    page.open("div").element("dt", name).open("dd", "class", "track");
    page.element("i", "", "style", "width:" + LineChart.px(100 * bytes / largest) + "%");
    page.close().element("dd", Figures.bytes(bytes), "class", "num").close();
  }

  private void answers(Markup page) {
    for (var stage : run.stages()) {
      Texts.answers(page, stage.facts().path("answers"));
    }
  }

  private void samples(Markup page) {
    for (var stage : run.stages()) {
      Texts.samples(page, stage.facts().path("samples"));
    }
  }

  private static void notes(Markup page, RunFiles.Stage stage) {
    var notes = stage.facts().path("notes");
    if (!notes.isEmpty()) {
      page.open("ul", "class", "notes");
      notes.forEach(note -> page.element("li", note.asString("")));
      page.close();
    }
  }

  private void stages(Markup page) {
    for (var stage : run.stages()) {
      page.open("details", "class", "stage").open("summary");
      page.element("b", stage.name());
      page.element("span", counts(stage), "class", "muted");
      page.element("span", Figures.duration(stage.seconds()), "class", "num muted")
          .close();
      boolean told = !stage.kind().equals("quantize")
          && stage.facts().path("series").isEmpty()
          && stage.facts().path("plots").isEmpty()
          && stage.facts().path("tables").isEmpty()
          && stage.facts().path("measures").isEmpty()
          && stage.facts().path("funnel").isEmpty();
      if (told) {
        notes(page, stage);
      }
      for (String part : List.of("settings", "inputs")) {
        if (!stage.json().path(part).isEmpty()) {
          page.element("h4", Figures.title(part));
          Texts.tree(page, stage.json().path(part));
        }
      }
      if (!stage.facts().path("counts").isEmpty()) {
        page.element("h4", "Counts");
        Texts.tree(page, stage.facts().path("counts"));
      }
      page.open("p", "class", "muted small").text("Fingerprint ");
      page.element("code", stage.json().path("fingerprint").asString("none"));
      page.text(" · began " + stage.started()).close();
      page.close().line();
    }
  }

  private static String resource(String name) {
    try (var in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String script) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(script.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
