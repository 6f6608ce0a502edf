package herd.recipe;

import herd.data.Doc;
import herd.data.DocFile;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Workers;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Fingerprint;
import herd.run.Progress;
import herd.run.Workspace;
import herd.settings.Binder;
import herd.settings.YamlReader;
import herd.train.TokenShard;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/// Increments of the context on a tiny model and tiny texts.
class LongContextTest {
  private static final List<String> WORDS = List.of(
      "the", "river", "house", "of", "stone", "and", "light", "a", "bird", "over", "hill", "small",
      "green", "wind", "in", "tree", "old", "road", "to", "sea");

  @TempDir
  private Path folder;

  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void makeInputs() throws IOException {
    var random = new Random(1);
    var docs = new ArrayList<Doc>();
    for (int d = 0; d < 120; d++) {
      var text = new StringBuilder();
      for (int w = 0; w < 200; w++) {
        text.append(WORDS.get(random.nextInt(WORDS.size()))).append(w % 9 == 8 ? ".\n" : " ");
      }
      docs.add(new Doc("d" + d, "d" + d, "s", "page", "d" + d, "", text.toString()));
    }
    var curate = Files.createDirectories(folder.resolve("curate"));
    DocFile.write(curate.resolve("train.parquet"), docs.subList(20, 120));
    DocFile.write(curate.resolve("holdout.parquet"), docs.subList(0, 20));
    var texts = new ArrayList<>(docs.stream().map(Doc::text).toList());
    var tokenizer = BpeTrainer.train(texts, 760, Tokenizer.LLAMA3_SPECIALS);
    var tokens = Files.createDirectories(folder.resolve("tokenizer"));
    tokenizer.save(tokens.resolve("tokenizer.json"));
    TokenShard.write(
        tokens.resolve("train-page.tokens"),
        tokenizer.vocab(),
        Fingerprint.of(tokens.resolve("tokenizer.json")),
        docs.subList(20, 120).stream().map(doc -> tokenizer.encode(doc.text())).toList());
    try (var arena = Arena.ofConfined()) {
      var config =
          new LlamaConfig(tokenizer.vocab(), 64, 2, 4, 2, 16, 128, 10_000, null, 1e-5, true, 64);
      var pretrain = Files.createDirectories(folder.resolve("pretrain"));
      ModelFolder.save(Llama.random(arena, DType.F32, config, 3), tokenizer, pretrain);
    }
  }

  private ObjectNode run(String yaml) throws IOException {
    var tree = YamlReader.parse("test", yaml);
    var stage = Binder.bind(tree, LongContext.class, "long-context");
    var facts = JsonNodeFactory.instance.objectNode();
    var progress = new Progress() {
      @Override
      public void at(long done, long total, String unit, Map<String, Object> more) {}

      @Override
      public void say(String line) {
        said.add(line);
      }
    };
    var workspace = new Workspace(
        Files.createDirectories(folder.resolve("result")),
        Files.createDirectories(folder.resolve("scratch")),
        facts,
        progress,
        5);
    try (var workers = new Workers(2)) {
      var results = Map.of(
          "curate", folder.resolve("curate"),
          "tokenizer", folder.resolve("tokenizer"),
          "pretrain", folder.resolve("pretrain"));
      stage.run(
          workspace, new Inputs(folder, results, null, KernelChoice.best(workers), List.of()));
    }
    return facts;
  }

  private static final String SETTINGS =
      "tokensPerStep: 512\npeak: 4e-3\nexercises: 0.8\n" + "optimizer: {beta2: 0.98}\n";

  @Test
  void theGateStaysShutAndSaysSo() throws IOException {
    var facts = run(SETTINGS
        + "checkEvery: 1K\ndepths: 2\nquestions: 1\n"
        + "increments: [{context: 128, most: 2K}, {context: 256, most: 2K}]");
    assertThat(facts.path("increments").size()).isEqualTo(1);
    assertThat(facts.path("increments").path(0).path("open").asBoolean()).isFalse();
    assertThat(facts.path("notes").path(0).asString())
        .contains("STAYED SHUT", "128", "length before", "of needles found");
    assertThat(said).last().asString().contains("STAYED SHUT");
    // What cannot be done at the old length either is said before any work.
    assertThat(said).first().asString().contains("WARNING", "0% of needles", "exercises");
    assertThat(facts.path("foundAtTheOldLength").asDouble(1)).isZero();
    try (var arena = Arena.ofConfined()) {
      var model = ModelFolder.load(folder.resolve("result"), arena);
      var before = ModelFolder.load(folder.resolve("pretrain"), arena);
      assertThat(model.config()).isEqualTo(before.config());
      before.parameters().forEach((name, tensor) -> assertThat(
              model.parameters().get(name).data().mismatch(tensor.data()))
          .isEqualTo(-1));
    }
  }

  /// With a gate that asks for little, so that it opens at each length.
  @Test
  void whereTheGateOpensTheRotarySettingsAndTheLengthGoIntoTheSavedModel() throws IOException {
    var facts = run(SETTINGS
        + "checkEvery: 512\ndepths: 3\nquestions: 1\nsolved: 0\nrecovered: 1\n"
        + "increments: [{context: 128, most: 1K, ropeBase: 40000},"
        + " {context: 256, most: 1K, ropeFactor: 4}]");
    assertThat(facts.path("increments").size()).isEqualTo(2);
    for (var increment : facts.path("increments")) {
      assertThat(increment.path("open").asBoolean()).isTrue();
      assertThat(increment.path("tokens").asInt()).isEqualTo(512);
      assertThat(increment.path("foundAtEachPlace").size()).isEqualTo(3);
    }
    try (var arena = Arena.ofConfined()) {
      var config = ModelFolder.load(folder.resolve("result"), arena).config();
      assertThat(config.context()).isEqualTo(256);
      assertThat(config.ropeBase()).isEqualTo(40_000);
      assertThat(config.ropeScaling().factor()).isEqualTo(4);
      assertThat(config.ropeScaling().original()).isEqualTo(64);
      var before = ModelFolder.load(folder.resolve("pretrain"), arena);
      assertThat(before.config().context()).isEqualTo(64);
    }
  }
}
