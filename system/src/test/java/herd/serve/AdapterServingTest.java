package herd.serve;

import herd.engine.model.Adapter;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// An adapter is a model of its own to those who call, and shares the other's engine.
class AdapterServingTest {
  private static final String BODY =
      "{'model': '%s', 'prompt': 'the cat', 'max_tokens': 12, 'temperature': 0}";

  private static final String LOAD = "/v1/load_lora_adapter";
  private static final String UNLOAD = "/v1/unload_lora_adapter";
  private static final String JSON = "{\"lora_name\": \"%s\", \"lora_path\": \"%s\"}";

  @TempDir
  Path outside;

  @Test
  void adaptersAreModelsUntilTheyAreUnloaded() throws Exception {
    try (var arena = Arena.ofShared();
        var running = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 128)) {
      var base = TinyModel.parts("base", 128);
      running.models.add(new ServedModel.Parts(
          base.id(),
          base.llama(),
          base.tokenizer(),
          base.kernels(),
          base.chat(),
          base.stopIds(),
          base.begin(),
          base.files(),
          base.bytes(),
          null,
          Map.of("styled", adapter(arena)),
          base.resources()));
      assertThat(running.models.names()).containsExactly("tiny", "base", "styled");
      var plain = running.ask("/v1/completions", BODY.formatted("base"));
      var styled = running.ask("/v1/completions", BODY.formatted("styled"));
      assertThat(styled.get("model").stringValue()).isEqualTo("styled");
      assertThat(styled.get("choices").get(0).get("text"))
          .isNotEqualTo(plain.get("choices").get(0).get("text"));
      assertThat(running.get("/metrics").body()).contains("\"base\"");
      running.models.unload("styled");
      assertThat(running.refused("/v1/completions", BODY.formatted("styled")).get("status"))
          .hasToString("404");
      assertThat(running.ask("/v1/completions", BODY.formatted("base")).get("choices"))
          .isEqualTo(plain.get("choices"));
    }
  }

  @Test
  void adaptersComeAndGoWhileTheirModelAnswers() throws Exception {
    var folder = Files.createDirectories(outside.resolve("adapters"));
    try (var arena = Arena.ofShared()) {
      adapter(arena).save(folder.resolve("style"));
      adapter(arena).save(outside.resolve("secret"));
    }
    Files.createSymbolicLink(folder.resolve("link"), outside.resolve("secret"));
    Files.createDirectory(folder.resolve("empty"));
    var models = new Models(TinyModel.SETTINGS, RunningServer::find, 0);
    models.add(TinyModel.parts("tiny", 128));
    try (var running =
        new RunningServer(models, HttpSettings.local(0), ApiKeys.none(), Map.of(), folder)) {
      var plain = answer(running, "tiny");
      assertThat(running.post(LOAD, JSON.formatted("mine", "style")).body())
          .isEqualTo("Success: LoRA adapter 'mine' added successfully.");
      assertThat(running.get("/v1/models").body()).contains("\"mine\"");
      var styled = answer(running, "mine");
      assertThat(styled).isNotEqualTo(plain);
      assertThat(answer(running, "tiny")).isEqualTo(plain);
      assertThat(code(running, "mine", "style")).isEqualTo("model_loaded");
      assertThat(code(running, "tiny", "style")).isEqualTo("model_loaded");
      for (var path : List.of("../secret", "link", ".", "", "nowhere", "empty", "\\u0000", "/")) {
        var error = running.refused(LOAD, JSON.formatted("other", path));
        assertThat(error.get("status").intValue()).as(path).isEqualTo(400);
        assertThat(error.get("message").stringValue()).doesNotContain("root", "sun.nio");
      }
      assertThat(running.post(UNLOAD, "{\"lora_name\": \"mine\"}").body())
          .isEqualTo("Success: LoRA adapter 'mine' removed successfully.");
      assertThat(running.refused("/v1/completions", BODY.formatted("mine")).get("status"))
          .hasToString("404");
      assertThat(running.refused(UNLOAD, "{'lora_name': 'tiny'}").get("status")).hasToString("404");
      // What becomes of the files does not touch an adapter that was loaded.
      running.post(LOAD, JSON.formatted("mine", "style"));
      Files.write(folder.resolve("style/adapter_model.safetensors"), new byte[0]);
      assertThat(answer(running, "mine")).isEqualTo(styled);
    }
  }

  @Test
  void withoutAFolderNoneCanBeLoaded() throws Exception {
    try (var running = new RunningServer()) {
      var error = running.refused(LOAD, JSON.formatted("mine", "style"));
      assertThat(error.get("status").intValue()).isEqualTo(403);
      assertThat(error.get("message").stringValue()).contains("--adapter-folder");
    }
  }

  private static String code(RunningServer running, String name, String path) throws Exception {
    return running.refused(LOAD, JSON.formatted(name, path)).get("code").stringValue();
  }

  private static String answer(RunningServer running, String model) throws Exception {
    var reply = running.ask("/v1/completions", BODY.formatted(model));
    assertThat(reply.get("model").stringValue()).isEqualTo(model);
    return reply.get("choices").get(0).get("text").stringValue();
  }

  private static Adapter adapter(Arena arena) {
    var numbers = new Random(3);
    var a = Tensor.allocate(arena, DType.F32, 4, 32);
    var b = Tensor.allocate(arena, DType.F32, 32, 4);
    for (int r = 0; r < 4; r++) {
      for (int c = 0; c < 32; c++) {
        a.set(r, c, numbers.nextGaussian());
        b.set(c, r, numbers.nextGaussian());
      }
    }
    return new Adapter(Map.of("model.layers.1.self_attn.o_proj.weight", new Adapter.LowRank(a, b)));
  }
}
