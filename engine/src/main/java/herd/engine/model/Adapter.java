package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.JsonWriter;
import herd.engine.io.MappedFile;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.io.WholeFile;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Low-rank additions to some of a model's projections (LoRA, arXiv 2106.09685, section 4): a layer
/// `x wᵀ` becomes `x wᵀ + (x aᵀ) bᵀ`, the scale being part of `b`. The model itself stays as it is:
/// any number of adapters are used side by side, each for its own requests.
public final class Adapter {
  private static final String FIRST = ".lora_A.weight";
  private static final String SECOND = ".lora_B.weight";
  private static final String PREFIX = "base_model.model.";

  private final Map<String, LowRank> parts;
  private final String fingerprint;

  /// @param a `[rank, in]`
  /// @param b `[out, rank]`, times the scale
  public record LowRank(Tensor a, Tensor b) {
    public LowRank {
      if (a.rows() != b.cols()) {
        throw new UserError(
            "adapter", a + " and " + b, "equal ranks", "Take both from one adapter.");
      }
    }
  }

  /// @param parts additions under the Hugging Face names of the weights they belong to
  public Adapter(Map<String, LowRank> parts) {
    this.parts = Collections.unmodifiableMap(new TreeMap<>(parts));
    this.fingerprint = fingerprint(new TreeMap<>(parts));
  }

  private static String fingerprint(Map<String, LowRank> parts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      parts.forEach((name, part) -> {
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        digest.update(part.a.data().asByteBuffer());
        digest.update(part.b.data().asByteBuffer());
      });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The additions under the Hugging Face names of the weights they belong to.
  public Map<String, LowRank> parts() {
    return parts;
  }

  /// Adds `b a` to each weight of `model`, which then does alone what it did with the adapter.
  /// @throws UserError as [#on]
  public void mergeInto(Llama model) {
    on(model).forEach((weight, part) -> {
      var w = Llama.plain("a model to merge an adapter into", weight);
      for (int r = 0; r < w.rows(); r++) {
        for (int c = 0; c < w.cols(); c++) {
          double sum = w.get(r, c);
          for (int i = 0; i < part.a.rows(); i++) {
            sum += part.b.get(r, i) * part.a.get(i, c);
          }
          w.set(r, c, sum);
        }
      }
    });
  }

  /// Writes the adapter in the layout of the `peft` library, with a scale of 1.
  /// @throws UserError if `dir` cannot be written
  public void save(Path dir) {
    var stored = new ArrayList<StoredTensor>();
    var targets = new TreeSet<String>();
    new TreeMap<>(parts).forEach((name, part) -> {
      var stem = name.replaceFirst("[.]weight$", "");
      targets.add(stem.substring(stem.lastIndexOf('.') + 1));
      stored.add(stored("base_model.model." + stem + ".lora_A.weight", part.a));
      stored.add(stored("base_model.model." + stem + ".lora_B.weight", part.b));
    });
    long rank = parts.values().iterator().next().a.rows();
    var config = new LinkedHashMap<String, Object>();
    config.put("peft_type", "LORA");
    config.put("task_type", "CAUSAL_LM");
    config.put("r", rank);
    config.put("lora_alpha", rank);
    config.put("lora_dropout", 0.0);
    config.put("bias", "none");
    config.put("target_modules", List.copyOf(targets));
    try {
      Files.createDirectories(dir);
    } catch (IOException e) {
      throw WholeFile.unwritable(dir, e);
    }
    WholeFile.write(dir.resolve("adapter_config.json"), JsonWriter.pretty(config));
    Safetensors.write(dir.resolve("adapter_model.safetensors"), stored, Map.of());
  }

  private static StoredTensor stored(String name, Tensor tensor) {
    var encoding = tensor.type() == DType.F32 ? Encoding.F32 : Encoding.F64;
    var shape = new long[] {tensor.rows(), tensor.cols()};
    return new StoredTensor(name, encoding, shape, tensor.data());
  }

  /// Equal for adapters of the same numbers only: keys and values computed with one adapter may be
  /// used with another where this is equal.
  public String fingerprint() {
    return fingerprint;
  }

  /// Reads an adapter in the layout of the `peft` library: `adapter_config.json` and
  /// `adapter_model.safetensors`.
  /// Nothing of them stays mapped.
  /// @throws UserError naming the file and what is wrong or not supported in it
  public static Adapter load(Path dir, Arena arena) {
    var config = AdapterConfig.read(dir.resolve("adapter_config.json"));
    var file = dir.resolve("adapter_model.safetensors");
    try (var mapped = Arena.ofShared()) {
      return new Adapter(parts(config, file, Safetensors.read(file, mapped).tensors(), arena));
    } catch (InternalError e) {
      throw MappedFile.cutShort(file.toString(), e);
    }
  }

  private static Map<String, LowRank> parts(
      AdapterConfig config, Path file, Map<String, StoredTensor> stored, Arena arena) {
    var parts = new LinkedHashMap<String, LowRank>();
    stored.forEach((name, first) -> {
      if (!name.endsWith(FIRST)) {
        return;
      }
      var stem = name.substring(0, name.length() - FIRST.length());
      var second = stored.get(stem + SECOND);
      if (second == null) {
        throw new UserError(
            first.where(), "no lora_B", "one beside each lora_A", "Take the whole adapter.");
      }
      var module = stem.startsWith(PREFIX) ? stem.substring(PREFIX.length()) : stem;
      parts.put(module + ".weight", part(config, module, first, second, arena));
    });
    if (parts.isEmpty() || stored.size() != 2 * parts.size()) {
      throw new UserError(
          file.toString(),
          stored.size() + " tensors, " + 2 * parts.size() + " of them lora_A and lora_B",
          "these alone",
          "Train the adapter without saved modules.");
    }
    return parts;
  }

  private static LowRank part(
      AdapterConfig config, String module, StoredTensor first, StoredTensor second, Arena arena) {
    var a = LlamaFiles.tensor(first, arena);
    int rank = config.rank(module);
    if (a.rows() != rank || second.shape().length != 2 || second.shape()[1] != rank) {
      throw new UserError(
          first.where(),
          Arrays.toString(first.shape()) + " and " + Arrays.toString(second.shape()),
          "matrices of rank " + rank + ", as adapter_config.json says",
          "Take both files from one adapter.");
    }
    var unscaled = LlamaFiles.tensor(second, arena);
    var b = Tensor.allocate(arena, DType.F32, unscaled.rows(), rank);
    double scale = config.scale(module);
    for (int r = 0; r < b.rows(); r++) {
      for (int c = 0; c < rank; c++) {
        b.set(r, c, scale * unscaled.get(r, c));
      }
    }
    return new LowRank(a, b);
  }

  /// The additions by the weights of `model` that they belong to.
  /// @throws UserError if the model has no such weight, it has another shape, or it is not a
  ///     projection inside a block
  public Map<Weight, LowRank> on(Llama model) {
    var out = new IdentityHashMap<Weight, LowRank>();
    parts.forEach((name, part) -> {
      var weight = model.weights().get(name);
      boolean inside = name.endsWith("_proj.weight");
      if (weight == null
          || !inside
          || weight.rows() != part.b.rows()
          || weight.cols() != part.a.cols()
          || part.a.type() != model.type()) {
        throw new UserError(
            name,
            "an adapter [%d, %d]".formatted(part.b.rows(), part.a.cols()),
            weight == null || !inside
                ? "projections of the model's blocks"
                : "[%d, %d]".formatted(weight.rows(), weight.cols()),
            "Take an adapter trained on this model.");
      }
      out.put(weight, part);
    });
    return Collections.unmodifiableMap(out);
  }
}
