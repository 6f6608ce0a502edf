package herd.run;

import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `result.json`: what a run came to, drawn from its stages' `stage.json` files.
public final class ResultJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ResultJson() {}

  /// Writes `result.json`.
  /// @param name of the run
  /// @param recipe file name of the recipe
  /// @param stages in the recipe's order; those without a result are left out
  /// @param kept those that stood already and did not run now
  public static void write(
      RunDirectory run,
      String name,
      String recipe,
      List<String> stages,
      Set<String> kept,
      Machine machine) {
    Disk.write(
        run.root().resolve("result.json"),
        JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(tree(run, name, recipe, stages, kept, machine))
            + "\n");
  }

  private static ObjectNode tree(
      RunDirectory run,
      String name,
      String recipe,
      List<String> stages,
      Set<String> kept,
      Machine machine) {
    var json = JsonNodeFactory.instance.objectNode().put("name", name).put("recipe", recipe);
    String started = null;
    double seconds = 0;
    var list = JsonNodeFactory.instance.arrayNode();
    var models = JsonNodeFactory.instance.objectNode();
    for (var stage : stages) {
      var record = run.json(stage);
      if (record == null) {
        continue;
      }
      var began = record.path("started").asString("");
      started = started == null || began.compareTo(started) < 0 ? began : started;
      seconds += record.path("seconds").asDouble(0);
      var entry = list.addObject()
          .put("stage", stage)
          .put("kind", record.path("kind").asString(""))
          .put("seconds", record.path("seconds").asDouble(0))
          .put("fingerprint", record.path("fingerprint").asString(""));
      entry.set(
          "counts",
          record.path("facts").path("counts").isObject()
              ? record.path("facts").path("counts")
              : JsonNodeFactory.instance.objectNode());
      entry
          .put("resumed", record.path("resumed").asBoolean(false))
          .put("kept", kept.contains(stage));
      for (var measure : record.path("facts").path("measures")) {
        var value = models
            .withObjectProperty(measure.path("model").asString(""))
            .putObject(measure.path("name").asString(""));
        for (var key : List.of("value", "low", "high", "items", "unit", "better")) {
          if (measure.has(key)) {
            value.set(key, measure.get(key));
          }
        }
      }
    }
    json.put("started", started == null ? "" : started).put("seconds", seconds);
    json.set("stages", list);
    json.set("models", models);
    json.set("machine", machine.json());
    return json;
  }
}
