package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What a model says of a text, each chunk computed from an empty cache.
public final class ModelPredictions implements Predictions {
  private final Llama model;
  private final Kernels kernels;
  private final int[] ids;
  private final int context;
  private final int begin;
  private final Eager ops;
  private Tensor hidden;
  private int computed = -1;

  /// @param ids the text, without special tokens; what does not fill a chunk is left out
  /// @param context tokens of a chunk
  /// @param begin put in place of each chunk's first token, as llama.cpp does; -1 for none
  /// @throws UserError if the text does not fill one chunk, or a chunk not the model's context
  public ModelPredictions(Llama model, Kernels kernels, int[] ids, int context, int begin) {
    int most = model.config().context();
    if (context < 4 || context > most) {
      throw new UserError("context", "" + context, "4 to " + most, "Choose another.");
    }
    if (ids.length < context) {
      throw new UserError(
          "text", ids.length + " tokens", context + " or more", "Take a longer one.");
    }
    this.model = model;
    this.kernels = kernels;
    this.ids = Arrays.copyOf(ids, ids.length / context * context);
    this.context = context;
    this.begin = begin;
    this.ops = new Eager(kernels);
  }

  @Override
  public int[] ids() {
    return ids;
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public int vocab() {
    return model.config().vocab();
  }

  @Override
  public void logProbs(int chunk, int first, float[][] out) {
    if (chunk != computed) {
      var tokens = Arrays.copyOfRange(ids, chunk * context, (chunk + 1) * context);
      tokens[0] = begin < 0 ? tokens[0] : begin;
      ops.reset();
      hidden = model.forward(ops, tokens, Segments.packed(context));
      computed = chunk;
    }
    hidden = ops.keep(hidden);
    var rows = IntStream.range(first, first + out.length).toArray();
    var logits = ops.linear(ops.embedding(hidden, rows), model.head()); // [rows, vocab]
    kernels.workers().run(rows.length, r -> {
      var row = logits.rows(r, r + 1).toFloats();
      System.arraycopy(row, 0, out[r], 0, row.length);
      normalise(out[r]);
    });
  }

  /// Logits to log-probabilities.
  static void normalise(float[] row) {
    float most = Float.NEGATIVE_INFINITY;
    for (float logit : row) {
      most = Math.max(most, logit);
    }
    double sum = 0;
    for (float logit : row) {
      sum += Math.exp(logit - most);
    }
    double shift = most + Math.log(sum);
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (row[i] - shift);
    }
  }

  @Override
  public void close() {
    ops.close();
  }
}
