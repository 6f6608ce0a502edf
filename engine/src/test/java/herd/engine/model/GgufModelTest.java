package herd.engine.model;

import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.Gguf;
import herd.engine.io.Json;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufModelTest {
  private final Arena arena = Arena.ofAuto();

  @TempDir
  Path folder;

  private Llama model(boolean tied) {
    var scaling = new Rotary.Scaling(8, 1, 4, 8192);
    var config =
        new LlamaConfig(40, 32, 2, 4, 2, 8, 50, 500_000, tied ? null : scaling, 1e-5, tied, 64);
    return Llama.random(arena, DType.F32, config, 3);
  }

  @Test
  void aSavedModelIsTheSameModel() {
    for (boolean tied : new boolean[] {true, false}) {
      var model = model(tied);
      Path file = folder.resolve("m.gguf");
      GgufModel.save(file, model, Encoding.F32, Map.of());
      var loaded = GgufModel.load(file, arena);
      assertThat(loaded.config()).isEqualTo(model.config());
      assertThat(distance(loaded, model)).isZero();
    }
  }

  @Test
  void quantisedMatricesAreCloseAndOddOnesAreHalves() {
    var model = model(false);
    Path file = folder.resolve("m.gguf");
    GgufModel.save(file, model, Encoding.Q8_0, Map.of());
    var tensors = Gguf.read(file, arena).tensors();
    assertThat(tensors.get("blk.0.attn_q.weight").encoding()).isEqualTo(Encoding.Q8_0);
    assertThat(tensors.get("blk.0.ffn_down.weight").encoding()).isEqualTo(Encoding.F16);
    assertThat(tensors.get("output_norm.weight").encoding()).isEqualTo(Encoding.F32);
    assertThat(distance(GgufModel.load(file, arena), model)).isBetween(1e-6, 1e-3);
  }

  /// The largest difference of two numbers in the same place.
  private static double distance(Llama a, Llama b) {
    assertThat(a.parameters().keySet()).isEqualTo(b.parameters().keySet());
    double most = 0;
    for (String name : a.parameters().keySet()) {
      float[] x = a.parameters().get(name).toFloats();
      float[] y = b.parameters().get(name).toFloats();
      for (int i = 0; i < x.length; i++) {
        most = Math.max(most, Math.abs(x[i] - y[i]));
      }
    }
    return most;
  }

  @Test
  void whatTheModelCannotDoIsRefusedByName() {
    refused("general.architecture", "qwen2", "general.architecture");
    refused("llama.expert_count", 8, "llama.expert_count");
    refused("llama.rope.scaling.type", "linear", "llama.rope.scaling.type");
    refused("llama.rope.dimension_count", 4, "llama.rope.dimension_count");
    refused("llama.block_count", 3, "blk.2.attn_norm.weight");
    refused("llama.block_count", 1, "blk.1.attn_norm.weight");
    refused("llama.feed_forward_length", 51, "blk.0.ffn_gate.weight");
    refused("llama.attention.head_count", "four", "llama.attention.head_count");
  }

  private void refused(String key, Object value, String named) {
    Path file = folder.resolve("m.gguf");
    GgufModel.save(file, model(false), Encoding.F32, Map.of(key, value));
    assertThatThrownBy(() -> GgufModel.load(file, arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("m.gguf")
        .hasMessageContaining(named);
  }

  @Test
  @Tag("golden")
  void brokenModelsAreRefusedAndTheSoundOneLoads() {
    Path broken = Golden.folder("infer/broken");
    for (var item : Json.read(broken.resolve("index.json")).list()) {
      String name = item.get("file").string();
      if (name.endsWith(".gguf") && item.get("expect").string().equals("ok")) {
        assertThat(GgufModel.load(broken.resolve(name), arena).config().layers())
            .isPositive();
      } else if (name.endsWith(".gguf")) {
        assertThatThrownBy(() -> GgufModel.load(broken.resolve(name), arena))
            .as(name)
            .isInstanceOf(UserError.class)
            .hasMessageContaining(name);
      }
    }
  }

  @Test
  @Tag("golden")
  void goldenFilesGiveTheTensorsOfTheDirectory() throws IOException {
    try (Stream<Path> files = Files.list(Golden.folder("infer"))) {
      List<Path> tiny =
          files.filter(f -> f.getFileName().toString().startsWith("tiny-")).toList();
      for (Path directory : tiny) {
        var model = Llama.load(directory, arena);
        var plain = directory.resolve("model-f32.gguf");
        var loaded = GgufModel.load(plain, arena);
        assertThat(distance(loaded, model)).as(plain.toString()).isZero();
        assertThat(loaded.config()).isEqualTo(model.config());
        var q8 = GgufModel.load(directory.resolve("model-q8_0.gguf"), arena);
        assertThat(distance(q8, model)).isLessThan(0.01 * largest(model));
        GgufModel.save(folder.resolve("own.gguf"), model, Encoding.Q8_0, Map.of());
        assertThat(distance(GgufModel.load(folder.resolve("own.gguf"), arena), q8))
            .isZero();
      }
    }
  }

  private static double largest(Llama model) {
    double most = 0;
    for (Tensor tensor : model.parameters().values()) {
      for (float x : tensor.toFloats()) {
        most = Math.max(most, Math.abs(x));
      }
    }
    return most;
  }
}
