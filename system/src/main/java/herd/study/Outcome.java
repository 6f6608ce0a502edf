package herd.study;

import herd.scaling.Run;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a trained model came to.
/// @param loss nats per token of all held-out text
/// @param kinds the same of each kind of document
/// @param seconds of its training
public record Outcome(RunPlan plan, double loss, Map<String, Double> kinds, double seconds) {
  /// As scaling laws are fitted to it.
  public Run run() {
    return new Run(plan.flops(), plan.shape().params(), plan.tokens(), loss);
  }

  /// The same with the budget that it was planned for as its FLOPs.
  Run planned() {
    return new Run(plan.budget(), plan.shape().params(), plan.tokens(), loss);
  }

  /// As it is kept.
  public ObjectNode json() {
    var json = plan.json().put("loss", loss).put("seconds", seconds);
    var each = json.putObject("kinds");
    kinds.forEach(each::put);
    return json;
  }

  /// What was kept of `plan`; null if it is of another plan.
  static Outcome of(RunPlan plan, JsonNode json) {
    for (var field : plan.json().properties()) {
      if (!json.path(field.getKey()).asString("").equals(field.getValue().asString(""))) {
        return null;
      }
    }
    if (!json.path("loss").isNumber()) {
      return null;
    }
    var kinds = new LinkedHashMap<String, Double>();
    json.path("kinds")
        .properties()
        .forEach(e -> kinds.put(e.getKey(), e.getValue().asDouble()));
    return new Outcome(
        plan, json.path("loss").asDouble(), kinds, json.path("seconds").asDouble(0));
  }
}
