package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What `adapter_config.json` of the `peft` library says about the sizes of an adapter's parts.
/// @param rank of parts that no pattern names
/// @param alpha of parts that no pattern names
/// @param rooted whether the scale is alpha over the rank's root instead of over the rank
///     (rank-stabilised LoRA, arXiv 2312.03732)
/// @param ranks and `alphas` by patterns of module names; the first that fits counts
record AdapterConfig(
    int rank, double alpha, boolean rooted, List<Part<Integer>> ranks, List<Part<Double>> alphas) {
  private static final int MOST_RANK = 1 << 20;
  private static final int LONGEST_PATTERN = 300;

  /// Ways to begin that leave the model's own weights alone; the others subtract something from
  /// them, which an adapter of this layout does not carry.
  private static final Set<String> HARMLESS_BEGINNINGS = Set.of("gaussian", "eva", "orthogonal");

  /// What holds for the modules whose names a pattern matches.
  record Part<T>(Predicate<String> fits, T value) {}

  /// @throws UserError naming the key that is wrong or asks for more than LoRA
  static AdapterConfig read(Path file) {
    var config = Json.read(file);
    var kind = config.find("peft_type");
    if (!kind.isNull() && !kind.value().equals("LORA")) {
      throw kind.wrong("LORA");
    }
    var bias = config.find("bias");
    if (!bias.isNull() && !bias.value().equals("none")) {
      throw bias.wrong("none");
    }
    config.object().keySet().forEach(key -> checkPlain(key, config.get(key)));
    var beginning = config.find("init_lora_weights");
    if (beginning.isString() && !HARMLESS_BEGINNINGS.contains(beginning.string())) {
      throw beginning.wrong("true, false or one of " + HARMLESS_BEGINNINGS
          + "; others change the model's own weights");
    }
    var ranks = new ArrayList<Part<Integer>>();
    patterns(config, "rank_pattern")
        .forEach((fits, value) -> ranks.add(new Part<>(fits, value.integer(1, MOST_RANK))));
    var alphas = new ArrayList<Part<Double>>();
    patterns(config, "alpha_pattern")
        .forEach((fits, value) -> alphas.add(new Part<>(fits, value.number())));
    return new AdapterConfig(
        config.get("r").integer(1, MOST_RANK),
        config.get("lora_alpha").number(),
        config.find("use_rslora").bool(false),
        ranks,
        alphas);
  }

  /// Refuses what makes an adapter more than two matrices beside a projection.
  private static void checkPlain(String key, JsonValue value) {
    boolean off = value.isNull()
        || Boolean.FALSE.equals(value.value())
        || value.isList() && value.items().isEmpty()
        || value.isObject() && value.object().isEmpty();
    boolean more =
        switch (key) {
          case "use_rslora" -> false;
          case "eva_config" -> false; // says how its numbers began
          case "lora_bias",
              "fan_in_fan_out",
              "layer_replication",
              "modules_to_save",
              "target_parameters",
              "trainable_token_indices",
              "alora_invocation_tokens" -> true;
          default -> key.startsWith("use_") || key.endsWith("_config");
        };
    if (more && !off) {
      throw value.wrong("nothing: it is not supported");
    }
  }

  private static Map<Predicate<String>, JsonValue> patterns(JsonValue config, String key) {
    var found = config.find(key);
    var out = new LinkedHashMap<Predicate<String>, JsonValue>();
    if (found.isNull()) {
      return out;
    }
    for (var pattern : found.object().keySet()) {
      if (pattern.length() > LONGEST_PATTERN) {
        throw found.wrong("patterns of at most " + LONGEST_PATTERN + " characters");
      }
      try {
        var compiled = Pattern.compile("(.*\\.)?(" + pattern + ")$");
        out.put(name -> compiled.matcher(name).lookingAt(), found.get(pattern));
      } catch (PatternSyntaxException e) {
        throw found.get(pattern).wrong("a pattern of names: " + e.getDescription());
      }
    }
    return out;
  }

  /// The rank of a module such as `model.layers.0.self_attn.q_proj`.
  int rank(String module) {
    return of(module, ranks, rank);
  }

  /// By what its second matrix is multiplied.
  double scale(String module) {
    double rank = rank(module);
    return of(module, alphas, alpha) / (rooted ? Math.sqrt(rank) : rank);
  }

  private static <T> T of(String module, List<Part<T>> parts, T otherwise) {
    for (var part : parts) {
      if (part.fits.test(module)) {
        return part.value;
      }
    }
    return otherwise;
  }
}
