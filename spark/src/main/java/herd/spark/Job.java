package herd.spark;

import herd.data.CorpusPart;
import herd.data.CorpusStep;
import herd.data.Step;
import herd.recipe.CurateRecipe;
import herd.settings.Binder;
import herd.settings.Written;
import herd.settings.YamlReader;
import java.io.Serializable;
import java.util.List;

/// What every task knows of the whole. Steps travel as the recipe's text, with all defaults.
/// @param text of the recipe
/// @param keepRejected whether what is dropped is written too
/// @param seed of the choice of samples
/// @param out folder that the files go to
record Job(String text, boolean keepRejected, long seed, String out, Cluster cluster)
    implements Serializable {
  static String text(CurateRecipe recipe) {
    return Written.json(recipe, CurateRecipe.class).toString();
  }

  CurateRecipe recipe() {
    return Binder.bind(YamlReader.parse("recipe", text), CurateRecipe.class, "the recipe");
  }

  List<Step> steps() {
    return recipe().steps();
  }

  /// The work of a pass on a part.
  /// @param opening verdicts of the step before; null in the first pass
  CorpusPart part(int pass, CorpusStep.Judge opening) {
    var recipe = recipe();
    var settings =
        new CorpusPart.Settings(keepRejected, recipe.secondsPerDocument(), recipe.tokens(), seed);
    return new CorpusPart(recipe.steps(), pass, opening, settings);
  }
}
