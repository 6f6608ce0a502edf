package herd.recipe;

import herd.engine.UserError;
import herd.settings.Binder;
import herd.settings.Overrides;
import herd.settings.SettingsSchema;
import herd.settings.Spelling;
import herd.settings.Yaml;
import herd.settings.YamlReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Reads recipes: the file, then the preset, then the changes asked for on the command line.
public final class RecipeReader {
  private static final String PRESET = "preset";

  private RecipeReader() {}

  /// A change as `--set` names it.
  private record Change(String path, String value, String place) {}

  /// Reads a recipe.
  /// @param sets changes `path=value`; a path begins with a stage's name or a key of the recipe:
  /// `pretrain.tokens=8M`, `seed=7`, `curate.steps.0.minWords=5`, `preset=long`
  /// @throws UserError with file, line and column, or the change, of the first mistake
  public static Recipe read(Path file, List<String> sets) {
    var tree = YamlReader.read(file);
    var changes = sets.stream().map(RecipeReader::change).toList();
    if (tree instanceof Yaml.Fields fields) {
      tree = changed(fields, changes);
    }
    var recipe = Binder.bind(tree, Recipe.class, "the recipe");
    checkInputs(recipe, (Yaml.Fields) tree);
    return recipe;
  }

  /// A JSON Schema of recipes.
  public static ObjectNode schema() {
    return SettingsSchema.of(Recipe.class, "Herd recipe");
  }

  private static Change change(String set) {
    int equals = set.indexOf('=');
    if (equals < 1) {
      throw new UserError(
          "--set " + set, "no path and value", "path=value", "Write --set pretrain.tokens=8M.");
    }
    return new Change(set.substring(0, equals).strip(), set.substring(equals + 1), "--set " + set);
  }

  private static Yaml changed(Yaml.Fields tree, List<Change> changes) {
    var all = new ArrayList<Change>();
    var preset = changes.stream().filter(change -> change.path().equals(PRESET)).toList();
    Yaml chosen = preset.isEmpty()
        ? tree.fields().get(PRESET)
        : new Yaml.Text(preset.getLast().place(), preset.getLast().value(), false);
    if (chosen instanceof Yaml.Text text && !text.text().isEmpty()) {
      all.addAll(preset(tree, text));
    }
    changes.stream().filter(change -> !change.path().equals(PRESET)).forEach(all::add);
    Yaml changed = preset.isEmpty() ? tree : tree.with(PRESET, chosen);
    for (var change : all) {
      var path = path(change, (Yaml.Fields) changed);
      changed = Overrides.apply(changed, Recipe.class, path, change.value(), change.place());
    }
    return changed;
  }

  private static List<Change> preset(Yaml.Fields tree, Yaml.Text name) {
    var presets = tree.fields().get("presets") instanceof Yaml.Fields given
        ? given
        : Yaml.Fields.empty(tree.place());
    if (!(presets.fields().get(name.text()) instanceof Yaml.Fields preset)) {
      var names = presets.fields().keySet();
      throw new UserError(
          name.place(),
          "no preset '" + name.text() + "'",
          names.isEmpty() ? "none: the recipe has no presets" : String.join(", ", names),
          Spelling.remedy(name.text(), names, "Choose one of these or none."));
    }
    var changes = new ArrayList<Change>();
    preset.fields().forEach((path, value) -> {
      if (value instanceof Yaml.Text text) {
        changes.add(new Change(path, text.text(), preset.places().get(path)));
      }
    });
    return changes;
  }

  /// The path from the recipe's root: a stage's name may stand first.
  private static List<String> path(Change change, Yaml.Fields tree) {
    var parts = new ArrayList<>(Arrays.asList(change.path().split("\\.", -1)));
    var stages = new LinkedHashSet<String>();
    if (tree.fields().get("stages") instanceof Yaml.Fields given) {
      stages.addAll(given.fields().keySet());
    }
    if (stages.contains(parts.getFirst())) {
      parts.addFirst("stages");
    } else if (!Recipe.KEYS.contains(parts.getFirst())) {
      stages.addAll(List.of("name", "seed", PRESET));
      throw new UserError(
          change.place(),
          "no stage or key '" + parts.getFirst() + "'",
          String.join(", ", stages),
          Spelling.remedy(parts.getFirst(), stages, "Begin the path with one of these."));
    }
    return parts;
  }

  private static void checkInputs(Recipe recipe, Yaml.Fields tree) {
    var before = new ArrayList<String>();
    var stages = (Yaml.Fields) tree.fields().get("stages");
    recipe.stages().forEach((name, stage) -> {
      for (var input : stage.inputs()) {
        if (!before.contains(input)) {
          throw new UserError(
              place((Yaml.Fields) stages.fields().get(name), input),
              "stage '" + name + "' reads '" + input + "'",
              before.isEmpty() ? "no stage stands before it" : String.join(", ", before),
              Spelling.remedy(input, before, "Name a stage that stands before it."));
        }
      }
      before.add(name);
    });
  }

  private static String place(Yaml.Fields stage, String input) {
    return stage.fields().values().stream()
        .filter(value -> value instanceof Yaml.Text text && text.text().equals(input))
        .map(Yaml::place)
        .findFirst()
        .orElse(stage.place());
  }
}
