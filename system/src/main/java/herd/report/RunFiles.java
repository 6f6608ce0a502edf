package herd.report;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a run left: its `result.json`, an empty object where it has none yet, and its stages in
/// their order.
record RunFiles(String name, JsonNode result, List<Stage> stages) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// A stage's `stage.json`.
  record Stage(String name, JsonNode json) {
    String kind() {
      return json.path("kind").asString(name);
    }

    JsonNode facts() {
      return json.path("facts");
    }

    double seconds() {
      return json.path("seconds").asDouble(0);
    }

    String started() {
      return json.path("started").asString("");
    }

    double count(String key) {
      return facts().path("counts").path(key).asDouble(Double.NaN);
    }
  }

  /// @throws UserError if there is no stage, or a file is not JSON
  static RunFiles read(Path run) {
    Path resultFile = run.resolve("result.json");
    JsonNode result = Files.exists(resultFile) ? tree(resultFile) : JSON.createObjectNode();
    var found = new ArrayList<Stage>();
    try (var folders = Files.list(run)) {
      for (Path folder : folders.sorted().toList()) {
        Path file = folder.resolve("stage.json");
        String name = folder.getFileName().toString();
        if (!name.startsWith(".") && Files.exists(file)) {
          found.add(new Stage(name, tree(file)));
        }
      }
    } catch (IOException e) {
      throw WholeFile.unreadable(run, e);
    }
    if (found.isEmpty()) {
      throw new UserError(
          run.toString(), "no folder with a stage.json", "Name the directory of a run.");
    }
    var absolute = run.toAbsolutePath().normalize().getFileName();
    String name = result.path("name").asString(absolute == null ? "run" : absolute.toString());
    return new RunFiles(name, result, ordered(found, result.path("stages")));
  }

  /// In the order of `result.json`, then those it does not name by the time they began.
  private static List<Stage> ordered(List<Stage> found, JsonNode order) {
    found.sort(Comparator.comparing(Stage::started));
    var left = new LinkedHashMap<String, Stage>();
    found.forEach(stage -> left.put(stage.name(), stage));
    var out = new ArrayList<Stage>();
    for (var entry : order) {
      var stage = left.remove(entry.path("stage").asString(""));
      if (stage != null) {
        out.add(stage);
      }
    }
    out.addAll(left.values());
    return List.copyOf(out);
  }

  private static JsonNode tree(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    } catch (JacksonException e) {
      throw new UserError(
          file.toString(), "not JSON: " + e.getOriginalMessage(), "Run the stage again.");
    }
  }

  /// Entries of `result.json` about one stage, an empty node where there are none.
  JsonNode entry(String stage) {
    for (var entry : result.path("stages")) {
      if (entry.path("stage").asString("").equals(stage)) {
        return entry;
      }
    }
    return JSON.missingNode();
  }

  /// The machine of the run, or of its first stage.
  JsonNode machine() {
    return result.path("machine").isObject()
        ? result.path("machine")
        : stages.getFirst().json().path("machine");
  }

  /// Seconds of all stages.
  double seconds() {
    return stages.stream().mapToDouble(Stage::seconds).sum();
  }

  /// When the first stage began, ISO 8601, or empty.
  String started() {
    return stages.stream()
        .map(Stage::started)
        .filter(started -> !started.isEmpty())
        .min(Comparator.naturalOrder())
        .orElse("");
  }
}
