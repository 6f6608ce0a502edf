package herd.engine.model;

import herd.engine.UserError;
import herd.engine.code.Pages;
import herd.engine.io.Encoding;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.MappedFile;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.io.WholeFile;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Model directories in the Hugging Face layout: `config.json` and safetensors.
final class LlamaFiles {
  private static final int MOST = 1 << 30; // larger than any sensible size in a config.json
  private static final double OLD_ROPE_BASE = 10_000; // what a file means that names no base

  private LlamaFiles() {}

  /// @param packer null where all weights become floats
  static Llama load(Path dir, Arena arena, Packer packer) {
    try (var mapped = Arena.ofShared()) {
      return load(dir, mapped, stored -> packed(stored, arena, packer));
    } catch (InternalError e) {
      throw MappedFile.cutShort(dir.toString(), e);
    }
  }

  /// The shape, if config and tensors fit each other.
  static LlamaConfig check(Path dir) {
    try (var mapped = Arena.ofShared()) {
      var shapes = new LinkedHashMap<String, Llama.Shape>();
      var config = config(Json.read(dir.resolve("config.json")));
      tensors(dir, config, mapped)
          .forEach((name, stored) -> shapes.put(name, new Llama.Shape(rows(stored), cols(stored))));
      Llama.check(config, shapes);
      return config;
    }
  }

  private static Llama load(Path dir, Arena mapped, Function<StoredTensor, Weight> weight) {
    var config = config(Json.read(dir.resolve("config.json")));
    var weights = new LinkedHashMap<String, Weight>();
    tensors(dir, config, mapped).forEach((name, stored) -> weights.put(name, weight.apply(stored)));
    return new Llama(config, weights);
  }

  /// @param mapped what the files live in
  private static Map<String, StoredTensor> tensors(Path dir, LlamaConfig config, Arena mapped) {
    var tensors = new LinkedHashMap<>(Safetensors.readModel(dir, mapped).tensors());
    // old files carry it; it follows from the config
    tensors.keySet().removeIf(name -> name.endsWith("rotary_emb.inv_freq"));
    if (config.layers() > tensors.size()) {
      throw new UserError(
          dir + "/config.json: num_hidden_layers",
          "" + config.layers(),
          "no more than the " + tensors.size() + " tensors",
          "Compare config.json with the weights.");
    }
    if (config.tied() && tensors.containsKey(Llama.HEAD)) {
      var head = tensors.remove(Llama.HEAD);
      var embedding = tensors.get(Llama.EMBEDDING);
      if (embedding != null && !alike(head, embedding)) {
        throw new UserError(
            Llama.HEAD,
            "differs from the embedding",
            "the same numbers, for config.json says tie_word_embeddings",
            "Correct config.json.");
      }
    }
    return tensors;
  }

  private static boolean alike(StoredTensor a, StoredTensor b) {
    if (a.encoding() == b.encoding()) {
      return a.data().mismatch(b.data()) == -1;
    }
    try (var scratch = Arena.ofConfined()) {
      return a.floats(scratch).mismatch(b.floats(scratch)) == -1;
    }
  }

  /// A copy of the numbers, which nothing that becomes of the file touches; its pages are given
  /// back.
  static Tensor tensor(StoredTensor stored, Arena arena) {
    int rows = rows(stored);
    int cols = cols(stored);
    var floats = Pages.data(stored.size() * Float.BYTES, arena);
    stored.floats(floats);
    Pages.giveBack(stored.data());
    return Tensor.of(floats, DType.F32, rows, cols);
  }

  private static Weight packed(StoredTensor stored, Arena arena, Packer packer) {
    int rows = rows(stored);
    var packed = packer == null || rows == 1
        ? null
        : packer.pack(stored, rows, cols(stored), row -> row, arena);
    return packed != null ? packed : tensor(stored, arena);
  }

  private static int rows(StoredTensor stored) {
    var shape = stored.shape();
    boolean fits = Arrays.stream(shape).allMatch(n -> n >= 1 && n <= MOST);
    if (shape.length < 1 || shape.length > 2 || !fits) {
      throw new UserError(
          stored.where(),
          "shape " + Arrays.toString(shape),
          "one or two dimensions of 1 or more",
          "Compare config.json with the weights.");
    }
    return shape.length == 1 ? 1 : Math.toIntExact(shape[0]);
  }

  private static int cols(StoredTensor stored) {
    return Math.toIntExact(stored.shape()[stored.shape().length - 1]);
  }

  static void save(Llama model, Path dir) {
    var stored = new ArrayList<StoredTensor>();
    try (var arena = Arena.ofConfined()) {
      model.parameters().forEach((name, tensor) -> {
        long[] shape = tensor.rows() == 1
            ? new long[] {tensor.cols()}
            : new long[] {tensor.rows(), tensor.cols()};
        stored.add(new StoredTensor(name, Encoding.F32, shape, floats(tensor, arena)));
      });
      Files.createDirectories(dir);
      WholeFile.write(dir.resolve("config.json"), JsonWriter.pretty(json(model.config())));
      Safetensors.write(dir.resolve("model.safetensors"), stored, Map.of());
    } catch (IOException e) {
      throw WholeFile.unwritable(dir, e);
    }
  }

  private static MemorySegment floats(Tensor tensor, Arena arena) {
    if (tensor.type() == DType.F32) {
      return tensor.data();
    }
    var copy = Tensor.allocate(arena, DType.F32, tensor.rows(), tensor.cols());
    copy.copyFrom(tensor);
    return copy.data();
  }

  /// @throws UserError for keys that are missing or ask for what this model does not do
  static LlamaConfig config(JsonValue json) {
    var family = family(json.find("model_type"));
    only(json, "hidden_act", "silu");
    only(json, "attention_bias", false);
    only(json, "mlp_bias", false);
    only(json, "partial_rotary_factor", 1.0);
    int dim = json.get("hidden_size").integer(1, MOST);
    int heads = json.get("num_attention_heads").integer(1, MOST);
    return new LlamaConfig(
        json.get("vocab_size").integer(1, MOST),
        dim,
        json.get("num_hidden_layers").integer(1, MOST),
        heads,
        json.find("num_key_value_heads").integer(1, MOST, heads),
        json.find("head_dim").integer(1, MOST, dim / heads),
        json.get("intermediate_size").integer(1, MOST),
        ropeBase(json),
        scaling(json),
        json.find("rms_norm_eps").number(1e-6),
        json.find("tie_word_embeddings").bool(false),
        context(json, family),
        family);
  }

  private static Family family(JsonValue type) {
    String name = type.string("llama");
    var family = Family.named(name.equals("mistral") ? "llama" : name);
    if (family == null) {
      throw new UserError(
          type.where(),
          "the architecture '" + name + "'",
          "llama, mistral, qwen2, qwen3",
          "Take a model of one of these.");
    }
    return family;
  }

  /// No more positions than the window that each of them sees: up to there it makes no difference.
  private static int context(JsonValue json, Family family) {
    int context = json.find("max_position_embeddings").integer(1, MOST, 2048);
    boolean windows = json.find("use_sliding_window").bool(family == Family.LLAMA);
    int window = json.find("sliding_window").integer(1, MOST, context);
    return windows ? Math.min(context, window) : context;
  }

  private static void only(JsonValue json, String key, Object allowed) {
    var value = json.find(key);
    if (!value.isNull() && !allowed.equals(value.value())) {
      throw value.wrong(JsonWriter.write(allowed));
    }
  }

  /// Newer files keep the base beside the scaling, under `rope_parameters`.
  private static double ropeBase(JsonValue json) {
    var parameters = json.find("rope_parameters");
    var base = parameters.isNull() ? json.find("rope_theta") : parameters.find("rope_theta");
    double number = base.number(OLD_ROPE_BASE);
    if (!(number > 1) || Double.isInfinite(number)) {
      throw base.wrong("a number over 1");
    }
    return number;
  }

  private static Rotary.Scaling scaling(JsonValue json) {
    var nested = json.find("rope_parameters");
    var scaling = nested.isNull() ? json.find("rope_scaling") : nested;
    if (scaling.isNull()) {
      return null;
    }
    var type = scaling.has("rope_type") ? scaling.get("rope_type") : scaling.find("type");
    return switch (type.string("default")) {
      case "default" -> null;
      case "llama3" ->
        new Rotary.Scaling(
            scaling.get("factor").number(),
            scaling.get("low_freq_factor").number(),
            scaling.get("high_freq_factor").number(),
            scaling.get("original_max_position_embeddings").integer(1, MOST));
      default -> throw type.wrong("\"llama3\" or \"default\"");
    };
  }

  private static Map<String, Object> json(LlamaConfig c) {
    var json = new LinkedHashMap<String, Object>();
    json.put("architectures", List.of(c.family().huggingFace()));
    json.put("model_type", c.family().label());
    json.put("attention_bias", false);
    json.put("mlp_bias", false);
    json.put("hidden_act", "silu");
    json.put("vocab_size", (long) c.vocab());
    json.put("hidden_size", (long) c.dim());
    json.put("num_hidden_layers", (long) c.layers());
    json.put("num_attention_heads", (long) c.heads());
    json.put("num_key_value_heads", (long) c.kvHeads());
    json.put("head_dim", (long) c.headDim());
    json.put("intermediate_size", (long) c.ffnDim());
    json.put("max_position_embeddings", (long) c.context());
    json.put("rms_norm_eps", c.normEps());
    json.put("rope_theta", c.ropeBase());
    json.put("rope_scaling", scaling(c.ropeScaling()));
    json.put("tie_word_embeddings", c.tied());
    json.put("initializer_range", 0.02);
    json.put("torch_dtype", "float32");
    return json;
  }

  private static Map<String, Object> scaling(Rotary.Scaling s) {
    if (s == null) {
      return null;
    }
    var json = new LinkedHashMap<String, Object>();
    json.put("rope_type", "llama3");
    json.put("factor", s.factor());
    json.put("low_freq_factor", s.low());
    json.put("high_freq_factor", s.high());
    json.put("original_max_position_embeddings", (long) s.original());
    return json;
  }
}
