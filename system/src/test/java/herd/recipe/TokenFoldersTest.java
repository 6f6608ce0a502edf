package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Progress;
import herd.run.Workspace;
import herd.settings.Binder;
import herd.settings.YamlReader;
import herd.tokens.Sorting;
import herd.tokens.Tokenizing;
import herd.train.PackedBatches;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Folders of tokens as the sources of a training.
class TokenFoldersTest {
  private static final int SEQUENCE = 16;

  @TempDir
  private Path dir;

  private final List<String> texts = new ArrayList<>();

  /// Two sources, of which code has 60 documents and general 240.
  @BeforeEach
  void tokenize() throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 300; i++) {
      var text = "a text with the number " + i + " and the words of all the others";
      texts.add(text);
      lines.add("{\"id\": \"%d\", \"topic\": \"%s\", \"text\": \"%s\"}"
          .formatted(i, i % 5 == 0 ? "Code" : "General", text));
    }
    var file = Files.write(dir.resolve("a.jsonl"), lines);
    var tokenizer = BpeTrainer.train(texts, 300, Tokenizer.LLAMA3_SPECIALS);
    new Tokenizing(List.of(file), "text", tokenizer, new Sorting("all", "topic", 0.1), 4000)
        .run(dir.resolve("tokens"), 0, 1, 1, Progress.NONE);
  }

  private Path stage(String settings) throws IOException {
    var yaml = "folders: [" + dir.resolve("tokens") + "]\n" + settings;
    var stage = Binder.bind(YamlReader.parse("test", yaml), TokenFolders.class, "token-folders");
    assertThat(stage.outside()).hasSize(1);
    var result = Files.createTempDirectory(dir, "stage");
    var facts = JsonNodeFactory.instance.objectNode();
    stage.run(new Workspace(result, dir, facts, Progress.NONE, 1), null);
    assertThat(facts.path("sources").size()).isEqualTo(2);
    return result;
  }

  @Test
  void memoryIsThatOfTheVocabularyOfTheFoldersIfTheyAreThere() throws IOException {
    var recipe = """
        name: small
        stages:
          tokens: {kind: token-folders, folders: [%s]}
          pretrain:
            kind: pretrain
            tokens: tokens
            data: tokens
            model: {dim: 8, layers: 1, heads: 1, kvHeads: 1, headDim: 8, ffnDim: 8}
        """;
    var there = Files.writeString(dir.resolve("a.yaml"), recipe.formatted(dir.resolve("tokens")));
    var none = Files.writeString(dir.resolve("b.yaml"), recipe.formatted(dir.resolve("later")));
    long vocab = JsonMapper.shared()
        .readTree(dir.resolve("tokens/tokens.json"))
        .path("vocab")
        .asLong();
    long given = weights(there, 5000);
    assertThat(weights(none, 5000) - given).isEqualTo(4 * 8 * (5000 - vocab));
    assertThat(weights(there, 9000)).isEqualTo(given);
  }

  private static long weights(Path recipe, int otherwise) {
    return RecipeReader.read(recipe, List.of())
        .memory(otherwise)
        .get("pretrain")
        .weights();
  }

  @Test
  void weightsAreThoseOfTheStageTimesTheMix() throws IOException {
    try (var arena = Arena.ofConfined()) {
      var usual = Corpus.open(stage(""), Map.of("code", 2.0), arena);
      assertThat(usual.names()).containsExactly("code", "general");
      assertThat(usual.sources().stream().map(PackedBatches.Source::weight))
          .containsExactly(34.0, 50.0);
      assertThat(usual.sources().getFirst().shards()).hasSizeGreaterThan(1);
      var given = Corpus.open(stage("weights: {general: 3}"), Map.of(), arena);
      assertThat(given.names()).containsExactly("general");
      assertThatThrownBy(() -> stage("weights: {math: 3}"))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("math");
      assertThatThrownBy(() -> Corpus.open(stage(""), Map.of("page", 2.0), arena))
          .isInstanceOf(UserError.class);
    }
  }

  @Test
  void whatIsHeldOutIsKeptAsTexts() throws IOException {
    var held = DocFile.read(stage("").resolve("holdout.parquet"));
    assertThat(held).isNotEmpty();
    assertThat(held.stream().map(Doc::kind).distinct()).containsOnly("code", "general");
    assertThat(texts).containsAll(held.stream().map(Doc::text).toList());
  }

  /// Code may be shown twice over all of a training in which the mix changes: in the first part it
  /// is shown by its weight, then what is left of its two epochs.
  @Test
  void limitsHoldAcrossChangesOfTheMix() throws IOException {
    var folder = stage("weights: {code: 1, general: 1}\nmaxEpochs: {code: 2}\n");
    try (var arena = Arena.ofConfined()) {
      var frame = new PackedBatches.Frame(0, 0);
      var open = Corpus.open(folder, Map.of(), arena);
      long code = open.sources().getFirst().tokens(frame);
      long length = code * 8 / SEQUENCE * SEQUENCE;
      var mixes = List.of(new MixAt(code, Map.of("general", 0.5)));
      var planned = Corpus.open(folder, Map.of(), mixes, arena).within(length);
      var batches = planned.batches(SEQUENCE, SEQUENCE, 1);
      double[] early = batches.epochs(code / SEQUENCE);
      double[] end = batches.epochs(length / SEQUENCE);
      double row = 2.0 * SEQUENCE / code;
      assertThat(early[0]).isCloseTo(0.5, within(row));
      assertThat(end[0]).isCloseTo(2, within(row));
      var free = Corpus.open(stage("weights: {code: 1, general: 1}"), Map.of(), arena);
      assertThat(free.within(length).batches(SEQUENCE, SEQUENCE, 1).epochs(length / SEQUENCE)[0])
          .isCloseTo(4, within(row));
    }
  }

  @Test
  void aTrainingThatIsTooLongIsRefusedWithTheLengthThatItMayHave() throws IOException {
    var stop = stage("weights: {code: 1, general: 1}\nmaxEpochs: {code: 1}\nwhenOut: stop\n");
    try (var arena = Arena.ofConfined()) {
      var corpus = Corpus.open(stop, Map.of(), arena);
      long code = corpus.sources().getFirst().tokens(new PackedBatches.Frame(0, 0));
      assertThat(corpus.within(2 * code).names()).containsExactly("code", "general");
      assertThatThrownBy(() -> corpus.within(3 * code))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("%,d: then code is shown".formatted(2 * code));
    }
  }

  @Test
  void aDamagedShardIsToldBeforeTraining() throws IOException {
    var shard = dir.resolve("tokens/code/00000-000.tokens");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[200] ^= 1;
    Files.write(shard, bytes);
    assertThatThrownBy(() -> stage(""))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("00000-000.tokens");
    Files.delete(shard);
    assertThatThrownBy(() -> stage("")).isInstanceOf(UserError.class);
  }
}
