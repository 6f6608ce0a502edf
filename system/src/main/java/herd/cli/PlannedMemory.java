package herd.cli;

import herd.engine.UserError;
import herd.recipe.RecipeReader;
import herd.train.course.MemoryPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;

/// What `herd plan --memory` prints: the memory of each stage of a recipe that trains a model from
/// the beginning.
/// @param vocab of a recipe whose token folders are not there yet
record PlannedMemory(Main herd, boolean json, int vocab) {
  /// @param sets changes of the recipe
  void print(Path recipe, List<String> sets) {
    var plans = RecipeReader.read(recipe, sets).memory(vocab);
    if (plans.isEmpty()) {
      throw new UserError(
          recipe.toString(), "no stage that trains from the beginning", "Add a pretrain stage.");
    }
    var object = JsonNodeFactory.instance.objectNode();
    plans.forEach((stage, plan) -> {
      var node = object.putObject(stage).put("bytes", plan.bytes());
      plan.parts().forEach(node::put);
      if (!json) {
        herd.out().println(words(stage, plan));
      }
    });
    if (json) {
      herd.out().println(object);
    }
  }

  private static String words(String stage, MemoryPlan plan) {
    var parts = plan.parts().entrySet().stream()
        .map(part -> part.getKey() + " " + mebibytes(part.getValue()))
        .toList();
    return "%s: %s (%s)".formatted(stage, mebibytes(plan.bytes()), String.join(", ", parts));
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", Math.round(bytes / (double) (1 << 20)));
  }
}
