package herd.engine.model;

import herd.engine.UserError;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A Llama-family transformer (Llama 3 paper, section 3.2): pre-norm RMSNorm, SwiGLU, grouped-query
/// attention with rotary positions. Its forward pass is the only definition of the model; whether
/// it infers or trains is the business of the [Ops] it is given.
public final class Llama {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String HEAD = "lm_head.weight";
  private static final String NORM = "model.norm.weight";

  /// Numbers of a random model that are drawn side by side.
  private static final int DRAWN_AT_ONCE = 1 << 18;

  /// The weights of one block; projections are `[out, in]`, norms `[1, dim]`; biases and the norms
  /// of heads are null in models without them.
  private record Layer(
      Tensor attnNorm,
      Weight q,
      Weight k,
      Weight v,
      Tensor qBias,
      Tensor kBias,
      Tensor vBias,
      Tensor qNorm,
      Tensor kNorm,
      Weight o,
      Tensor ffnNorm,
      Weight gate,
      Weight up,
      Weight down) {}

  /// A matrix's shape.
  record Shape(int rows, int cols) {
    @Override
    public String toString() {
      return rows == 1 ? "[" + cols + "]" : "[" + rows + ", " + cols + "]";
    }
  }

  private final LlamaConfig config;
  private final SequencedMap<String, Weight> weights = new LinkedHashMap<>();
  private final List<Layer> layers = new ArrayList<>();
  private final Rotary rotary;

  /// @param weights exactly the tensors of such a model under their Hugging Face names, in any
  ///     order, matrices perhaps packed; used, not copied
  /// @throws UserError if one is missing, has another shape, or does not belong to the model
  public Llama(LlamaConfig config, Map<String, ? extends Weight> weights) {
    this.config = config;
    var found = new LinkedHashMap<String, Shape>();
    weights.forEach((name, weight) -> found.put(name, new Shape(weight.rows(), weight.cols())));
    check(config, found);
    for (var name : shapes(config).keySet()) {
      var weight = weights.get(name);
      if (weight.rows() == 1 && !(weight instanceof Tensor)) {
        throw new IllegalArgumentException(name + " is packed");
      }
      this.weights.put(name, weight);
    }
    rotary = Rotary.of(config.headDim(), config.ropeBase(), config.ropeScaling());
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer("model.layers." + i + "."));
    }
  }

  /// @throws UserError if these are not exactly the tensors of such a model
  static void check(LlamaConfig config, Map<String, Shape> found) {
    var shapes = shapes(config);
    shapes.forEach((name, shape) -> {
      if (!shape.equals(found.get(name))) {
        throw new UserError(
            name,
            found.containsKey(name) ? "shape " + found.get(name) : "missing",
            "shape " + shape,
            "Compare config.json with the weights.");
      }
    });
    for (var name : found.keySet()) {
      if (!shapes.containsKey(name)) {
        throw new UserError(
            name,
            "a tensor that this model has no place for",
            "the tensors of " + config.layers() + " layers" + (config.tied() ? ", tied" : ""),
            "Compare config.json with the weights.");
      }
    }
  }

  private static SequencedMap<String, Shape> shapes(LlamaConfig c) {
    var shapes = new LinkedHashMap<String, Shape>();
    shapes.put(EMBEDDING, new Shape(c.vocab(), c.dim()));
    for (int i = 0; i < c.layers(); i++) {
      var prefix = "model.layers." + i + ".";
      shapes.put(prefix + "input_layernorm.weight", new Shape(1, c.dim()));
      shapes.put(prefix + "self_attn.q_proj.weight", new Shape(c.heads() * c.headDim(), c.dim()));
      shapes.put(prefix + "self_attn.k_proj.weight", new Shape(c.kvHeads() * c.headDim(), c.dim()));
      shapes.put(prefix + "self_attn.v_proj.weight", new Shape(c.kvHeads() * c.headDim(), c.dim()));
      if (c.family().bias()) {
        shapes.put(prefix + "self_attn.q_proj.bias", new Shape(1, c.heads() * c.headDim()));
        shapes.put(prefix + "self_attn.k_proj.bias", new Shape(1, c.kvHeads() * c.headDim()));
        shapes.put(prefix + "self_attn.v_proj.bias", new Shape(1, c.kvHeads() * c.headDim()));
      }
      if (c.family().headNorm()) {
        shapes.put(prefix + "self_attn.q_norm.weight", new Shape(1, c.headDim()));
        shapes.put(prefix + "self_attn.k_norm.weight", new Shape(1, c.headDim()));
      }
      shapes.put(prefix + "self_attn.o_proj.weight", new Shape(c.dim(), c.heads() * c.headDim()));
      shapes.put(prefix + "post_attention_layernorm.weight", new Shape(1, c.dim()));
      shapes.put(prefix + "mlp.gate_proj.weight", new Shape(c.ffnDim(), c.dim()));
      shapes.put(prefix + "mlp.up_proj.weight", new Shape(c.ffnDim(), c.dim()));
      shapes.put(prefix + "mlp.down_proj.weight", new Shape(c.dim(), c.ffnDim()));
    }
    shapes.put(NORM, new Shape(1, c.dim()));
    if (!c.tied()) {
      shapes.put(HEAD, new Shape(c.vocab(), c.dim()));
    }
    return shapes;
  }

  private Layer layer(String prefix) {
    return new Layer(
        plain(prefix + "input_layernorm.weight"),
        weights.get(prefix + "self_attn.q_proj.weight"),
        weights.get(prefix + "self_attn.k_proj.weight"),
        weights.get(prefix + "self_attn.v_proj.weight"),
        plain(prefix + "self_attn.q_proj.bias"),
        plain(prefix + "self_attn.k_proj.bias"),
        plain(prefix + "self_attn.v_proj.bias"),
        plain(prefix + "self_attn.q_norm.weight"),
        plain(prefix + "self_attn.k_norm.weight"),
        weights.get(prefix + "self_attn.o_proj.weight"),
        plain(prefix + "post_attention_layernorm.weight"),
        weights.get(prefix + "mlp.gate_proj.weight"),
        weights.get(prefix + "mlp.up_proj.weight"),
        weights.get(prefix + "mlp.down_proj.weight"));
  }

  private Tensor plain(String name) {
    return (Tensor) weights.get(name);
  }

  /// A model to be trained from scratch: norms 1, all else normal with deviation `sqrt(0.5 / dim)`,
  /// the two projections into the residual stream of each block `sqrt(2 * layers)` times less, so
  /// that the stream does not grow with depth. (A fixed 0.02 is far too little for narrow models:
  /// at a width of 192, 1.35 instead of 1.41 bits per byte after a million tokens.) The same seed
  /// gives the same numbers in every type.
  public static Llama random(Arena arena, DType type, LlamaConfig config, long seed) {
    var random = new SplittableRandom(seed);
    double deviation = Math.sqrt(0.5 / config.dim());
    var parameters = new LinkedHashMap<String, Tensor>();
    var drawn = new HashMap<Integer, float[][]>();
    shapes(config).forEach((name, shape) -> {
      var tensor = Tensor.allocate(arena, type, shape.rows(), shape.cols());
      if (isNorm(name)) {
        tensor.fill(1);
      } else {
        boolean residual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
        double scale = deviation / (residual ? Math.sqrt(2.0 * config.layers()) : 1);
        var rows = drawn.computeIfAbsent(
            shape.cols(), cols -> new float[Math.max(1, DRAWN_AT_ONCE / cols)][cols]);
        fillNormal(tensor, scale, random, rows);
      }
      parameters.put(name, tensor);
    });
    return new Llama(config, parameters);
  }

  /// Each row has a generator of its own, so that all cores draw; this thread writes, since only it
  /// may touch a confined arena.
  /// @param rows memory to draw into, used again by each tensor: a heap that grew would stay
  /// large
  private static void fillNormal(
      Tensor tensor, double deviation, SplittableRandom random, float[][] rows) {
    for (int from = 0; from < tensor.rows(); from += rows.length) {
      var seeds = random.longs(Math.min(rows.length, tensor.rows() - from)).toArray();
      IntStream.range(0, seeds.length).parallel().forEach(row -> {
        var normal = new SplittableRandom(seeds[row]);
        for (int c = 0; c < rows[row].length; c++) {
          rows[row][c] = (float) (deviation * normal.nextGaussian());
        }
      });
      for (int row = 0; row < seeds.length; row++) {
        tensor.rows(from + row, from + row + 1).copyFrom(rows[row]);
      }
    }
  }

  /// The model in directory `dir` in the Hugging Face layout: `config.json` and the weights in one
  /// file or in shards, as F32 of its own: nothing stays mapped.
  /// @throws UserError naming file, key or tensor
  public static Llama load(Path dir, Arena arena) {
    return LlamaFiles.load(dir, arena, null);
  }

  /// The shape of the model in directory `dir`, if `config.json` and the tensors fit each other. No
  /// weight is read.
  /// @throws UserError as [#load(Path, Arena)]
  public static LlamaConfig check(Path dir) {
    return LlamaFiles.check(dir);
  }

  /// The model in `dir` for inference: matrices are packed for `packer`'s kernels as they are
  /// stored, norms become F32. The files' pages are given back while they are read, and nothing
  /// stays mapped.
  /// @param packer null if all weights become F32
  /// @throws UserError naming file, key or tensor
  public static Llama load(Path dir, Arena arena, Packer packer) {
    return LlamaFiles.load(dir, arena, packer);
  }

  /// Writes `config.json` and `model.safetensors` (F32) into `dir`, each aside and then renamed.
  /// @throws UserError if `dir` cannot be written
  public void save(Path dir) {
    LlamaFiles.save(this, dir);
  }

  /// A copy of all weights in `arena`, as `type`.
  /// @throws UserError if some are packed
  public Llama copy(Arena arena, DType type) {
    var copies = new LinkedHashMap<String, Tensor>();
    parameters().forEach((name, tensor) -> {
      var copy = Tensor.allocate(arena, type, tensor.rows(), tensor.cols());
      copy.copyFrom(tensor);
      copies.put(name, copy);
    });
    return new Llama(config, copies);
  }

  private static boolean isNorm(String name) {
    return name.endsWith("norm.weight");
  }

  /// The model's shape.
  public LlamaConfig config() {
    return config;
  }

  /// All weights under their Hugging Face names, from the embedding to the head; changing their
  /// numbers changes the model. A tied head is not in it.
  /// @throws UserError if some are packed
  public SequencedMap<String, Tensor> parameters() {
    var tensors = new LinkedHashMap<String, Tensor>();
    weights.forEach((name, weight) -> tensors.put(name, plain(name, weight)));
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /// @param where for the error
  /// @throws UserError if `weight` is packed
  static Tensor plain(String where, Weight weight) {
    return switch (weight) {
      case Tensor tensor -> tensor;
      case Weight.Packed packed ->
        throw new UserError(
            where,
            "packed as " + packed.format(),
            "F32 or F64",
            "Packed weights are for inference; load the model unpacked.");
    };
  }

  /// All weights as [#parameters], packed ones too.
  public SequencedMap<String, Weight> weights() {
    return Collections.unmodifiableSequencedMap(weights);
  }

  /// The type of the numbers that the forward pass computes with.
  public DType type() {
    return plain(NORM).type();
  }

  /// Numbers in all weights; a tied head counts once.
  public long size() {
    return weights.values().stream().mapToLong(w -> (long) w.rows() * w.cols()).sum();
  }

  /// The output head `[vocab, dim]`; the embedding, if tied.
  public Weight head() {
    return weights.get(config.tied() ? EMBEDDING : HEAD);
  }

  /// Hidden states after the last norm, `[tokens, dim]`; times [#head] they are the logits.
  /// @param tokens ids of all segments, one after the other
  public Tensor forward(Ops ops, int[] tokens, Segments segments) {
    var x = ops.embedding(weights.get(EMBEDDING), tokens); // [tokens, dim]
    for (int i = 0; i < layers.size(); i++) {
      x = ops.keep(block(ops, layers.get(i), x, segments, i));
    }
    return ops.norm(x, plain(NORM), config.normEps());
  }

  /// Pre-norm block (Llama 3 paper, section 3.2): `x [tokens, dim]` plus attention plus SwiGLU.
  private Tensor block(Ops ops, Layer w, Tensor x, Segments s, int layer) {
    var h = ops.norm(x, w.attnNorm(), config.normEps()); // [tokens, dim]
    var q = heads(ops, ops.linear(h, w.q()), w.qBias(), w.qNorm()); // [tokens, heads * headDim]
    var k = heads(ops, ops.linear(h, w.k()), w.kBias(), w.kNorm()); // [tokens, kvHeads * headDim]
    var v = heads(ops, ops.linear(h, w.v()), w.vBias(), null); // [tokens, kvHeads * headDim]
    q = ops.rope(q, rotary, s);
    k = ops.rope(k, rotary, s);
    var a = ops.attention(q, k, v, s, config.headDim(), layer); // [tokens, heads * headDim]
    x = ops.add(x, ops.linear(a, w.o())); // [tokens, dim]
    var f = ops.norm(x, w.ffnNorm(), config.normEps()); // [tokens, dim]
    var g = ops.swiGlu(ops.linear(f, w.gate()), ops.linear(f, w.up())); // [tokens, ffnDim]
    return ops.add(x, ops.linear(g, w.down())); // [tokens, dim]
  }

  /// Llama leaves heads as they are; Qwen 2 adds a bias, Qwen 3 normalises each of them.
  private Tensor heads(Ops ops, Tensor x, Tensor bias, Tensor norm) {
    x = bias == null ? x : ops.bias(x, bias);
    return norm == null ? x : ops.headNorm(x, norm, config.normEps());
  }
}
