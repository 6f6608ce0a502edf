package herd.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The top of the page: what was made, when, on what, its few most telling figures, and where the
/// time went.
record Overview(RunFiles run) {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH);
  private static final String HOLDOUT = "holdout-bits-per-byte";
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
      var funnel = Funnel.of(stage.facts());
      if (funnel.read() != null) {
        tiles.add(new Tile(
            Figures.compact(funnel.kept().documents()),
            "",
            "documents kept of " + Figures.compact(funnel.read().documents()) + " read"));
        break;
      }
    }
    double tokens = run.stages().stream()
        .filter(stage -> TRAINING.contains(stage.kind()))
        .mapToDouble(stage -> stage.count("tokens"))
        .filter(Double::isFinite)
        .sum();
    if (tokens > 0) {
      tiles.add(new Tile(Figures.compact(tokens), "", "tokens trained on before alignment"));
    }
    run.stages().stream()
        .map(RunFiles.Stage::facts)
        .max(Comparator.comparingInt(facts -> facts.path("measures").size()))
        .ifPresent(facts -> measured(facts, tiles));
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

  /// The base model's hold-out, then up to two measures that training improved beyond chance.
  private static void measured(JsonNode facts, List<Tile> tiles) {
    var measures = Measures.of(facts.path("measures"));
    var differences = Differences.of(facts.path("differences"), measures);
    var base = measures.rows().get(HOLDOUT);
    if (base != null) {
      measures.columns().stream().filter(base::containsKey).findFirst().ifPresent(model -> {
        var first = base.get(model);
        tiles.add(new Tile(
            first.scale().value(first.value()),
            first.scale().unit(),
            "on the hold-out, " + Measures.model(model)));
      });
    }
    differences.rows().stream()
        .filter(row -> row.verdict() == Differences.Verdict.BETTER)
        .map(Differences.Row::name)
        .distinct()
        .limit(2)
        .forEach(name -> {
          var values = measures.rows().get(name);
          var models = measures.columns().stream().filter(values::containsKey).toList();
          var first = values.get(models.getFirst());
          var last = values.get(models.getLast());
          String model = Measures.model(models.getLast());
          tiles.add(new Tile(
              last.scale().value(last.value()),
              last.scale().unit(),
              "%s, %s; was %s"
                  .formatted(Figures.words(name), model, first.scale().value(first.value()))));
        });
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
      page.element(
          "i",
          "",
          "style",
          "left:%s%%;width:%s%%"
              .formatted(LineChart.px(100 * before / total), LineChart.px(100 * share)));
      page.close();
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
