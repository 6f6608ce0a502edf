package herd.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Texts from the run: what the models answered, and documents that were kept or dropped.
final class Texts {
  private static final int SHOWN = 4;
  private static final Pattern FENCE = Pattern.compile("(?m)^```[\\w-]*[ \\t]*$");
  private static final Pattern SPAN = Pattern.compile("`([^`\n]+)`");
  private static final Pattern CODE =
      Pattern.compile("(?m)[;{}]\\s*$|^\\s*(public|private|protected|import|package|@Override)\\b");

  private Texts() {}

  /// Draws `facts.answers`: the prompt, what was expected, and each model's answer beside it.
  static void answers(Markup page, JsonNode answers) {
    int shown = 0;
    for (var answer : answers) {
      if (shown == SHOWN) {
        page.open("details", "class", "more");
        page.element("summary", (answers.size() - SHOWN) + " more");
      }
      answer(page, answer);
      shown++;
    }
    if (shown > SHOWN) {
      page.close();
    }
  }

  private static void answer(Markup page, JsonNode answer) {
    page.open("article", "class", "answer");
    page.open("div", "class", "prompt");
    text(page, answer.path("prompt").asString(""));
    page.close().open("div", "class", "beside");
    var columns = new LinkedHashMap<String, String>();
    for (var entry : answer.properties()) {
      boolean said =
          !entry.getKey().equals("expected") || !entry.getValue().asString("").isBlank();
      if (!entry.getKey().equals("prompt") && entry.getValue().isString() && said) {
        columns.put(entry.getKey(), entry.getValue().asString());
      }
    }
    columns.forEach((name, text) -> {
      page.open("div", "class", name.equals("expected") ? "reply expected" : "reply");
      page.element("h4", Measures.model(name));
      text(page, text.isBlank() ? "(nothing)" : text);
      page.close();
    });
    page.close().close().line();
  }

  /// Text with code between fences, or code as a whole, in `<pre>`.
  static void text(Markup page, String text) {
    String[] parts = FENCE.split(text, -1);
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i].strip();
      if (part.isEmpty()) {
        continue;
      }
      boolean code = i % 2 == 1 || parts.length == 1 && part.lines().count() > 1 && isCode(part);
      if (code) {
        page.open("pre")
            .element("code", parts[i].stripTrailing().replaceAll("^\\n+", ""))
            .close();
      } else {
        paragraph(page, part);
      }
    }
  }

  private static void paragraph(Markup page, String text) {
    page.open("p");
    int done = 0;
    for (var span = SPAN.matcher(text); span.find(); done = span.end()) {
      page.text(text.substring(done, span.start())).element("code", span.group(1));
    }
    page.text(text.substring(done)).close();
  }

  private static boolean isCode(String text) {
    long lines = text.lines().filter(line -> !line.isBlank()).count();
    long marks = text.lines().filter(line -> CODE.matcher(line).find()).count();
    return marks * 3 >= lines;
  }

  /// Draws `facts.samples`, a fold for each reason.
  static void samples(Markup page, JsonNode samples) {
    var groups = new LinkedHashMap<String, List<JsonNode>>();
    for (var sample : samples) {
      groups.computeIfAbsent(heading(sample), _ -> new ArrayList<>()).add(sample);
    }
    groups.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(
            Comparator.comparing(group -> !group.getFirst().path("kept").asBoolean(false))))
        .forEach(group -> {
          boolean kept = group.getValue().getFirst().path("kept").asBoolean(false);
          page.open("details", "class", "samples").open("summary");
          page.element("span", kept ? "kept" : "dropped", "class", kept ? "tag good" : "tag");
          page.text(group.getKey());
          page.element("span", Figures.number(group.getValue().size()), "class", "num muted");
          page.close();
          group.getValue().forEach(sample -> {
            page.open("figure", "class", "sample");
            page.element("figcaption", sample.path("id").asString(""));
            page.element("pre", sample.path("text").asString(""));
            page.close();
          });
          page.close().line();
        });
  }

  private static String heading(JsonNode sample) {
    String step = Figures.title(sample.path("step").asString(""));
    String reason = Figures.words(sample.path("reason").asString(""));
    if (sample.path("kept").asBoolean(false)) {
      return step.isEmpty() || step.equals(Figures.title("holdout"))
          ? "Into the training text"
          : "Passed " + step;
    }
    return step.toLowerCase(Locale.ROOT).contains(reason) ? step : step + ": " + reason;
  }

  /// Settings, counts and other trees as nested lists of names and values.
  static void tree(Markup page, JsonNode node) {
    page.open("dl", "class", "tree");
    for (var entry : node.properties()) {
      page.element("dt", entry.getKey());
      page.open("dd");
      value(page, entry.getValue());
      page.close();
    }
    page.close();
  }

  private static void value(Markup page, JsonNode value) {
    if (value.isObject()) {
      tree(page, value);
    } else if (value.isArray() && allPlain(value)) {
      var parts = new ArrayList<String>();
      value.forEach(v -> parts.add(plain(v)));
      page.text(parts.isEmpty() ? "none" : String.join(", ", parts));
    } else if (value.isArray()) {
      page.open("ol");
      value.forEach(v -> {
        page.open("li");
        value(page, v);
        page.close();
      });
      page.close();
    } else {
      page.text(plain(value));
    }
  }

  private static boolean allPlain(JsonNode array) {
    for (var value : array) {
      if (value.isContainer()) {
        return false;
      }
    }
    return true;
  }

  private static String plain(JsonNode value) {
    if (value.isIntegralNumber()) {
      return Figures.number(value.asDouble());
    }
    return value.isNumber() ? Figures.significant(value.asDouble(), 6) : value.asString("none");
  }
}
