package herd.recipe;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// The recipes in `recipes/` are read as users read them.
class ShippedRecipesTest {
  private static final Path RECIPES = Path.of("../recipes");
  private static final Path LARGE = RECIPES.resolve("llama3-8b.yaml");
  private static final int LLAMA3 = 128_256;

  static Stream<Path> raised() throws IOException {
    try (var files = Files.list(RECIPES)) {
      var all = new ArrayList<Path>();
      for (var file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        if (Files.readString(file).contains("\nstages:")) {
          all.add(file);
        }
      }
      return all.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("raised")
  void eachIsReadWithEachOfItsPresets(Path file) {
    var recipe = RecipeReader.read(file, List.of());
    assertThat(file.getFileName()).hasToString(recipe.name() + ".yaml");
    for (var preset : recipe.presets().keySet()) {
      assertThat(RecipeReader.read(file, List.of("preset=" + preset)).json())
          .as("with preset %s", preset)
          .isNotEqualTo(recipe.json());
    }
  }

  /// 8,030,261,248 parameters, as published.
  @Test
  void theLargeRecipeIsTheModelOfThePaper() {
    var plan = RecipeReader.read(LARGE, List.of()).memory(LLAMA3).get("pretrain");
    assertThat(plan.weights()).isEqualTo(4 * 8_030_261_248L);
    assertThat(plan.step()).isEqualTo(1 << 24);
    assertThatThrownBy(() -> RecipeReader.read(LARGE, List.of("pretrain.model.heads=33")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("heads");
  }

  @Test
  void theLargeRecipeFitsALaptop() {
    var plans = RecipeReader.read(LARGE, List.of("preset=laptop")).memory(LLAMA3);
    assertThat(plans.get("pretrain").bytes()).isLessThan(1L << 30);
  }
}
