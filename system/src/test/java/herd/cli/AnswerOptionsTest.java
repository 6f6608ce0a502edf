package herd.cli;

import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/// The options that say how an engine answers, as a user gives them.
class AnswerOptionsTest {
  @TempDir
  static Path shared;

  @TempDir
  Path dir;

  private static Path model;
  private static Path adapter;

  @BeforeAll
  static void save() throws IOException {
    model = Files.createDirectories(shared.resolve("model"));
    adapter = shared.resolve("style");
    var tokenizer = BpeTrainer.train(
        List.of("the cat sat on the mat and the dog ran"), 300, Tokenizer.LLAMA3_SPECIALS);
    tokenizer.save(model.resolve("tokenizer.json"));
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofConfined()) {
      Llama.random(arena, DType.F32, config, 1).save(model);
      var numbers = new Random(3);
      var a = random(Tensor.allocate(arena, DType.F32, 4, 32), numbers);
      var b = random(Tensor.allocate(arena, DType.F32, 32, 4), numbers);
      new Adapter(Map.of("model.layers.1.self_attn.o_proj.weight", new Adapter.LowRank(a, b)))
          .save(adapter);
    }
  }

  private static Tensor random(Tensor tensor, Random numbers) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.cols(); c++) {
        tensor.set(r, c, numbers.nextGaussian());
      }
    }
    return tensor;
  }

  private Called called(int code, String prompt, String... options) {
    var called = new Called(dir.resolve("home"));
    var all = new ArrayList<>(List.of("generate", "--model", model.toString(), "--json"));
    all.addAll(List.of("--prompt", prompt, "--max-tokens", "20"));
    all.addAll(Arrays.asList(options));
    assertThat(called.run("", all.toArray(String[]::new))).as(called.err()).isEqualTo(code);
    return called;
  }

  private JsonNode answer(String... options) {
    return called(0, "the cat sat", options).rows().getFirst();
  }

  @Test
  void guessesChangeNothing() {
    var plain = answer();
    assertThat(plain.get("drafted").intValue()).isZero();
    var guessed = answer("--draft", model.toString(), "--draft-tokens", "3", "--lookup", "3");
    assertThat(guessed.get("text")).isEqualTo(plain.get("text"));
    assertThat(guessed.get("accepted").intValue())
        .isLessThanOrEqualTo(guessed.get("drafted").intValue());
  }

  @Test
  void keysAndValuesInFewerBits() {
    assertThat(answer("--kv", "int8").get("tokens").intValue()).isPositive();
    assertThat(answer("--kv", "f16").get("tokens").intValue()).isPositive();
    assertThat(called(2, "the", "--kv", "int4").err()).contains("int4", "f32, f16, int8");
  }

  @Test
  void samplersInAnyOrderThatHasThoseAskedFor() {
    String[] some = {"--temperature", "1.5", "--top-p", "0.6", "--min-p", "0.1", "--seed", "4"};
    assertThat(answer(with(some, "--samplers", "penalties,temperature,top-k,top-p,min-p"))
            .get("text"))
        .isEqualTo(answer(some).get("text"));
    assertThat(answer(with(some, "--samplers", "min-p,top-p,temperature"))
            .get("tokens")
            .intValue())
        .isPositive();
    var penalised = answer(with(
        some,
        "--repetition-penalty",
        "1.3",
        "--presence-penalty",
        "0.5",
        "--frequency-penalty",
        "0.5",
        "--dry",
        "0.8",
        "--typical-p",
        "0.9",
        "--top-k",
        "9"));
    assertThat(penalised.get("tokens").intValue()).isPositive();
    for (var wrong : List.of("top-q", "temperature,top-p", "temperature,temperature", "")) {
      assertThat(called(2, "the", with(some, "--samplers", wrong)).err()).contains("--samplers");
    }
    assertThat(called(2, "the", "--min-p", "2", "--temperature", "1").err()).contains("min-p");
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    var text = answer().get("text").stringValue();
    var stop = text.substring(text.length() / 2, text.length() / 2 + 2);
    var stopped = answer("--stop", stop);
    assertThat(stopped.get("text").stringValue()).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(stopped.get("finish").stringValue()).isEqualTo("stop");
  }

  private static String[] with(String[] some, String... more) {
    var all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  @Test
  void anAdapterAnswersInItsOwnWay() {
    assertThat(answer("--adapter", adapter + "=mine").get("text"))
        .isNotEqualTo(answer().get("text"));
    assertThat(called(2, "the", "--adapter", adapter.toString(), "--adapter", adapter + "=two")
            .err())
        .contains("2 adapters");
    assertThat(called(2, "the", "--adapter", model.toString()).err())
        .contains("adapter_config.json");
  }

  @Test
  void moreThanTheContextOnlyWhereItIsAskedFor() {
    var prompt = "the cat sat ".repeat(40);
    assertThat(called(2, prompt).err()).contains("the context is 64");
    called(0, prompt, "--context", "400");
    called(0, prompt, "--context", "400", "--rope", "ntk:4");
    called(0, prompt, "--context", "400", "--rope", "linear:4");
    for (var wrong : List.of("ntk", "ntk:0", "odd:2", ":2", "ntk:x")) {
      assertThat(called(2, prompt, "--rope", wrong).err()).contains("--rope");
    }
  }
}
