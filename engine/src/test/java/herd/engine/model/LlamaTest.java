package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class LlamaTest {
  private static final int[] TOKENS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};

  private final Arena arena = Arena.ofAuto();
  private final Kernels kernels = new ReferenceKernels();

  private static LlamaConfig tiny(boolean tied) {
    var scaling = new Rotary.Scaling(8, 1, 4, 64);
    return new LlamaConfig(11, 16, 2, 4, 2, 6, 24, 500_000, scaling, 1e-5, tied, 128);
  }

  @Test
  void randomWeightsHaveTheStatedDeviations() {
    var config = new LlamaConfig(512, 64, 8, 4, 2, 16, 128, 500_000, null, 1e-5, false, 128);
    var model = Llama.random(arena, DType.F32, config, 5);
    model.parameters().forEach((name, t) -> {
      double deviation = Math.sqrt(kernels.sumOfSquares(t) / t.size());
      double wanted = name.contains("norm")
          ? 1
          : name.contains("o_proj") || name.contains("down_proj") ? 0.0221 : 0.0884;
      assertThat(deviation).as(name).isCloseTo(wanted, within(0.05 * wanted));
    });
    var again = Llama.random(arena, DType.F32, config, 5);
    var head = (Tensor) model.head();
    assertThat(((Tensor) again.head()).data().mismatch(head.data())).isEqualTo(-1);
    assertThat(model.head()).isNotSameAs(model.parameters().firstEntry().getValue());
  }

  /// What config.json says of architectures.
  @Test
  void familiesAreToldApartAndOthersRefused(@TempDir Path dir) throws IOException {
    String rest = """
        "hidden_size":16,"num_attention_heads":4,"num_hidden_layers":1,"vocab_size":11,\
        "intermediate_size":24,"max_position_embeddings":4096,"sliding_window":512""";
    Path file = dir.resolve("config.json");
    Files.writeString(file, "{\"model_type\":\"mistral\"," + rest + "}");
    var mistral = LlamaFiles.config(Json.read(file));
    assertThat(mistral.family()).isEqualTo(Family.LLAMA);
    assertThat(mistral.context()).isEqualTo(512); // up to its window it is a Llama
    Files.writeString(file, "{\"model_type\":\"qwen2\"," + rest + "}");
    var qwen = LlamaFiles.config(Json.read(file));
    assertThat(qwen.family()).isEqualTo(Family.QWEN2);
    assertThat(qwen.context()).isEqualTo(4096);
    Files.writeString(file, "{\"model_type\":\"gemma2\"," + rest + "}");
    assertThatThrownBy(() -> LlamaFiles.config(Json.read(file)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the architecture 'gemma2'; allowed: llama, mistral, qwen2, qwen3");
    Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\":[3,1,5]}");
    assertThat(TextMarks.ends(dir, Map.of())).containsExactly(1, 3, 5);
    Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\":\"x\"}");
    assertThatThrownBy(() -> TextMarks.ends(dir, Map.of())).isInstanceOf(UserError.class);
    Files.delete(dir.resolve("generation_config.json"));
    Files.writeString(file, "{\"eos_token_id\":7}");
    assertThat(TextMarks.ends(dir, Map.of())).containsExactly(7);
  }

  /// Which token stands before a text.
  @Test
  void beginsAreWhatTheFilesSay(@TempDir Path dir) throws IOException {
    var llama3 = Map.of("<|begin_of_text|>", 9, "<s>", 1);
    assertThat(TextMarks.begin(dir, llama3)).isEqualTo(9);
    assertThat(TextMarks.begin(dir, Map.of("<s>", 1))).isEqualTo(-1);
    Path tokenizer = dir.resolve("tokenizer.json");
    Files.writeString(tokenizer, """
        {"post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type":
         "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
         {"Sequence": {"id": "A", "type_id": 0}}]}]}}""");
    assertThat(TextMarks.begin(dir, llama3)).isEqualTo(1);
    Path config = dir.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"add_bos_token\": false, \"bos_token\": \"<s>\"}");
    assertThat(TextMarks.begin(dir, llama3)).isEqualTo(-1);
    Files.writeString(config, "{\"add_bos_token\": true, \"bos_token\": {\"content\": \"<s>\"}}");
    assertThat(TextMarks.begin(dir, llama3)).isEqualTo(1);
    assertThat(begin(dir, Map.of("tokenizer.ggml.bos_token_id", 1))).isEqualTo(9);
    assertThat(
            begin(dir, Map.of("tokenizer.ggml.model", "llama", "tokenizer.ggml.bos_token_id", 1)))
        .isEqualTo(1);
    assertThat(begin(
            dir, Map.of("tokenizer.ggml.add_bos_token", false, "tokenizer.ggml.bos_token_id", 1)))
        .isEqualTo(-1);
    assertThat(begin(
            dir, Map.of("tokenizer.ggml.add_bos_token", true, "tokenizer.ggml.bos_token_id", 3)))
        .isEqualTo(3);
  }

  private static int begin(Path dir, Map<String, Object> metadata) {
    Path file = dir.resolve("m.gguf");
    Gguf.write(file, metadata, List.of());
    try (var arena = Arena.ofConfined()) {
      return TextMarks.begin(Gguf.read(file, arena), Map.of("<|begin_of_text|>", 9, "<s>", 1));
    }
  }

  @Test
  void segmentsDoNotSeeEachOther() {
    var model = Llama.random(arena, DType.F64, tiny(true), 1);
    try (var ops = new Eager(kernels)) {
      var alone = copy(model.forward(ops, new int[] {7, 8, 9}, Segments.packed(3)));
      ops.reset();
      var packed = model.forward(ops, new int[] {1, 2, 7, 8, 9}, Segments.packed(2, 3));
      close(packed.rows(2, 5), alone, 1e-12);
    }
  }

  /// Chunked prefill and single tokens, two sequences at once, against one pass over each.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void cachedEqualsWhole(int chunk) {
    var model = Llama.random(arena, DType.F64, tiny(false), 2);
    int n = TOKENS.length;
    Tensor whole;
    try (var ops = new Eager(kernels)) {
      whole = copy(model.forward(ops, TOKENS, Segments.packed(n)));
    }
    var cache = new KvCache(arena, DType.F64, model.config(), 2 * n);
    try (var ops = new Eager(kernels, cache)) {
      for (int past = 0; past < n; past += chunk) {
        var both = new int[2 * chunk];
        System.arraycopy(TOKENS, past, both, 0, chunk);
        System.arraycopy(TOKENS, past, both, chunk, chunk);
        var segments = new Segments(
            new int[] {0, chunk},
            new int[] {chunk, chunk},
            new int[] {past, past},
            new int[] {past, past},
            new int[] {0, n});
        ops.reset();
        var hidden = model.forward(ops, both, segments);
        close(hidden.rows(0, chunk), whole.rows(past, past + chunk), 1e-12);
        close(hidden.rows(chunk, 2 * chunk), whole.rows(past, past + chunk), 1e-12);
      }
    }
  }

  @Test
  void logProbsInChunksAreThoseOfAllLogits() {
    var model = Llama.random(arena, DType.F64, tiny(true), 3);
    var targets = new int[] {1, -1, 3, 4, -100, 0, 10, -1, 2, 5};
    try (var ops = new Eager(kernels)) {
      var hidden = copy(model.forward(ops, TOKENS, Segments.packed(TOKENS.length)));
      var some = ops.logProbs(hidden, model.head(), targets);
      var all = Tensor.allocate(arena, DType.F64, TOKENS.length, 1);
      kernels.logProbs(all, ops.linear(hidden, model.head()), targets);
      close(some, all, 1e-12);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void savedModelLoadsTheSame(boolean tied, @TempDir Path dir) {
    var model = Llama.random(arena, DType.F32, tiny(tied), 4);
    model.save(dir);
    var loaded = Llama.load(dir, arena);
    assertThat(loaded.config()).isEqualTo(model.config());
    assertThat(loaded.parameters().keySet())
        .containsExactlyElementsOf(model.parameters().keySet());
    loaded.parameters().forEach((name, tensor) -> assertThat(
            tensor.data().mismatch(model.parameters().get(name).data()))
        .as(name)
        .isEqualTo(-1));
  }

  @Test
  void wrongTensorsAreNamed() {
    var right = Llama.random(arena, DType.F32, tiny(false), 1).parameters();
    var missing = new LinkedHashMap<>(right);
    missing.remove("model.layers.1.mlp.up_proj.weight");
    assertThatThrownBy(() -> new Llama(tiny(false), missing))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(
            "model.layers.1.mlp.up_proj.weight: missing; allowed: shape [24, 16].");
    var wrong = new LinkedHashMap<>(right);
    wrong.put("model.norm.weight", Tensor.allocate(arena, DType.F32, 1, 15));
    assertThatThrownBy(() -> new Llama(tiny(false), wrong))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("model.norm.weight: shape [15]; allowed: shape [16].");
    assertThatThrownBy(() -> new Llama(tiny(true), right))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("lm_head.weight: a tensor that this model has no place for");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"hidden_act\": \"silu\" -> \"hidden_act\": \"gelu\"",
        "\"attention_bias\": false -> \"attention_bias\": true",
        "\"vocab_size\": 11 -> \"vocab_size\": -1",
        "\"num_key_value_heads\": 2 -> \"num_key_value_heads\": 3",
        "\"rope_type\": \"llama3\" -> \"rope_type\": \"yarn\"",
        "\"num_hidden_layers\": 2 -> \"num_hidden_layers\": 3",
        "\"num_hidden_layers\": 2 -> \"num_hidden_layers\": 1"
      })
  void wrongConfigIsRefused(String change, @TempDir Path dir) throws IOException {
    Llama.random(arena, DType.F32, tiny(false), 4).save(dir);
    var file = dir.resolve("config.json");
    var text = Files.readString(file);
    var parts = change.split(" -> ");
    assertThat(text).contains(parts[0]);
    Files.writeString(file, text.replace(parts[0], parts[1]));
    assertThatThrownBy(() -> Llama.load(dir, arena)).isInstanceOf(UserError.class);
  }

  private Tensor copy(Tensor t) {
    var copy = Tensor.allocate(arena, t.type(), t.rows(), t.cols());
    copy.copyFrom(t);
    return copy;
  }

  private static void close(Tensor found, Tensor wanted, double gate) {
    for (int r = 0; r < wanted.rows(); r++) {
      for (int c = 0; c < wanted.cols(); c++) {
        assertThat(found.get(r, c)).isCloseTo(wanted.get(r, c), within(gate));
      }
    }
  }
}
