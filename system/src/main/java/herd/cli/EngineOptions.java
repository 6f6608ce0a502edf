package herd.cli;

import herd.engine.UserError;
import herd.engine.infer.DraftModel;
import herd.engine.infer.EngineSettings;
import herd.engine.model.Adapter;
import herd.engine.model.Llama;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Rotary;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/// The options that say how an engine answers.
final class EngineOptions {
  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "0",
      description = "Positions of a sequence; 0 for what the model was trained for.")
  private int context;

  @Option(
      names = "--rope",
      paramLabel = "KIND:FACTOR",
      description = "Stretch positions for a longer --context: linear:2 divides them by 2, ntk:2"
          + " lowers the slow frequencies.")
  private String rope;

  @Option(
      names = "--kv",
      paramLabel = "FORMAT",
      defaultValue = "f32",
      description = "How keys and values are kept: f32, f16 or int8 (${DEFAULT-VALUE}).")
  private String kv;

  @Option(
      names = "--kv-memory",
      paramLabel = "MB",
      defaultValue = "1024",
      description = "Memory for keys and values, taken as needed (${DEFAULT-VALUE}).")
  private long kvMemory;

  @Option(
      names = "--lookup",
      paramLabel = "N",
      defaultValue = "0",
      description = "Guess up to N tokens from the text's own past and check them together; the"
          + " answer stays the same. 0 for none.")
  private int lookup;

  @Option(
      names = "--draft",
      paramLabel = "MODEL",
      description =
          "A smaller model of the same tokens that guesses ahead; the answer stays the" + " same.")
  private String draft;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      defaultValue = "4",
      description = "Tokens that --draft guesses at a time at most (${DEFAULT-VALUE}).")
  private int draftTokens;

  @Option(
      names = "--adapter",
      paramLabel = "DIR[=NAME]",
      description = "A LoRA adapter: adapter_config.json and adapter_model.safetensors, as peft"
          + " writes them.")
  private List<String> adapters = List.of();

  /// `base` with what was asked for, but for the draft model.
  EngineSettings settings(EngineSettings base) {
    return base.withContext(context).withKvBytes(kvMemory << 20).withKv(kv(kv)).withLookup(lookup);
  }

  /// @throws UserError if there is no such format
  static KvRows.Format kv(String name) {
    return switch (name) {
      case "f32" -> null;
      case "f16" -> KvRows.Format.F16;
      case "int8" -> KvRows.Format.I8;
      default -> throw new UserError("--kv", name, "f32, f16, int8", "Choose one.");
    };
  }

  /// The model with its positions stretched as asked.
  Llama stretched(Llama model) {
    if (rope == null) {
      return model;
    }
    var config = model.config();
    double factor = factor();
    if (config.ropeScaling() != null) {
      throw new UserError(
          "--rope", "a model that stretches its positions itself", "", "Give --context alone.");
    }
    var stretched =
        switch (rope.substring(0, rope.indexOf(':')).toLowerCase(Locale.ROOT)) {
          case "linear" -> config.withRope(config.ropeBase(), Rotary.Scaling.linear(factor));
          // The slowest pair turns `factor` times slower, the fastest one as before.
          case "ntk" -> {
            double power = config.headDim() / (config.headDim() - 2.0);
            yield config.withRope(config.ropeBase() * Math.pow(factor, power), null);
          }
          default -> throw wrongRope();
        };
    return new Llama(stretched, model.weights());
  }

  private double factor() {
    try {
      double factor = Double.parseDouble(rope.substring(rope.indexOf(':') + 1));
      if (rope.indexOf(':') > 0 && factor >= 1 && factor <= 1000) {
        return factor;
      }
    } catch (NumberFormatException _) {
      throw wrongRope();
    }
    throw wrongRope();
  }

  private UserError wrongRope() {
    return new UserError(
        "--rope", rope, "linear:FACTOR or ntk:FACTOR, the factor from 1 to 1000", "Correct it.");
  }

  /// The model that guesses, computed by the same threads; null for none.
  DraftModel draft(LoadedModel model, Map<String, String> environment) {
    if (draft == null) {
      return null;
    }
    var small = model.another(ModelPlace.find(draft, environment));
    return new DraftModel(small.llama(), small.tokenizer(), draftTokens);
  }

  /// The adapters by their names, checked against the model.
  Map<String, Adapter> adapters(LoadedModel model) {
    var byName = new LinkedHashMap<String, Adapter>();
    for (var given : adapters) {
      int equals = given.lastIndexOf('=');
      var dir = Path.of(equals < 0 ? given : given.substring(0, equals));
      var last = dir.toAbsolutePath().normalize().getFileName();
      var name = equals < 0 ? "" + last : given.substring(equals + 1);
      var adapter = Adapter.load(dir, model.arena());
      adapter.on(model.llama());
      if (name.isBlank() || byName.put(name, adapter) != null) {
        throw new UserError("--adapter", given, "a name of its own for each", "Add =NAME.");
      }
    }
    return byName;
  }
}
