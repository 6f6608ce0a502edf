package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.Gguf;
import herd.engine.io.JsonValue;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the metadata of a GGUF file says of a model's shape, both ways, and which tensors belong
/// to it.
final class GgufShape {
  /// What the slow rotary frequencies are divided by.
  static final String ROPE_FREQS = "rope_freqs.weight";

  private static final int MOST = 1 << 30; // larger than any sensible size

  /// What Llama 3.1 and 3.2 share; GGUF keeps no trace of these three numbers but their effect.
  private static final Rotary.Scaling LLAMA3 = new Rotary.Scaling(8, 1, 4, 8192);

  /// A tensor's two names and its shape.
  /// @param heads of a query or key matrix whose rows are permuted in the file; else 0
  record Name(String gguf, String huggingFace, int rows, int cols, int heads) {
    /// Whether it is the embedding or the head.
    boolean isOuter() {
      return huggingFace.equals(Llama.EMBEDDING) || huggingFace.equals(Llama.HEAD);
    }

    /// Which of the file's rows is row `row` of a matrix: rotary pairs are neighbours there.
    int source(int row) {
      if (heads == 0) {
        return row;
      }
      int headDim = rows / heads;
      int inHead = row % headDim;
      int half = headDim / 2;
      return row - inHead + 2 * (inHead % half) + inHead / half;
    }
  }

  private final Gguf gguf;
  private final String prefix;

  private GgufShape(Gguf gguf, Family family) {
    this.gguf = gguf;
    this.prefix = family.label() + ".";
  }

  /// The shape, if the file has exactly the tensors of it.
  static LlamaConfig check(Gguf gguf) {
    var config = config(gguf);
    var known = new HashSet<String>();
    for (var name : names(config)) {
      known.add(name.gguf());
      var stored = gguf.tensors().get(name.gguf());
      long[] shape =
          name.rows() == 1 ? new long[] {name.cols()} : new long[] {name.rows(), name.cols()};
      if (stored == null || !Arrays.equals(stored.shape(), shape)) {
        throw new UserError(
            gguf.where(name.gguf()),
            stored == null ? "missing" : "shape " + Arrays.toString(stored.shape()),
            "shape " + Arrays.toString(shape),
            "The file does not fit its metadata; fetch or convert it again.");
      }
    }
    for (String name : gguf.tensors().keySet()) {
      if (!known.contains(name) && !name.equals(ROPE_FREQS)) {
        throw new UserError(
            gguf.where(name),
            "a tensor that a " + config.family().label() + " model has no place for",
            "It may be a model with other biases or experts, which are not supported.");
      }
    }
    return config;
  }

  private static LlamaConfig config(Gguf gguf) {
    var architecture = gguf.get("general.architecture");
    var family = Family.named(architecture.string());
    if (family == null) {
      throw new UserError(
          architecture.where(),
          "the architecture '" + architecture.string() + "'",
          Arrays.stream(Family.values()).map(Family::label).toList()
              + " (Mistral and SmolLM2 call themselves llama)",
          "Take a model of one of these.");
    }
    return new GgufShape(gguf, family).config(family);
  }

  private LlamaConfig config(Family family) {
    refuse("expert_count", 0L);
    refuse("rope.scaling.type", "none");
    int dim = size("embedding_length");
    int heads = size("attention.head_count");
    int headDim = find("attention.key_length").integer(2, MOST, Math.max(2, dim / heads));
    refuse("attention.value_length", (long) headDim);
    refuse("rope.dimension_count", (long) headDim);
    var embedding = gguf.tensors().get("token_embd.weight");
    if (embedding == null || embedding.shape().length != 2) {
      throw new UserError(
          gguf.where("token_embd.weight"), "missing or not a matrix", "Fetch it again.");
    }
    int vocab = (int) Math.min(MOST, embedding.shape()[0]);
    double base = find("rope.freq_base").number(10_000);
    int context = size("context_length");
    return new LlamaConfig(
        find("vocab_size").integer(1, MOST, vocab),
        dim,
        gguf.get(prefix + "block_count").integer(1, gguf.tensors().size()), // each has tensors
        heads,
        find("attention.head_count_kv").integer(1, MOST, heads),
        headDim,
        size("feed_forward_length"),
        base,
        scaling(headDim, base),
        gguf.get(prefix + "attention.layer_norm_rms_epsilon").number(),
        !gguf.tensors().containsKey("output.weight"),
        Math.min(context, find("attention.sliding_window").integer(1, MOST, context)),
        family);
  }

  private JsonValue find(String key) {
    return gguf.find(prefix + key);
  }

  private int size(String key) {
    return gguf.get(prefix + key).integer(1, MOST);
  }

  private void refuse(String key, Object allowed) {
    JsonValue value = find(key);
    if (!value.isNull() && !value.value().equals(allowed)) {
      throw value.wrong(allowed + ", or nothing");
    }
  }

  /// The scaling whose effect on each frequency is what `rope_freqs.weight` says; null without
  /// that tensor.
  private Rotary.Scaling scaling(int headDim, double base) {
    var stored = gguf.tensors().get(ROPE_FREQS);
    if (stored == null) {
      return null;
    }
    if (stored.size() != headDim / 2) {
      throw new UserError(
          stored.where(), stored.size() + " numbers", headDim / 2 + "", "Convert it again.");
    }
    float[] factors;
    try (var scratch = Arena.ofConfined()) {
      factors = Tensor.of(stored.floats(scratch), DType.F32, 1, headDim / 2).toFloats();
    }
    double most = 0;
    for (float factor : factors) {
      most = Math.max(most, factor);
    }
    var scaling = new Rotary.Scaling(most, LLAMA3.low(), LLAMA3.high(), LLAMA3.original());
    float[] expected = factors(headDim, base, scaling);
    for (int j = 0; j < factors.length; j++) {
      if (!(Math.abs(factors[j] - expected[j]) <= 1e-4 * expected[j])) {
        throw new UserError(
            stored.where(),
            "the factor " + factors[j] + " for pair " + j,
            "" + expected[j] + ", as Llama 3.1 and 3.2 stretch rotary frequencies",
            "Other ways of stretching are not supported.");
      }
    }
    return most == 1 ? null : scaling;
  }

  /// What `rope_freqs.weight` holds for a model with scaling.
  static float[] factors(LlamaConfig config) {
    return factors(config.headDim(), config.ropeBase(), config.ropeScaling());
  }

  private static float[] factors(int headDim, double base, Rotary.Scaling scaling) {
    double[] plain = Rotary.of(headDim, base, null).frequencies();
    double[] stretched = Rotary.of(headDim, base, scaling).frequencies();
    var out = new float[plain.length];
    for (int j = 0; j < out.length; j++) {
      out[j] = (float) (plain[j] / stretched[j]);
    }
    return out;
  }

  /// The metadata of a file that is about to be written.
  static Map<String, Object> metadata(
      Path file, LlamaConfig c, Encoding matrices, Map<String, Object> tokenizer) {
    var out = new LinkedHashMap<String, Object>();
    String prefix = c.family().label() + ".";
    out.put("general.architecture", c.family().label());
    out.put("general.name", file.getFileName().toString().replaceFirst("\\.gguf$", ""));
    out.put("general.file_type", fileType(matrices));
    out.put("general.quantization_version", 2);
    out.put(prefix + "context_length", c.context());
    out.put(prefix + "embedding_length", c.dim());
    out.put(prefix + "block_count", c.layers());
    out.put(prefix + "feed_forward_length", c.ffnDim());
    out.put(prefix + "attention.head_count", c.heads());
    out.put(prefix + "attention.head_count_kv", c.kvHeads());
    out.put(prefix + "attention.key_length", c.headDim());
    out.put(prefix + "attention.value_length", c.headDim());
    out.put(prefix + "attention.layer_norm_rms_epsilon", (float) c.normEps());
    out.put(prefix + "rope.freq_base", (float) c.ropeBase());
    out.put(prefix + "rope.dimension_count", c.headDim());
    out.put(prefix + "vocab_size", c.vocab());
    out.putAll(tokenizer);
    return out;
  }

  /// llama.cpp's number for a file whose matrices are mostly of this kind.
  private static int fileType(Encoding matrices) {
    return switch (matrices) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q4_K -> 15;
      case Q6_K -> 18;
      case BF16 -> 32;
      default -> throw new IllegalArgumentException("GGUF models of " + matrices);
    };
  }

  /// All tensors of such a model but `rope_freqs.weight`.
  static List<Name> names(LlamaConfig c) {
    var out = new ArrayList<Name>();
    int q = c.heads() * c.headDim();
    int kv = c.kvHeads() * c.headDim();
    int qPairs = c.family().neighbours() ? c.heads() : 0;
    int kPairs = c.family().neighbours() ? c.kvHeads() : 0;
    add(out, "token_embd.weight", Llama.EMBEDDING, c.vocab(), c.dim(), 0);
    for (int i = 0; i < c.layers(); i++) {
      String gguf = "blk." + i + ".";
      String hf = "model.layers." + i + ".";
      add(out, gguf + "attn_norm.weight", hf + "input_layernorm.weight", 1, c.dim(), 0);
      add(out, gguf + "attn_q.weight", hf + "self_attn.q_proj.weight", q, c.dim(), qPairs);
      add(out, gguf + "attn_k.weight", hf + "self_attn.k_proj.weight", kv, c.dim(), kPairs);
      add(out, gguf + "attn_v.weight", hf + "self_attn.v_proj.weight", kv, c.dim(), 0);
      if (c.family().bias()) {
        add(out, gguf + "attn_q.bias", hf + "self_attn.q_proj.bias", 1, q, 0);
        add(out, gguf + "attn_k.bias", hf + "self_attn.k_proj.bias", 1, kv, 0);
        add(out, gguf + "attn_v.bias", hf + "self_attn.v_proj.bias", 1, kv, 0);
      }
      if (c.family().headNorm()) {
        add(out, gguf + "attn_q_norm.weight", hf + "self_attn.q_norm.weight", 1, c.headDim(), 0);
        add(out, gguf + "attn_k_norm.weight", hf + "self_attn.k_norm.weight", 1, c.headDim(), 0);
      }
      add(out, gguf + "attn_output.weight", hf + "self_attn.o_proj.weight", c.dim(), q, 0);
      add(out, gguf + "ffn_norm.weight", hf + "post_attention_layernorm.weight", 1, c.dim(), 0);
      add(out, gguf + "ffn_gate.weight", hf + "mlp.gate_proj.weight", c.ffnDim(), c.dim(), 0);
      add(out, gguf + "ffn_up.weight", hf + "mlp.up_proj.weight", c.ffnDim(), c.dim(), 0);
      add(out, gguf + "ffn_down.weight", hf + "mlp.down_proj.weight", c.dim(), c.ffnDim(), 0);
    }
    add(out, "output_norm.weight", "model.norm.weight", 1, c.dim(), 0);
    if (!c.tied()) {
      add(out, "output.weight", Llama.HEAD, c.vocab(), c.dim(), 0);
    }
    return out;
  }

  private static void add(
      List<Name> to, String gguf, String huggingFace, int rows, int cols, int heads) {
    to.add(new Name(gguf, huggingFace, rows, cols, heads));
  }
}
