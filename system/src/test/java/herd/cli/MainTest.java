package herd.cli;

import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.text.BpeTrainer;
import herd.engine.text.ChatFormat;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MainTest {
  @TempDir
  static Path shared;

  @TempDir
  Path dir;

  private static Path model;
  private Called called;

  @BeforeAll
  static void save() throws IOException {
    model = Files.createDirectories(shared.resolve("sft/model"));
    var texts = List.of("the cat sat on the mat and the dog ran to the cat", "größer ✓ 日本");
    var tokenizer = BpeTrainer.train(texts, 300, Tokenizer.LLAMA3_SPECIALS);
    tokenizer.save(model.resolve("tokenizer.json"));
    new ChatFormat(tokenizer).save(model, 64);
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofConfined()) {
      Llama.random(arena, DType.F32, config, 1).save(model);
    }
  }

  private int herd(String input, String... arguments) {
    called = new Called(dir.resolve("home"));
    return called.run(input, arguments);
  }

  private String out() {
    return called.out();
  }

  private String err() {
    return called.err();
  }

  @Test
  void versionIsThePoms() throws IOException {
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("<version>" + Main.VERSION + "</version>");
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    var waiting = new ArrayList<List<String>>();
    new Main(System.out, System.err, System.in, Map.of())
        .commandLine().getSubcommands().keySet().stream()
            .filter(name -> !name.equals("help"))
            .forEach(name -> waiting.add(List.of(name)));
    assertThat(waiting).hasSizeGreaterThan(5);
    for (var name : waiting) {
      var arguments = new ArrayList<>(name);
      arguments.add("--help");
      assertThat(herd("", arguments.toArray(String[]::new))).as(name.toString()).isZero();
      assertThat(out())
          .as(name.toString())
          .contains("Usage: herd " + name.getFirst())
          .contains("Example");
    }
  }

  @Test
  void wrongUseExitsWithTwoAndNamesTheNearest() {
    assertThat(herd("", "genrate")).isEqualTo(2);
    assertThat(err()).contains("genrate").contains("generate").doesNotContain("\tat ");
    assertThat(herd("", "pull")).isEqualTo(2);
    assertThat(herd("", "pull", "--jsn", "x")).isEqualTo(2);
    assertThat(herd("", "pull", "gopher://x")).isEqualTo(2);
    assertThat(err()).startsWith("herd: 'gopher://x': not the name of a source").hasLineCount(1);
    assertThat(herd("", "generate", "--model", dir.toString(), "--prompt", "x")).isEqualTo(2);
    assertThat(err()).contains("no model in it");
  }

  @Test
  void noCommandShowsHelp() {
    assertThat(herd("")).isZero();
    assertThat(out()).contains("Usage: herd").contains("doctor");
  }

  @Test
  void generationIsRepeatable() {
    String[] command = {
      "generate",
      "--model",
      model.toString(),
      "--prompt",
      "the cat",
      "--max-tokens",
      "8",
      "--temperature",
      "1",
      "--seed",
      "5"
    };
    assertThat(herd("", command)).isZero();
    var first = out();
    assertThat(herd("", command)).isZero();
    assertThat(out()).isEqualTo(first).isNotBlank();
  }

  @Test
  void modelOfARunIsTheNewest() throws IOException {
    Files.writeString(shared.resolve("sft/stage.json"), "{\"started\": \"2026-01-01T00:00:00Z\"}");
    assertThat(herd(
            "the cat",
            "generate",
            "--model",
            shared.toString(),
            "--json",
            "--chat",
            "--max-tokens",
            "3"))
        .isZero();
    var json = JsonMapper.builder().build().readTree(out());
    assertThat(json.path("tokens").asInt()).isBetween(0, 3);
    assertThat(json.path("promptTokens").asInt()).isGreaterThan(5);
  }

  @Test
  void chatAnswersAndKnowsItsCommands() {
    var input = "/help\nhello\n/system be short\nand you\n/reset\n/nonsense\n\n/quit\nnever\n";
    assertThat(herd(input, "chat", model.toString(), "--max-tokens", "4"))
        .as(err())
        .isZero();
    assertThat(out()).contains("/system TEXT").contains("no command /nonsense");
    assertThat(out().lines().count()).isGreaterThanOrEqualTo(4 + 1 + 1 + 1);
  }

  @Test
  void longChatsForgetTheOldest() {
    assertThat(herd("the cat sat\n".repeat(12), "chat", model.toString(), "--max-tokens", "8"))
        .as(err())
        .isZero();
    assertThat(herd("the cat sat ".repeat(60), "chat", model.toString())).isEqualTo(2);
    assertThat(err()).contains("context is 64");
  }

  @Test
  void textSurvivesTokens() {
    assertThat(herd("größer ✓ the cat", "tokenize", "--model", model.toString()))
        .isZero();
    var ids = out();
    assertThat(herd(ids, "detokenize", "--model", model.toString())).isZero();
    assertThat(out()).isEqualTo("größer ✓ the cat" + System.lineSeparator());
    assertThat(herd("", "detokenize", "--model", model.toString(), "x")).isEqualTo(2);
    assertThat(herd("", "tokenize", "--model", model.toString(), "--pieces", "the cat"))
        .isZero();
    assertThat(out()).contains("\"");
  }

  @Test
  void tokenizerIsTrainedFromFiles() throws IOException {
    Files.writeString(dir.resolve("a.txt"), "the cat sat on the mat ".repeat(20));
    var file = dir.resolve("t.json");
    assertThat(herd(
            "",
            "tokenizer",
            "train",
            "--vocab",
            "280",
            "--out",
            file.toString(),
            dir.resolve("a.txt").toString()))
        .as(err())
        .isZero();
    assertThat(Tokenizer.load(file).vocab()).isBetween(270, 280);
    var folder = dir.resolve("new/folder");
    int code = herd(
        "",
        "tokenizer",
        "train",
        "--json",
        "--in",
        dir + "/*.txt",
        "--vocab-size",
        "275",
        "--out",
        folder.toString());
    assertThat(code).as(err()).isZero();
    var json = JsonMapper.builder().build().readTree(out());
    assertThat(json.path("vocab").asInt()).isEqualTo(275);
    assertThat(json.path("charactersPerToken").asDouble())
        .isCloseTo(
            json.path("characters").asDouble() / json.path("tokens").asDouble(), within(1e-3));
    assertThat(json.path("peakMemoryBytes").asLong()).isGreaterThan(1 << 20);
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(Tokenizer.load(folder).vocab()).isEqualTo(275);
    assertThat(herd(
            "",
            "tokenizer",
            "train",
            "--in",
            dir + "/a.txt",
            "--vocab-size",
            "9999",
            "--out",
            file.toString()))
        .isZero();
    assertThat(err()).contains("The corpus has no more pairs");
    Files.writeString(dir.resolve("empty.txt"), "");
    assertThat(herd("", "tokenizer", "train", "--in", dir + "/empty.txt", "--out", dir + "/e"))
        .isEqualTo(2);
    assertThat(err()).contains("no text in it");
    assertThat(herd(
            "",
            "tokenizer",
            "train",
            "--in",
            dir + "/a.txt",
            "--memory",
            "many",
            "--out",
            dir + "/e"))
        .isEqualTo(2);
    assertThat(herd(
            "",
            "tokenizer",
            "train",
            "--vocab-size",
            "200",
            "--in",
            dir + "/a.txt",
            "--out",
            dir + "/e"))
        .isEqualTo(2);
    assertThat(err()).contains("263 or more");
    assertThat(herd("", "tokenizer", "train", "--out", file.toString(), dir + "/no"))
        .isEqualTo(2);
  }

  @Test
  void tokenizersAreExtendedAndMeasured() throws IOException {
    var german = Files.writeString(dir.resolve("de.txt"), "größere Häuser und Gärten ".repeat(30));
    var base = model.resolve("tokenizer.json");
    var before = Tokenizer.load(base);
    String vocab = "" + (before.vocab() + 8);
    int code = herd(
        "",
        "tokenizer",
        "extend",
        "--base",
        base.toString(),
        "--in",
        german.toString(),
        "--vocab-size",
        vocab,
        "--out",
        dir + "/more",
        "--measure",
        "de=" + german,
        "--json");
    assertThat(code).as(err()).isZero();
    var json = JsonMapper.builder().build().readTree(out());
    assertThat(json.path("newTokens").asInt()).isEqualTo(8);
    var measured = json.at("/compression/0");
    assertThat(measured.path("name").asString()).isEqualTo("de");
    assertThat(measured.path("charactersPerTokenAfter").asDouble())
        .isGreaterThan(measured.path("charactersPerTokenBefore").asDouble());
    assertThat(Tokenizer.load(dir.resolve("more")).vocab()).isEqualTo(before.vocab() + 8);
    for (String wrong : new String[] {base + "!/x", dir + "/no.json", german.toString()}) {
      assertThat(herd(
              "",
              "tokenizer",
              "extend",
              "--base",
              wrong,
              "--in",
              german.toString(),
              "--vocab-size",
              vocab,
              "--out",
              dir + "/no"))
          .as(wrong)
          .isEqualTo(2);
    }
    assertThat(herd(
            "",
            "tokenizer",
            "extend",
            "--base",
            base.toString(),
            "--in",
            german.toString(),
            "--vocab-size",
            vocab,
            "--out",
            dir + "/no",
            "--measure",
            "de"))
        .isEqualTo(2);
  }

  @Test
  void cacheIsListedAndEmptied() throws IOException {
    var file = Files.writeString(dir.resolve("f"), "x");
    assertThat(herd("", "pull", "--json", "file:" + file)).isZero();
    assertThat(JsonMapper.builder().build().readTree(out()).path("bytes").asInt())
        .isEqualTo(1);
    assertThat(herd("", "models")).isZero();
    assertThat(out()).contains("nothing is in the cache");
    assertThat(herd("", "models", "remove", "pypi:x")).isEqualTo(2);
  }
}
