package herd.recipe;

import herd.engine.UserError;
import herd.run.Raise;
import herd.run.RunDirectory;
import herd.settings.Binder;
import herd.settings.Written;
import herd.settings.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RecipeReaderTest {
  private static final String GOOD = """
      name: small
      presets:
        large: {tokenizer.vocab: 8K, curate.steps.1.minWords: 9}
      stages:
        curate:
          kind: curate
          sources: ["maven:g:a:1:javadoc"]
          steps:
            - kind: extract-html
            - {kind: short-document, minWords: 5}
        tokenizer:
          kind: tokenizer
          vocab: 1K
      """;

  @TempDir
  Path dir;

  private Recipe read(String yaml, String... sets) {
    try {
      return RecipeReader.read(Files.writeString(dir.resolve("r.yaml"), yaml), List.of(sets));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TokenizerStage tokenizer(Recipe recipe) {
    return (TokenizerStage) recipe.stages().get("tokenizer");
  }

  @Test
  void presetsAndChangesAreAppliedInOrder() {
    assertThat(tokenizer(read(GOOD)).vocab()).isEqualTo(1000);
    assertThat(tokenizer(read(GOOD, "preset=large")).vocab()).isEqualTo(8000);
    assertThat(tokenizer(read(GOOD, "tokenizer.vocab=3K", "preset=large")).vocab())
        .isEqualTo(3000);
    assertThat(tokenizer(read("preset: large\n" + GOOD)).vocab()).isEqualTo(8000);
    assertThat(tokenizer(read("preset: large\n" + GOOD, "preset=")).vocab()).isEqualTo(1000);
    assertThat(read(GOOD, "seed=9").seed()).isEqualTo(9);
    assertThat(read(GOOD, "curate.steps.1.minWords=7").json().toString())
        .contains("\"minWords\":7");
    assertThat(read(GOOD, "curate.holdout.share=0.25").json().toString())
        .contains("\"share\":0.25");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tokeniser.vocab=1K | --set tokeniser.vocab=1K: no stage or key 'tokeniser'; allowed: curate, tokenizer, name, seed, preset. Did you mean 'tokenizer'?",
        "tokenizer.vocap=1K | --set tokenizer.vocap=1K: unknown key 'vocap' in tokenizer; allowed: kind, data, vocab, exercises. Did you mean 'vocab'?",
        "tokenizer.vocab=x | --set tokenizer.vocab=x: 'x' for 'vocab'; allowed: a whole number",
        "tokenizer.vocab=1 | --set tokenizer.vocab=1: vocab: 1; allowed: ",
        "preset=larg | --set preset=larg: no preset 'larg'; allowed: large. Did you mean 'large'?",
        "tokenizer | --set tokenizer: no path and value; allowed: path=value.",
        "curate.steps.7.minWords=1 | --set curate.steps.7.minWords=1: '7' in steps, a list of 2; allowed: 0 to 1",
        "name=../x | --set name=../x: name: the name '../x'",
      })
  void wrongChangesAreNamed(String set, String message) {
    assertThatThrownBy(() -> read(GOOD, set))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void wrongPresetIsNamedWhereItStands() {
    var yaml = GOOD.replace("tokenizer.vocab: 8K", "tokenizer.vocap: 8K");
    assertThatThrownBy(() -> read(yaml, "preset=large"))
        .hasMessageStartingWith(dir.resolve("r.yaml") + ":3:11: unknown key 'vocap' in tokenizer");
  }

  @Test
  void inputsMustStandBefore() {
    var yaml = GOOD.replace("vocab: 1K", "data: curat");
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserError.class)
        .hasMessage(
            dir.resolve("r.yaml") + ":13:11: stage 'tokenizer' reads 'curat'; allowed: curate."
                + " Did you mean 'curate'?");
  }

  @Test
  void resolvedRecipeReadsBack() {
    var recipe = read(GOOD, "preset=large");
    var again =
        Binder.bind(YamlReader.parse("shown", Written.yaml(recipe.json())), Recipe.class, "recipe");
    assertThat(again.stages()).isEqualTo(recipe.stages());
    assertThat(again.seed()).isEqualTo(recipe.seed());
  }

  @Test
  void dryRunNamesWhatChanged() {
    var recipe = read(GOOD);
    var plan =
        new Raise(new RunDirectory(dir.resolve("x")), 1, recipe.tasks(null)).plan(null, null);
    assertThat(plan).extracting(Raise.Decision::why).containsExactly("no result", "no result");
  }

  @Test
  void schemaDescribesEveryKey() {
    var schema = RecipeReader.schema();
    assertThat(schema.path("$schema").asString()).contains("2020-12");
    assertThat(schema.at("/$defs/Stage/properties/kind/enum").toString())
        .contains("curate")
        .contains("tokenizer");
    assertThat(schema.at("/properties/seed/default").asLong()).isEqualTo(1);
  }
}
