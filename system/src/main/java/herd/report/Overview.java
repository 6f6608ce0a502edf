package herd.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The top of the page: what was made, when, on what, its few most telling figures, and where the
/// time went.
record Overview(RunFiles run) {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH);
  private static final Set<String> TRAINING = Set.of("pretrain", "anneal");

  void draw(Markup page) {
    page.open("header");
    page.element("p", "Herd", "class", "brand");
    page.element("h1", run.name());
    var parts = new ArrayList<String>();
    String recipe = run.result().path("recipe").asString("");
    parts.add(recipe.isEmpty() ? "A run" : "Raised from " + recipe);
    String when = when(run.started());
    if (!when.isEmpty()) {
      parts.add("on " + when);
    }
    parts.add("in " + Figures.duration(run.seconds()));
    page.element("p", String.join(" ", parts), "class", "lead");
    page.close().line();
    tiles(page);
  }

  private static String when(String started) {
    try {
      return DAY.format(Instant.parse(started).atOffset(ZoneOffset.UTC));
    } catch (DateTimeParseException _) {
      return started;
    }
  }

  /// A figure at the top.
  private record Tile(String value, String unit, String about) {}

  private void tiles(Markup page) {
    var tiles = new ArrayList<Tile>();
    for (var stage : run.stages()) {
      var funnel = Funnel.of(stage.facts().path("funnel"));
      if (funnel.read() != null) {
        tiles.add(new Tile(
            Figures.compact(funnel.kept().documents()),
            "documents",
            "kept of " + Figures.compact(funnel.read().documents()) + " read"));
        break;
      }
    }
    double tokens = run.stages().stream()
        .filter(stage -> TRAINING.contains(stage.kind()))
        .mapToDouble(stage -> stage.count("tokens"))
        .filter(Double::isFinite)
        .sum();
    if (tokens > 0) {
      tiles.add(new Tile(Figures.compact(tokens), "tokens", "trained on before alignment"));
    }
    for (var stage : run.stages().reversed()) {
      var measures = Measures.of(stage.facts().path("measures"));
      if (measures.models().size() > 1) {
        measured(measures, tiles);
        break;
      }
    }
    if (tiles.isEmpty()) {
      return;
    }
    page.open("div", "class", "tiles");
    for (var tile : tiles) {
      page.open("div", "class", "tile");
      page.open("p", "class", "value").text(tile.value);
      page.element("span", tile.unit).close();
      page.element("p", tile.about, "class", "muted").close();
    }
    page.close().line();
  }

  /// Up to two measures: the first in which lower is better, the first in which higher is, from
  /// the first model to the best one.
  private static void measured(Measures measures, List<Tile> tiles) {
    for (String better : List.of("lower", "higher")) {
      for (var row : measures.rows().entrySet()) {
        var values = List.copyOf(row.getValue().values());
        var first = values.getFirst();
        if (!first.better().equals(better) || values.size() < 2) {
          continue;
        }
        var last = values.getLast();
        tiles.add(new Tile(
            last.scale().value(last.value()),
            last.scale().unit(),
            "%s, %s; was %s"
                .formatted(
                    Figures.words(row.getKey()),
                    Measures.model(List.copyOf(row.getValue().keySet()).getLast()),
                    first.scale().value(first.value()))));
        break;
      }
    }
  }

  /// Where the time went: a bar for each stage, one after the other.
  void timeline(Markup page) {
    double total = Math.max(1e-9, run.seconds());
    double before = 0;
    page.open("ol", "class", "timeline");
    for (var stage : run.stages()) {
      double share = stage.seconds() / total;
      page.open("li");
      page.open("span", "class", "stage").element("b", stage.name());
      if (!stage.name().equals(stage.kind())) {
        page.element("small", stage.kind());
      }
      if (run.entry(stage.name()).path("resumed").asBoolean(false)) {
        page.element("small", "resumed", "title", "went on after an interruption");
      }
      page.close();
      page.open("span", "class", "track");
      page.empty(
          "i",
          "style",
          "left:%s%%;width:%s%%"
              .formatted(LineChart.px(100 * before / total), LineChart.px(100 * share)));
      page.raw("</i>").close();
      page.element("span", Figures.duration(stage.seconds()), "class", "num");
      page.element("span", Math.round(100 * share) + "%", "class", "num muted");
      page.close().line();
      before += stage.seconds();
    }
    page.close();
  }

  /// Machine and versions.
  void machine(Markup page) {
    var machine = run.machine();
    if (machine.isEmpty()) {
      return;
    }
    page.open("dl", "class", "machine");
    for (var entry : machine.properties()) {
      page.open("div").element("dt", label(entry.getKey()));
      page.element("dd", value(entry.getKey(), entry.getValue())).close();
    }
    page.close();
  }

  private static String label(String key) {
    return switch (key) {
      case "cpu" -> "Processor";
      case "jdk" -> "Java";
      case "memoryBytes" -> "Memory";
      default -> Figures.title(key);
    };
  }

  private static String value(String key, JsonNode value) {
    if (value.isNumber()) {
      return key.endsWith("Bytes")
          ? Figures.bytes(value.asDouble())
          : Figures.number(value.asDouble());
    }
    return value.asString(value.toString());
  }
}
