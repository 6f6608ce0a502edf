package herd.engine.model;

import herd.engine.UserError;
import herd.engine.infer.Engine;
import herd.engine.infer.EngineSettings;
import herd.engine.infer.Listener;
import herd.engine.infer.Request;
import herd.engine.io.Json;
import herd.engine.sample.LogProbs;
import herd.engine.sample.Sampling;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// Adapters written by the `peft` library, with the logits that it computes.
class AdapterTest {
  private static final Path FOLDER = Path.of("src/test/resources/adapters");

  private final Arena arena = Arena.ofShared();
  private final Llama model = Llama.load(FOLDER.resolve("model"), arena);

  @TempDir
  Path broken;

  @AfterEach
  void close() {
    arena.close();
  }

  private static List<String> cases() throws IOException {
    try (var files = Files.list(FOLDER)) {
      return files
          .filter(file -> Files.exists(file.resolve("adapter_config.json")))
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void adaptersOfPeftGiveItsLogitsSideBySide() throws IOException {
    var golden = Json.read(FOLDER.resolve("golden.json"));
    int[] ids =
        golden.get("ids").list().stream().mapToInt(id -> id.integer(0, 1 << 20)).toArray();
    var request =
        Request.of(ids, Sampling.greedy(), 1).withLogProbs(model.config().vocab(), false);
    var names = new ArrayList<>(cases());
    assertThat(names).isNotEmpty();
    names.add("none");
    try (var engine = new Engine(model, null, new ReferenceKernels(), EngineSettings.DEFAULTS)) {
      var requests = names.stream()
          .map(name -> name.equals("none")
              ? request
              : request.withAdapter(Adapter.load(FOLDER.resolve(name), arena)))
          .toList();
      var tickets = engine.submit(requests, _ -> Listener.NONE);
      for (int i = 0; i < names.size(); i++) {
        var logits = golden.get("logits").get(names.get(i)).list();
        double logSum = Math.log(
            logits.stream().mapToDouble(logit -> Math.exp(logit.number())).sum());
        var found = tickets.get(i).join().tokens().getFirst().top();
        assertThat(found).hasSameSizeAs(logits);
        for (LogProbs.Likely likely : found) {
          assertThat(likely.logProb())
              .as(names.get(i) + " " + likely.id())
              .isCloseTo(logits.get(likely.id()).number() - logSum, within(2e-5));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"use_dora\": false' | '\"use_dora\": true' | use_dora",
        "'\"bias\": \"none\"' | '\"bias\": \"all\"' | bias",
        "'\"peft_type\": \"LORA\"' | '\"peft_type\": \"LOHA\"' | peft_type",
        "'\"modules_to_save\": null' | '\"modules_to_save\": [\"lm_head\"]' | modules_to_save",
        "'\"init_lora_weights\": false' | '\"init_lora_weights\": \"pissa\"' | init_lora_weights",
        "'\"r\": 2' | '\"r\": 3' | rank 3",
        "'\"r\": 2' | '\"r\": 0' | r",
        "'\"o_proj\": 1' | '\"(o_proj\": 1' | rank_pattern",
        "'\"velora_config\": null' | '\"velora_config\": {\"x\": 1}' | velora_config",
      })
  void whatIsMoreThanLoraIsRefused(String from, String to, String named) throws IOException {
    var config = Files.readString(FOLDER.resolve("patterns/adapter_config.json"));
    assertThat(config).contains(from);
    Files.writeString(broken.resolve("adapter_config.json"), config.replace(from, to));
    Files.copy(
        FOLDER.resolve("patterns/adapter_model.safetensors"),
        broken.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> Adapter.load(broken, arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(named);
  }

  @Test
  void adaptersOfOtherShapesAndModulesAreRefused() {
    var adapter = Adapter.load(FOLDER.resolve("plain"), arena);
    var wide = Llama.random(
        arena,
        model.type(),
        new LlamaConfig(61, 20, 2, 4, 2, 4, 24, 10_000, null, 1e-5, true, 64),
        1);
    assertThatThrownBy(() -> adapter.on(wide))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("q_proj")
        .hasMessageContaining("[16, 20]");
    var shallow = Llama.random(
        arena,
        model.type(),
        new LlamaConfig(61, 16, 1, 4, 2, 4, 24, 10_000, null, 1e-5, true, 64),
        1);
    assertThatThrownBy(() -> adapter.on(shallow))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("layers.1");
    var square = Tensor.allocate(arena, model.type(), 2, 2);
    var odd = new Adapter(Map.of("model.embed_tokens.weight", new Adapter.LowRank(square, square)));
    assertThatThrownBy(() -> odd.on(model)).isInstanceOf(UserError.class);
  }

  @Test
  void brokenFilesOfAdaptersAreUserErrors() throws IOException {
    var bytes = Files.readAllBytes(FOLDER.resolve("plain/adapter_model.safetensors"));
    Files.copy(FOLDER.resolve("plain/adapter_config.json"), broken.resolve("adapter_config.json"));
    for (int length = 0; length < bytes.length; length += 1 + length / 3) {
      Files.write(broken.resolve("adapter_model.safetensors"), Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Adapter.load(broken, arena)).isInstanceOf(UserError.class);
    }
    Files.delete(broken.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> Adapter.load(broken, arena)).isInstanceOf(UserError.class);
  }
}
