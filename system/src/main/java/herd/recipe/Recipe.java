package herd.recipe;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import herd.run.Progress;
import herd.run.RunDirectory;
import herd.run.Task;
import herd.settings.Written;
import herd.study.StudyPlan;
import herd.train.course.MemoryPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// One run: everything that it does and with which settings.
/// @param presets named sets of changes, path to value
/// @param stages by name, each after those it reads
@About("one run of Herd, from sources to a model and its report")
public record Recipe(
    @About("of the run and of its directory under runs/") String name,
    @About("of all randomness in the run") @Default("1") long seed,
    @About("which of the presets holds") @Default("") String preset,

    @About("named sets of changes, path to value") @Default("{}")
    Map<String, Map<String, String>> presets,

    @About("the stages by name, each after those it reads") Map<String, Stage> stages) {
  /// Words that the first part of an override's path may be instead of a stage's name.
  static final Set<String> KEYS = Set.of("name", "seed", "preset", "presets", "stages");

  public Recipe {
    check("name", name, "[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits, '.', '_' and '-'");
    for (var stage : stages.keySet()) {
      check("stages", stage, "[a-z][a-z0-9-]{0,31}", "lower-case letters, digits and '-'");
      if (KEYS.contains(stage)) {
        throw new UserError("stages", "a stage named '" + stage + "'", "Give it another name.");
      }
    }
    if (stages.isEmpty()) {
      throw new UserError("stages", "none", "at least one", "Add a stage.");
    }
  }

  private static void check(String where, String name, String form, String allowed) {
    if (!name.matches(form)) {
      throw new UserError(where, "the name '" + name + "'", allowed, "Choose another name.");
    }
  }

  /// The resolved recipe: every setting, the preset applied.
  public ObjectNode json() {
    var json = Written.json(this, Recipe.class);
    json.remove(List.of("preset", "presets"));
    return json;
  }

  /// The memory that each stage needs that trains a model from the beginning, by its name. The
  /// vocabulary is that of the stage with the tokens.
  /// @param otherwise the vocabulary where tokens come from folders that are not there yet
  public Map<String, MemoryPlan> memory(int otherwise) {
    var plans = new LinkedHashMap<String, MemoryPlan>();
    stages.forEach((stageName, stage) -> {
      if (stage instanceof Pretrain pretrain) {
        int vocab =
            switch (stages.get(pretrain.tokens())) {
              case TokenizerStage made -> made.vocab();
              case TokenFolders given -> given.vocab().orElse(otherwise);
              default -> otherwise;
            };
        plans.put(stageName, pretrain.memory(vocab));
      }
    });
    return plans;
  }

  /// @throws UserError if no stage is a study of small models
  public void checkStudy() {
    if (stages.values().stream().noneMatch(ScaleGrid.class::isInstance)) {
      throw new UserError(
          "stages",
          "no study of small models in " + name,
          "a stage of the kind scale-grid",
          "Take recipes/scale.yaml, or run this recipe with herd raise.");
    }
  }

  /// What the study of small models in this recipe is going to train, and how long that takes here;
  /// models of several sizes are trained for some seconds to see.
  /// @param results of the run so far: what an interrupted study has decided stays decided
  /// @throws UserError if no stage is a study, or its budgets are too small or too large
  public StudyPlan study(RunDirectory results, Means means, Progress progress) {
    checkStudy();
    var study = stages.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof ScaleGrid)
        .findFirst()
        .orElseThrow();
    return ((ScaleGrid) study.getValue()).plan(this, study.getKey(), results, means, progress);
  }

  /// The stages as tasks for [herd.run.Raise].
  /// @param means what stages work with; null if nothing is going to run
  public List<Task> tasks(Means means) {
    var tasks = new ArrayList<Task>();
    var all = new LinkedHashMap<>(stages);
    all.forEach((stageName, stage) -> {
      var settings = Written.json(stage, Stage.class);
      tasks.add(new Task(
          stageName,
          settings.path("kind").asString(""),
          stage.version(),
          settings,
          stage.inputs(),
          stage.outside(),
          (workspace, results) -> stage.run(
              workspace,
              new Inputs(means.run(), results, means.pull(), means.kernels(), means.singles()))));
    });
    return tasks;
  }
}
