package herd.engine.model;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.Gguf;
import herd.engine.io.JsonValue;
import herd.engine.io.StoredTensor;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;

/// Models in GGUF files, as llama.cpp reads and writes them: other tensor names, and the rows of
/// query and key heads in another order, for there rotary pairs are neighbours, where here they
/// lie half a head apart.
public final class GgufModel {
  private static final int MOST = 1 << 30; // larger than any sensible size
  private static final String ROPE_FREQS = "rope_freqs.weight";

  /// What Llama 3.1 and 3.2 share; GGUF keeps no trace of these three numbers but their effect.
  private static final Rotary.Scaling LLAMA3 = new Rotary.Scaling(8, 1, 4, 8192);

  /// A tensor's two names and its shape.
  /// @param heads of a query or key matrix, whose rows are permuted; else 0
  private record Name(String gguf, String huggingFace, int rows, int cols, int heads) {}

  private GgufModel() {}

  /// Reads the model as F32 weights in `arena`.
  /// @throws UserError naming file and tensor or key, also for other architectures and for what
  /// they would need
  public static Llama load(Path file, Arena arena) {
    try (var mapped = Arena.ofShared()) {
      return load(Gguf.read(file, mapped), (stored, name) -> plain(stored, name, arena));
    }
  }

  /// Reads the model for inference: matrices stay in their blocks, packed for `packer`'s kernels,
  /// where there are kernels for their format; the others become F32. The file's pages are given
  /// back while it is read.
  /// @throws UserError as [#load(Path, Arena)]
  public static Llama load(Path file, Arena arena, Packer packer) {
    try (var mapped = Arena.ofShared()) {
      return load(Gguf.read(file, mapped), (stored, name) -> {
        var packed = name.rows == 1
            ? null
            : packer.pack(stored, name.rows, name.cols, row -> source(name, row), arena);
        return packed != null ? packed : plain(stored, name, arena);
      });
    }
  }

  private static Llama load(Gguf gguf, BiFunction<StoredTensor, Name, Weight> weights) {
    var config = config(gguf);
    var found = new LinkedHashMap<String, Weight>();
    for (var name : names(config)) {
      var stored = gguf.tensors().get(name.gguf);
      var shape = name.rows == 1 ? new long[] {name.cols} : new long[] {name.rows, name.cols};
      if (stored == null || !Arrays.equals(stored.shape(), shape)) {
        throw new UserError(
            gguf.file() + ", tensor '" + name.gguf + "'",
            stored == null ? "missing" : "shape " + Arrays.toString(stored.shape()),
            "shape " + Arrays.toString(shape),
            "The file does not fit its metadata; fetch or convert it again.");
      }
      found.put(name.huggingFace, weights.apply(stored, name));
    }
    var known = names(config).stream().map(Name::gguf).toList();
    for (String name : gguf.tensors().keySet()) {
      if (!known.contains(name) && !name.equals(ROPE_FREQS)) {
        throw new UserError(
            gguf.file() + ", tensor '" + name + "'",
            "a tensor that this model has no place for",
            "It may be a model with biases or experts, which are not supported.");
      }
    }
    return new Llama(config, found);
  }

  private static Tensor plain(StoredTensor stored, Name name, Arena arena) {
    var tensor = Tensor.allocate(arena, DType.F32, name.rows, name.cols);
    if (name.heads == 0) {
      stored.floats(tensor.data());
      return tensor;
    }
    try (var scratch = Arena.ofConfined()) {
      var neighbours = Tensor.allocate(scratch, DType.F32, name.rows, name.cols);
      stored.floats(neighbours.data());
      permute(neighbours, tensor, name.heads, false);
    }
    return tensor;
  }

  /// Which of the file's rows is row `row` of a matrix: rotary pairs are neighbours there.
  private static int source(Name name, int row) {
    if (name.heads == 0) {
      return row;
    }
    int headDim = name.rows / name.heads;
    int inHead = row % headDim;
    int half = headDim / 2;
    return row - inHead + 2 * (inHead % half) + inHead / half;
  }

  private static LlamaConfig config(Gguf gguf) {
    var architecture = gguf.get("general.architecture");
    if (!architecture.string().equals("llama")) {
      throw architecture.wrong("llama");
    }
    refuse(gguf, "llama.expert_count", 0L);
    refuse(gguf, "llama.rope.scaling.type", "none");
    int dim = size(gguf, "llama.embedding_length");
    int heads = size(gguf, "llama.attention.head_count");
    int headDim = gguf.find("llama.attention.key_length").integer(2, MOST, dim / heads);
    refuse(gguf, "llama.attention.value_length", (long) headDim);
    refuse(gguf, "llama.rope.dimension_count", (long) headDim);
    var embedding = gguf.tensors().get("token_embd.weight");
    if (embedding == null || embedding.shape().length != 2) {
      throw new UserError(
          gguf.file() + ", tensor 'token_embd.weight'",
          "missing or not a matrix",
          "Fetch it again.");
    }
    int vocab = (int) Math.min(MOST, embedding.shape()[0]);
    double base = gguf.find("llama.rope.freq_base").number(10_000);
    return new LlamaConfig(
        gguf.find("llama.vocab_size").integer(1, MOST, vocab),
        dim,
        size(gguf, "llama.block_count"),
        heads,
        gguf.find("llama.attention.head_count_kv").integer(1, MOST, heads),
        headDim,
        size(gguf, "llama.feed_forward_length"),
        base,
        scaling(gguf, headDim, base),
        gguf.get("llama.attention.layer_norm_rms_epsilon").number(),
        !gguf.tensors().containsKey("output.weight"),
        size(gguf, "llama.context_length"));
  }

  private static int size(Gguf gguf, String key) {
    return gguf.get(key).integer(1, MOST);
  }

  private static void refuse(Gguf gguf, String key, Object allowed) {
    JsonValue value = gguf.find(key);
    if (!value.isNull() && !value.value().equals(allowed)) {
      throw value.wrong(allowed + ", or nothing");
    }
  }

  /// The scaling whose effect on each frequency is what `rope_freqs.weight` says; null without
  /// that tensor.
  private static Rotary.Scaling scaling(Gguf gguf, int headDim, double base) {
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

  private static float[] factors(int headDim, double base, Rotary.Scaling scaling) {
    double[] plain = Rotary.of(headDim, base, null).frequencies();
    double[] stretched = Rotary.of(headDim, base, scaling).frequencies();
    var out = new float[plain.length];
    for (int j = 0; j < out.length; j++) {
      out[j] = (float) (plain[j] / stretched[j]);
    }
    return out;
  }

  /// Writes the model: norms as F32, matrices as `matrices`, or as F16 where their rows are not
  /// whole blocks of it.
  /// @param tokenizer metadata of the tokenizer, as the text room makes it
  /// @throws UserError if the file cannot be written
  public static void save(
      Path file, Llama model, Encoding matrices, Map<String, Object> tokenizer) {
    var config = model.config();
    var tensors = new ArrayList<StoredTensor>();
    try (var arena = Arena.ofShared()) {
      if (config.ropeScaling() != null) {
        var factors = factors(config.headDim(), config.ropeBase(), config.ropeScaling());
        var tensor = Tensor.of(arena, factors);
        tensors.add(stored(ROPE_FREQS, tensor, Encoding.F32, arena));
      }
      for (var name : names(config)) {
        var tensor = model.parameters().get(name.huggingFace);
        boolean blocks = name.cols % matrices.blockValues() == 0;
        var encoding = name.rows == 1 ? Encoding.F32 : blocks ? matrices : Encoding.F16;
        try (var scratch = Arena.ofConfined()) {
          var floats = Tensor.allocate(scratch, DType.F32, name.rows, name.cols);
          if (name.heads == 0) {
            floats.copyFrom(tensor);
          } else {
            var plain = Tensor.allocate(scratch, DType.F32, name.rows, name.cols);
            plain.copyFrom(tensor);
            permute(plain, floats, name.heads, true);
          }
          tensors.add(stored(name.gguf, floats, encoding, arena));
        }
      }
      Gguf.write(file, metadata(file, config, matrices, tokenizer), tensors);
    }
  }

  /// Writes a model of random weights, for measurements: norms 1, matrices repeat the same million
  /// normal numbers.
  /// @param embedding how the embedding and the head are stored
  /// @throws UserError if the file cannot be written
  public static void random(
      Path file,
      LlamaConfig config,
      Encoding matrices,
      Encoding embedding,
      Map<String, Object> tokenizer) {
    try (var arena = Arena.ofShared()) {
      var tensors = new ArrayList<StoredTensor>();
      if (config.ropeScaling() != null) {
        var factors = factors(config.headDim(), config.ropeBase(), config.ropeScaling());
        tensors.add(stored(ROPE_FREQS, Tensor.of(arena, factors), Encoding.F32, arena));
      }
      for (var name : names(config)) {
        if (name.rows == 1) {
          var norm = Tensor.allocate(arena, DType.F32, 1, name.cols).fill(1);
          tensors.add(stored(name.gguf, norm, Encoding.F32, arena));
        } else {
          boolean outer = name.rows == config.vocab();
          tensors.add(noise(name, outer ? embedding : matrices, config.dim(), arena));
        }
      }
      Gguf.write(file, metadata(file, config, matrices, tokenizer), tensors);
    }
  }

  private static StoredTensor noise(Name name, Encoding encoding, int dim, Arena arena) {
    int values = 1 << 20;
    var random = new Random(name.gguf.hashCode());
    var floats = Tensor.allocate(arena, DType.F32, 1, values);
    for (int i = 0; i < values; i++) {
      floats.set(0, i, random.nextGaussian() * Math.sqrt(0.5 / dim));
    }
    var piece = arena.allocate(encoding.bytes(values), Tensor.ALIGNMENT);
    encoding.encode(floats.data(), piece);
    long size = encoding.bytes((long) name.rows * name.cols);
    var data = arena.allocate(size, Tensor.ALIGNMENT);
    for (long at = 0; at < size; at += piece.byteSize()) {
      long count = Math.min(piece.byteSize(), size - at);
      MemorySegment.copy(piece, 0, data, at, count);
    }
    return new StoredTensor(name.gguf, encoding, new long[] {name.rows, name.cols}, data);
  }

  private static StoredTensor stored(String name, Tensor tensor, Encoding encoding, Arena arena) {
    var data = arena.allocate(encoding.bytes(tensor.size()), Tensor.ALIGNMENT);
    encoding.encode(tensor.data(), data);
    long[] shape =
        tensor.rows() == 1 ? new long[] {tensor.cols()} : new long[] {tensor.rows(), tensor.cols()};
    return new StoredTensor(name, encoding, shape, data);
  }

  private static Map<String, Object> metadata(
      Path file, LlamaConfig c, Encoding matrices, Map<String, Object> tokenizer) {
    var out = new LinkedHashMap<String, Object>();
    out.put("general.architecture", "llama");
    out.put("general.name", file.getFileName().toString().replaceFirst("\\.gguf$", ""));
    out.put("general.file_type", fileType(matrices));
    out.put("general.quantization_version", 2);
    out.put("llama.context_length", c.context());
    out.put("llama.embedding_length", c.dim());
    out.put("llama.block_count", c.layers());
    out.put("llama.feed_forward_length", c.ffnDim());
    out.put("llama.attention.head_count", c.heads());
    out.put("llama.attention.head_count_kv", c.kvHeads());
    out.put("llama.attention.key_length", c.headDim());
    out.put("llama.attention.value_length", c.headDim());
    out.put("llama.attention.layer_norm_rms_epsilon", (float) c.normEps());
    out.put("llama.rope.freq_base", (float) c.ropeBase());
    out.put("llama.rope.dimension_count", c.headDim());
    out.put("llama.vocab_size", c.vocab());
    out.putAll(tokenizer);
    return out;
  }

  /// llama.cpp's number for a file whose matrices are mostly of this kind.
  private static int fileType(Encoding matrices) {
    return switch (matrices) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q8_0 -> 7;
      case BF16 -> 32;
      default -> throw new IllegalArgumentException("GGUF models of " + matrices);
    };
  }

  /// Moves the rows of each head: `toNeighbours` brings row `j` of its first half and row `j` of
  /// its second half next to each other, the other way takes them apart.
  private static void permute(Tensor from, Tensor to, int heads, boolean toNeighbours) {
    int headDim = from.rows() / heads;
    for (int h = 0; h < heads; h++) {
      for (int j = 0; j < headDim / 2; j++) {
        for (int half = 0; half < 2; half++) {
          int apart = h * headDim + half * headDim / 2 + j;
          int near = h * headDim + 2 * j + half;
          int source = toNeighbours ? apart : near;
          int target = toNeighbours ? near : apart;
          to.rows(target, target + 1).copyFrom(from.rows(source, source + 1));
        }
      }
    }
  }

  private static List<Name> names(LlamaConfig c) {
    var out = new ArrayList<Name>();
    int q = c.heads() * c.headDim();
    int kv = c.kvHeads() * c.headDim();
    out.add(new Name("token_embd.weight", "model.embed_tokens.weight", c.vocab(), c.dim(), 0));
    for (int i = 0; i < c.layers(); i++) {
      String gguf = "blk." + i + ".";
      String hf = "model.layers." + i + ".";
      out.add(new Name(gguf + "attn_norm.weight", hf + "input_layernorm.weight", 1, c.dim(), 0));
      out.add(
          new Name(gguf + "attn_q.weight", hf + "self_attn.q_proj.weight", q, c.dim(), c.heads()));
      out.add(new Name(
          gguf + "attn_k.weight", hf + "self_attn.k_proj.weight", kv, c.dim(), c.kvHeads()));
      out.add(new Name(gguf + "attn_v.weight", hf + "self_attn.v_proj.weight", kv, c.dim(), 0));
      out.add(new Name(gguf + "attn_output.weight", hf + "self_attn.o_proj.weight", c.dim(), q, 0));
      out.add(new Name(
          gguf + "ffn_norm.weight", hf + "post_attention_layernorm.weight", 1, c.dim(), 0));
      out.add(
          new Name(gguf + "ffn_gate.weight", hf + "mlp.gate_proj.weight", c.ffnDim(), c.dim(), 0));
      out.add(new Name(gguf + "ffn_up.weight", hf + "mlp.up_proj.weight", c.ffnDim(), c.dim(), 0));
      out.add(
          new Name(gguf + "ffn_down.weight", hf + "mlp.down_proj.weight", c.dim(), c.ffnDim(), 0));
    }
    out.add(new Name("output_norm.weight", "model.norm.weight", 1, c.dim(), 0));
    if (!c.tied()) {
      out.add(new Name("output.weight", "lm_head.weight", c.vocab(), c.dim(), 0));
    }
    return out;
  }
}
