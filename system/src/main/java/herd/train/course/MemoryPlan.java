package herd.train.course;

import herd.engine.UserError;
import herd.engine.model.LlamaConfig;
import herd.engine.model.Recompute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The memory that a training needs, told before it begins: F32 throughout.
/// @param weights bytes of the parameters
/// @param optimizer bytes of gradients and both means
/// @param activations bytes of a forward and backward pass's results and their gradients
/// @param program bytes of the program itself, the checkpoint being written, buffers of the kernels
/// @param config of the model
/// @param tokens of a forward and backward pass
/// @param step tokens of a step; where it has several passes, gradients hold the sum of the former
///     ones and lend no memory to results
/// @param options of the training
public record MemoryPlan(
    long weights,
    long optimizer,
    long activations,
    long program,
    LlamaConfig config,
    int tokens,
    int step,
    TrainOptions options) {
  private static final long FLOAT = 4;
  private static final long LOGITS = 1 << 21; // numbers of a chunk of logits, if the head is narrow
  private static final long LEAST_ROWS = 256;
  private static final long PROGRAM = 60L << 20; // a JVM, its heap and the panels of machine code
  private static final long STAGING = 64L << 20; // tensors that a checkpoint holds aside

  /// @param tokens of a step, in one pass
  public static MemoryPlan of(LlamaConfig config, int tokens, TrainOptions options) {
    return of(config, tokens, tokens, options);
  }

  /// @param tokens of a forward and backward pass
  /// @param step tokens of a step
  public static MemoryPlan of(LlamaConfig config, int tokens, int step, TrainOptions options) {
    long all = parameters(config);
    long trained =
        options.lora().rank() > 0 ? lowRank(config, options.lora()) : trained(config, options);
    long weights = FLOAT * (all + (options.lora().rank() > 0 ? trained : 0));
    long states = 3 * FLOAT * trained;
    long staging = Math.min(STAGING, states + weights);
    long numbers = numbers(config, tokens, options.recompute());
    long lent = step > tokens ? 0 : lent(config, tokens, options);
    long activations = FLOAT * (numbers - lent);
    return new MemoryPlan(
        weights, states, activations, PROGRAM + staging, config, tokens, step, options);
  }

  /// Bytes in all.
  public long bytes() {
    return weights + optimizer + activations + program;
  }

  /// By what they are for, in bytes.
  public Map<String, Long> parts() {
    var parts = new LinkedHashMap<String, Long>();
    parts.put("weights", weights);
    parts.put("optimizer", optimizer);
    parts.put("activations", activations);
    parts.put("program", program);
    return parts;
  }

  private static long block(LlamaConfig c) {
    long heads = (long) c.heads() * c.headDim();
    long kv = (long) c.kvHeads() * c.headDim();
    return c.dim() * (2 * heads + 2 * kv + 3L * c.ffnDim());
  }

  private static long parameters(LlamaConfig c) {
    long embedding = (long) c.vocab() * c.dim();
    long blocks = c.layers() * (block(c) + 2L * c.dim());
    return (c.tied() ? 1 : 2) * embedding + blocks + c.dim();
  }

  /// What is left of all parameters when whole layers or the embedding are frozen.
  private static long trained(LlamaConfig c, TrainOptions options) {
    long trained = parameters(c);
    long embedding = (long) c.vocab() * c.dim();
    for (var part : options.freeze()) {
      if ("model.embed_tokens.weight".contains(part)) {
        trained -= embedding;
      }
    }
    for (int layer = 0; layer < c.layers(); layer++) {
      if (freezes(options, layer)) {
        trained -= block(c) + 2L * c.dim();
      }
    }
    return Math.max(0, trained);
  }

  private static boolean freezes(TrainOptions options, int layer) {
    return options.freeze().stream().anyMatch(("model.layers." + layer + ".")::contains);
  }

  /// Numbers of results that lie where gradients will be: those of each block in the gradients of
  /// the one before, one after the other as long as there is room.
  private static long lent(LlamaConfig c, long tokens, TrainOptions options) {
    long lent = 0;
    for (int layer = 0; layer < c.layers(); layer++) {
      boolean trains = options.lora().rank() == 0 && !freezes(options, layer);
      long room = trains ? block(c) + 2L * c.dim() : 0;
      for (long width : widths(c, options.recompute(), layer + 1 == c.layers())) {
        if (tokens * width <= room) {
          room -= tokens * width;
          lent += tokens * width;
        }
      }
    }
    return lent;
  }

  private static long sum(long[] widths) {
    return Arrays.stream(widths).sum();
  }

  /// Numbers of each result of a block for a token that is kept, in their order.
  /// @param end not a block, but the norm behind the last
  private static long[] widths(LlamaConfig c, Recompute recompute, boolean end) {
    long dim = c.dim();
    long heads = (long) c.heads() * c.headDim();
    long kv = (long) c.kvHeads() * c.headDim();
    long ffn = c.ffnDim();
    return switch (recompute) {
      case NONE ->
        end
            ? new long[] {dim, 1}
            : new long[] {dim, 1, heads, kv, kv, heads, c.heads(), dim, dim, 1, ffn, ffn, ffn, dim};
      case SELECTIVE ->
        end ? new long[0] : new long[] {heads, kv, kv, heads, c.heads(), dim, ffn, ffn, dim};
      case FULL -> new long[0];
    };
  }

  private static long lowRank(LlamaConfig c, LowRankSettings lora) {
    long heads = (long) c.heads() * c.headDim();
    long kv = (long) c.kvHeads() * c.headDim();
    long sum = 0;
    for (var target : lora.targets()) {
      sum += switch (target) {
        case "q_proj", "o_proj" -> c.dim() + heads;
        case "k_proj", "v_proj" -> c.dim() + kv;
        default -> c.dim() + (long) c.ffnDim();
      };
    }
    return c.layers() * lora.rank() * sum;
  }

  /// Numbers that the recorded operations hold at once: results of the forward pass, those that
  /// every block uses anew, gradients of the block that is gone back over, a chunk of logits.
  private static long numbers(LlamaConfig c, long tokens, Recompute recompute) {
    long dim = c.dim();
    long heads = (long) c.heads() * c.headDim();
    long kv = (long) c.kvHeads() * c.headDim();
    long block = sum(widths(c, Recompute.NONE, false));
    long dear = sum(widths(c, Recompute.SELECTIVE, false)); // without norms and SwiGLU
    long forward =
        switch (recompute) {
          case NONE -> c.layers() * block + sum(widths(c, recompute, true)) + dim;
          case SELECTIVE -> c.layers() * dear + block - dear + dim;
          case FULL -> c.layers() * dim + block + dim;
        };
    long backward = 3L * c.ffnDim() + 2 * kv + (heads == dim ? 3 * dim : 2 * dim + 2 * heads);
    long kept = dim + dim + 3; // rows with a target, their gradients, columns
    long most = Math.max(LEAST_ROWS, LOGITS / c.vocab());
    long chunk = Math.ceilDiv(tokens, Math.max(1, Math.ceilDiv(tokens, most)));
    return tokens * (forward + backward + kept) + chunk * c.vocab();
  }

  /// To be called when the weights lie in memory already.
  /// @throws UserError if this machine has not as much, with the nearest setting that fits
  public void check() {
    check("training.tokensPerBatch");
  }

  /// As [#check()], to be called before there are weights, which may themselves be too much.
  public void checkAhead() {
    check(available(), "training.tokensPerBatch");
  }

  /// As [#check()].
  /// @param batch the setting that says how many tokens are in a pass
  public void check(String batch) {
    long available = available();
    check(available == 0 ? 0 : available + weights, batch);
  }

  /// @param available bytes, 0 if unknown
  void check(long available, String batch) {
    if (available > 0 && bytes() > available) {
      throw new UserError(
          "memory",
          words(bytes()) + " needed",
          words(available) + " at hand",
          remedy(available, batch));
    }
  }

  private String remedy(long available, String batch) {
    for (int fewer = tokens; fewer >= Math.min(tokens, 64); fewer /= 2) {
      for (var recompute : Recompute.values()) {
        var other = of(config, fewer, step, options.with(recompute));
        if (other.bytes() <= available) {
          var form = "Set training.recompute to %s%s: that needs %s.";
          var less = fewer == tokens ? "" : " and %s to %d".formatted(batch, fewer);
          var name = recompute.name().toLowerCase(Locale.ROOT);
          return form.formatted(name, less, words(other.bytes()));
        }
      }
    }
    return "No setting fits: take a smaller model, or train low-rank additions (training.lora).";
  }

  private static String words(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }

  /// Bytes that this process may still take, by the system's own count; 0 if it does not say.
  private static long available() {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }
}
