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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    assertThat(distance(GgufModel.load(file, arena), model)).isBetween(1e-6, 5e-3);
  }

  @Test
  void everyFormatAndFamilyIsReadBack() {
    for (var family : Family.values()) {
      var config = new LlamaConfig(40, 256, 1, 4, 2, 16, 96, 1e6, null, 1e-6, true, 64, family);
      var model = Llama.random(arena, DType.F32, config, 3);
      for (var encoding : List.of(
          Encoding.BF16,
          Encoding.Q8_0,
          Encoding.Q6_K,
          Encoding.Q5_1,
          Encoding.Q5_0,
          Encoding.Q4_K,
          Encoding.Q4_1,
          Encoding.Q4_0)) {
        Path file = folder.resolve("m.gguf");
        GgufModel.save(file, model, encoding, Map.of());
        var gguf = Gguf.read(file, arena);
        assertThat(gguf.tensors().get("blk.0.attn_q.weight").encoding()).isEqualTo(encoding);
        var down = gguf.tensors().get("blk.0.ffn_down.weight").encoding();
        var stand = encoding == Encoding.Q4_K
            ? Encoding.Q5_0
            : encoding == Encoding.Q6_K ? Encoding.Q8_0 : encoding;
        assertThat(down).isEqualTo(stand);
        var loaded = GgufModel.load(file, arena);
        assertThat(loaded.config()).isEqualTo(config);
        assertThat(distance(loaded, model)).isBetween(1e-6, 5e-2);
      }
      model.save(folder.resolve("hf"));
      var again = Llama.load(folder.resolve("hf"), arena);
      assertThat(again.config()).isEqualTo(config);
      assertThat(distance(again, model)).isZero();
      model.parameters().get("model.layers.0.mlp.up_proj.weight").set(7, 9, Double.NaN);
      assertThatThrownBy(
              () -> GgufModel.save(folder.resolve("nan.gguf"), model, Encoding.Q4_K, Map.of()))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("blk.0.ffn_up.weight', row 7, column 9: NaN");
    }
  }

  @Test
  void aModelInPartsIsOneModel() {
    Path whole = folder.resolve("whole.gguf");
    var model = model(false);
    GgufModel.save(whole, model, Encoding.F32, Map.of());
    var gguf = Gguf.read(whole, arena);
    var tensors = List.copyOf(gguf.tensors().values());
    var cuts =
        List.of(tensors.subList(0, 4), tensors.subList(4, 9), tensors.subList(9, tensors.size()));
    for (int part = 0; part < 3; part++) {
      var metadata = new LinkedHashMap<String, Object>();
      if (part == 0) {
        gguf.metadata()
            .forEach((key, value) ->
                metadata.put(key, value instanceof Long n ? (Object) n.intValue() : value));
      }
      metadata.put("split.no", part);
      metadata.put("split.count", 3);
      metadata.put("split.tensors.count", tensors.size());
      Gguf.write(
          folder.resolve("m-%05d-of-00003.gguf".formatted(part + 1)), metadata, cuts.get(part));
    }
    Path first = folder.resolve("m-00001-of-00003.gguf");
    assertThat(distance(GgufModel.load(first, arena), model)).isZero();
    assertThatThrownBy(() -> GgufModel.load(folder.resolve("m-00002-of-00003.gguf"), arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("part 2 of 3")
        .hasMessageContaining("m-00001-of-00003.gguf");
    assertThat(folder.resolve("m-00003-of-00003.gguf").toFile().delete()).isTrue();
    assertThatThrownBy(() -> GgufModel.load(first, arena))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("m-00003-of-00003.gguf");
  }

  /// Flips in the header that the container allows must not harm the loader either.
  @Test
  void aDamagedHeaderIsAUserErrorOrAModel() throws IOException {
    Path sound = folder.resolve("sound.gguf");
    GgufModel.save(sound, model(false), Encoding.Q8_0, Map.of());
    byte[] bytes = Files.readAllBytes(sound);
    var random = new Random(5);
    Path file = folder.resolve("flipped.gguf");
    int loaded = 0;
    for (int trial = 0; trial < 200; trial++) {
      byte[] flipped = bytes.clone();
      flipped[random.nextInt(2400)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      try (var own = Arena.ofShared()) {
        GgufModel.load(file, own);
        loaded++;
      } catch (UserError expected) {
        assertThat(expected).hasMessageMatching("(?s).*flipped.gguf.*byte \\d+.*");
      }
    }
    assertThat(loaded).isBetween(1, 199);
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
    refused("general.architecture", "gemma2", "the architecture 'gemma2'");
    refused("llama.expert_count", 8, "llama.expert_count");
    refused("llama.rope.scaling.type", "linear", "llama.rope.scaling.type");
    refused("llama.rope.dimension_count", 4, "llama.rope.dimension_count");
    refused("llama.block_count", 3, "blk.2.attn_norm.weight");
    refused("llama.block_count", 1 << 29, "llama.block_count");
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
        .hasMessageContaining("byte ")
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
            .hasMessageContaining(name)
            .hasMessageMatching("(?s).*(tensor|key|header).*byte \\d+.*");
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
