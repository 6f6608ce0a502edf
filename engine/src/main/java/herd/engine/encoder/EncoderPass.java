package herd.engine.encoder;

import herd.engine.UserError;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;

/// One batch of texts through an encoder, forward and then, if asked, backward. Texts lie one after
/// the other in flat rows, so that nothing is padded; each attends to itself alone.
///
/// Letters: `tokens` of all texts together, `dim`, `ffn`; arrays are `[tokens, dim]` row by row.
public final class EncoderPass implements AutoCloseable {
  private final Encoder encoder;
  private final EncoderConfig config;
  private final Kernels kernels;
  private final Arena arena = Arena.ofShared();
  private final int[] ids;
  private final int[] starts; // of each text, and the end of the last
  private final int tokens;
  private final MemorySegment in;
  private final MemorySegment out;
  private final EncoderAttention attention;
  private final Layer[] layers;
  private final Normed embedded;
  private final float[] first; // last states of the texts' first tokens
  private final float[] bent; // tanh of the head's first product
  private final float[] logits;

  /// What a layer keeps for the way back.
  private record Layer(
      float[] x,
      float[] q,
      float[] k,
      float[] v,
      float[][] shares,
      float[] mixed,
      Normed attended,
      float[] wide,
      float[] curved,
      Normed done) {}

  /// A layer norm: results, normalised inputs, and 1 over the deviation of each row.
  private record Normed(float[] y, float[] unit, float[] inverse) {}

  /// Computes the logits of a batch, and keeps what the way back needs.
  /// @param texts token ids, each with the first and last token of the encoder's config
  /// @throws UserError if a text is empty or too long, or an id is none of the vocabulary
  public EncoderPass(Encoder encoder, Kernels kernels, int[][] texts) {
    this(encoder, kernels, texts, true);
  }

  /// The logits of each text of a batch; nothing is kept.
  /// @param texts as for [#EncoderPass(Encoder, Kernels, int[][])]
  public static float[][] logits(Encoder encoder, Kernels kernels, int[][] texts) {
    var logits = new float[texts.length][];
    try (var pass = new EncoderPass(encoder, kernels, texts, false)) {
      for (int i = 0; i < texts.length; i++) {
        logits[i] = pass.logits(i);
      }
    }
    return logits;
  }

  private EncoderPass(Encoder encoder, Kernels kernels, int[][] texts, boolean keeps) {
    this.encoder = encoder;
    this.config = encoder.config();
    this.kernels = kernels;
    starts = new int[texts.length + 1];
    for (int i = 0; i < texts.length; i++) {
      check(texts[i], i);
      starts[i + 1] = Math.addExact(starts[i], texts[i].length);
    }
    tokens = starts[texts.length];
    ids = new int[tokens];
    for (int i = 0; i < texts.length; i++) {
      System.arraycopy(texts[i], 0, ids, starts[i], texts[i].length);
    }
    long widest = 4L * tokens * Math.max(Math.max(config.dim(), config.ffnDim()), labels());
    in = arena.allocate(widest, Tensor.ALIGNMENT);
    out = arena.allocate(widest, Tensor.ALIGNMENT);
    attention = new EncoderAttention(kernels, arena, starts, config.heads(), config.dim());
    embedded = norm(embed(), "roberta.embeddings.LayerNorm");
    layers = new Layer[config.layers()];
    float[] x = embedded.y;
    for (int layer = 0; layer < layers.length; layer++) {
      var done = layer(x, Encoder.layer(layer));
      layers[layer] = keeps ? done : null;
      x = done.done.y;
    }
    int dim = config.dim();
    first = new float[texts.length * dim];
    for (int i = 0; i < texts.length; i++) {
      System.arraycopy(x, starts[i] * dim, first, i * dim, dim);
    }
    bent = linear(first, texts.length, "classifier.dense");
    for (int i = 0; i < bent.length; i++) {
      bent[i] = (float) Math.tanh(bent[i]);
    }
    logits = linear(bent, texts.length, "classifier.out_proj");
  }

  private int labels() {
    return config.labels().size();
  }

  private void check(int[] text, int number) {
    if (text.length == 0 || text.length > config.longest()) {
      throw new UserError(
          "text " + number,
          text.length + " tokens",
          "1 to " + config.longest(),
          "Cut it to what the encoder can read.");
    }
    for (int id : text) {
      if (id < 0 || id >= config.vocab()) {
        throw new UserError(
            "text " + number,
            "token " + id,
            "0 to " + (config.vocab() - 1),
            "Check the tokenizer.");
      }
    }
  }

  /// The logits of a text, one for each label.
  public float[] logits(int text) {
    return Arrays.copyOfRange(logits, text * labels(), (text + 1) * labels());
  }

  private float[] parameter(String name) {
    return encoder.parameters().get(name).toFloats();
  }

  private float[] embed() {
    int dim = config.dim();
    var words = encoder.parameters().get("roberta.embeddings.word_embeddings.weight");
    var places = encoder.parameters().get("roberta.embeddings.position_embeddings.weight");
    var type = Arrays.copyOf(parameter("roberta.embeddings.token_type_embeddings.weight"), dim);
    var x = new float[tokens * dim];
    for (int text = 0; text + 1 < starts.length; text++) {
      for (int i = starts[text]; i < starts[text + 1]; i++) {
        var word = words.rows(ids[i], ids[i] + 1).toFloats();
        int position = config.padding() + 1 + i - starts[text];
        var place = places.rows(position, position + 1).toFloats();
        for (int j = 0; j < dim; j++) {
          x[i * dim + j] = word[j] + place[j] + type[j];
        }
      }
    }
    return x;
  }

  /// A layer of the paper: attention and a feed-forward net, each added to its input and
  /// normalised afterwards.
  private Layer layer(float[] x, String at) {
    var q = linear(x, tokens, at + "attention.self.query");
    var k = linear(x, tokens, at + "attention.self.key");
    var v = linear(x, tokens, at + "attention.self.value");
    var shares = new float[starts.length - 1][];
    var mixed = attention.forward(q, k, v, shares);
    var attended = norm(
        sum(linear(mixed, tokens, at + "attention.output.dense"), x),
        at + "attention.output.LayerNorm");
    var wide = linear(attended.y, tokens, at + "intermediate.dense");
    var curved = new float[wide.length];
    for (int i = 0; i < wide.length; i++) {
      curved[i] = Gelu.value(wide[i]);
    }
    var done =
        norm(sum(linear(curved, tokens, at + "output.dense"), attended.y), at + "output.LayerNorm");
    return new Layer(x, q, k, v, shares, mixed, attended, wide, curved, done);
  }

  private static float[] sum(float[] a, float[] b) {
    for (int i = 0; i < a.length; i++) {
      a[i] += b[i];
    }
    return a;
  }

  private Tensor tensor(MemorySegment memory, int rows, int cols) {
    return Tensor.of(memory.asSlice(0, 4L * rows * cols), DType.F32, rows, cols);
  }

  /// `x wᵀ + bias`.
  private float[] linear(float[] x, int rows, String name) {
    var weight = encoder.parameters().get(name + ".weight");
    var from = tensor(in, rows, weight.cols());
    var to = tensor(out, rows, weight.rows());
    from.copyFrom(x);
    kernels.linear(to, from, weight);
    var y = to.toFloats();
    var bias = parameter(name + ".bias");
    for (int i = 0; i < y.length; i += bias.length) {
      for (int j = 0; j < bias.length; j++) {
        y[i + j] += bias[j];
      }
    }
    return y;
  }

  private Normed norm(float[] x, String name) {
    int dim = config.dim();
    var weight = parameter(name + ".weight");
    var bias = parameter(name + ".bias");
    var y = new float[x.length];
    var unit = new float[x.length];
    var inverse = new float[x.length / dim];
    for (int row = 0; row < inverse.length; row++) {
      double mean = 0;
      double squares = 0;
      for (int j = row * dim; j < (row + 1) * dim; j++) {
        mean += x[j];
      }
      mean /= dim;
      for (int j = row * dim; j < (row + 1) * dim; j++) {
        squares += (x[j] - mean) * (x[j] - mean);
      }
      inverse[row] = (float) (1 / Math.sqrt(squares / dim + config.eps()));
      for (int j = 0; j < dim; j++) {
        unit[row * dim + j] = (float) ((x[row * dim + j] - mean) * inverse[row]);
        y[row * dim + j] = unit[row * dim + j] * weight[j] + bias[j];
      }
    }
    return new Normed(y, unit, inverse);
  }

  /// Cross-entropy of the right labels, the mean over the texts, and its gradients.
  /// @param right number of each text's label
  /// @param gradients by the parameters' names, to which the gradients are added
  public double backward(int[] right, Map<String, Tensor> gradients) {
    int labels = labels();
    var dlogits = new float[logits.length];
    double loss = 0;
    for (int text = 0; text < right.length; text++) {
      double most = Double.NEGATIVE_INFINITY;
      double sum = 0;
      for (int j = 0; j < labels; j++) {
        most = Math.max(most, logits[text * labels + j]);
      }
      for (int j = 0; j < labels; j++) {
        sum += Math.exp(logits[text * labels + j] - most);
      }
      for (int j = 0; j < labels; j++) {
        double share = Math.exp(logits[text * labels + j] - most) / sum;
        dlogits[text * labels + j] = (float) ((share - (j == right[text] ? 1 : 0)) / right.length);
      }
      loss -= logits[text * labels + right[text]] - most - Math.log(sum);
    }
    backward(dlogits, gradients);
    return loss / right.length;
  }

  private void backward(float[] dlogits, Map<String, Tensor> gradients) {
    int dim = config.dim();
    int texts = starts.length - 1;
    var dbent = linearBack(dlogits, bent, texts, "classifier.out_proj", gradients);
    for (int i = 0; i < dbent.length; i++) {
      dbent[i] *= 1 - bent[i] * bent[i];
    }
    var dfirst = linearBack(dbent, first, texts, "classifier.dense", gradients);
    var dx = new float[tokens * dim];
    for (int text = 0; text < texts; text++) {
      System.arraycopy(dfirst, text * dim, dx, starts[text] * dim, dim);
    }
    for (int layer = layers.length - 1; layer >= 0; layer--) {
      dx = layerBack(dx, layers[layer], Encoder.layer(layer), gradients);
    }
    dx = normBack(dx, embedded, "roberta.embeddings.LayerNorm", gradients);
    embedBack(dx, gradients);
  }

  private float[] layerBack(float[] dy, Layer layer, String at, Map<String, Tensor> gradients) {
    var dsum = normBack(dy, layer.done, at + "output.LayerNorm", gradients);
    var dwide = linearBack(dsum, layer.curved, tokens, at + "output.dense", gradients);
    for (int i = 0; i < dwide.length; i++) {
      dwide[i] *= Gelu.slope(layer.wide[i]);
    }
    var dattended = sum(
        linearBack(dwide, layer.attended.y, tokens, at + "intermediate.dense", gradients), dsum);
    var dinner = normBack(dattended, layer.attended, at + "attention.output.LayerNorm", gradients);
    var dmixed = linearBack(dinner, layer.mixed, tokens, at + "attention.output.dense", gradients);
    var back = EncoderAttention.backward(
        dmixed, layer.q, layer.k, layer.v, starts, config.heads(), config.dim(), layer.shares);
    var dx =
        sum(linearBack(back.dq(), layer.x, tokens, at + "attention.self.query", gradients), dinner);
    sum(dx, linearBack(back.dk(), layer.x, tokens, at + "attention.self.key", gradients));
    return sum(dx, linearBack(back.dv(), layer.x, tokens, at + "attention.self.value", gradients));
  }

  /// Adds to the gradients of weight and bias.
  /// @return the gradient of `x`
  private float[] linearBack(
      float[] dy, float[] x, int rows, String name, Map<String, Tensor> gradients) {
    var weight = encoder.parameters().get(name + ".weight");
    var dyTensor = tensor(out, rows, weight.rows());
    var xTensor = tensor(in, rows, weight.cols());
    dyTensor.copyFrom(dy);
    xTensor.copyFrom(x);
    kernels.linearBackwardWeight(gradients.get(name + ".weight"), dyTensor, xTensor, true);
    addRows(dy, gradients.get(name + ".bias"));
    xTensor.fill(0);
    kernels.linearBackwardInput(xTensor, dyTensor, weight);
    return xTensor.toFloats();
  }

  /// Adds the sum of all rows to a gradient.
  private static void addRows(float[] rows, Tensor gradient) {
    var sums = gradient.toFloats();
    for (int i = 0; i < rows.length; i += sums.length) {
      for (int j = 0; j < sums.length; j++) {
        sums[j] += rows[i + j];
      }
    }
    gradient.copyFrom(sums);
  }

  private float[] normBack(float[] dy, Normed norm, String name, Map<String, Tensor> gradients) {
    int dim = config.dim();
    var weight = parameter(name + ".weight");
    var scaled = new float[dy.length];
    for (int i = 0; i < dy.length; i++) {
      scaled[i] = dy[i] * norm.unit[i];
    }
    addRows(scaled, gradients.get(name + ".weight"));
    addRows(dy, gradients.get(name + ".bias"));
    var dx = new float[dy.length];
    for (int row = 0; row < norm.inverse.length; row++) {
      double mean = 0;
      double along = 0;
      for (int j = 0; j < dim; j++) {
        double d = dy[row * dim + j] * weight[j];
        mean += d;
        along += d * norm.unit[row * dim + j];
      }
      for (int j = 0; j < dim; j++) {
        int i = row * dim + j;
        dx[i] = (float)
            (norm.inverse[row] * (dy[i] * weight[j] - mean / dim - norm.unit[i] * along / dim));
      }
    }
    return dx;
  }

  private void embedBack(float[] dx, Map<String, Tensor> gradients) {
    int dim = config.dim();
    var words = gradients.get("roberta.embeddings.word_embeddings.weight");
    var places = gradients.get("roberta.embeddings.position_embeddings.weight");
    addRows(dx, gradients.get("roberta.embeddings.token_type_embeddings.weight").rows(0, 1));
    for (int text = 0; text + 1 < starts.length; text++) {
      for (int i = starts[text]; i < starts[text + 1]; i++) {
        var row = Arrays.copyOfRange(dx, i * dim, (i + 1) * dim);
        int position = config.padding() + 1 + i - starts[text];
        addRows(row, places.rows(position, position + 1));
        addRows(row, words.rows(ids[i], ids[i] + 1));
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
