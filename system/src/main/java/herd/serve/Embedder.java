package herd.serve;

import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Vectors of texts: the mean of the hidden states after the last norm over all tokens of a text,
/// scaled to length 1. It runs beside the engine on the same kernels. Thread-safe; requests take
/// turns.
final class Embedder implements AutoCloseable {
  private static final int BATCH_TOKENS = 2048;

  private final Llama llama;
  private final Eager ops;

  Embedder(Llama llama, Kernels kernels) {
    this.llama = llama;
    this.ops = new Eager(kernels);
  }

  /// One vector `[dim]` for each text.
  /// @param texts token ids, each at least one and at most the model's context
  /// @param unwanted asked between batches: whether nobody waits for the vectors any more
  /// @return null if nobody does
  synchronized List<float[]> embed(List<int[]> texts, BooleanSupplier unwanted) {
    var out = new ArrayList<float[]>(texts.size());
    for (int from = 0; from < texts.size(); ) {
      if (unwanted.getAsBoolean()) {
        return null;
      }
      int to = from + 1;
      int tokens = texts.get(from).length;
      while (to < texts.size() && tokens + texts.get(to).length <= BATCH_TOKENS) {
        tokens += texts.get(to++).length;
      }
      batch(texts.subList(from, to), tokens, out);
      from = to;
    }
    return out;
  }

  private void batch(List<int[]> texts, int tokens, List<float[]> out) {
    var ids = new int[tokens];
    var lengths = new int[texts.size()];
    int at = 0;
    for (int s = 0; s < lengths.length; s++) {
      lengths[s] = texts.get(s).length;
      System.arraycopy(texts.get(s), 0, ids, at, lengths[s]);
      at += lengths[s];
    }
    ops.reset();
    var hidden = llama.forward(ops, ids, Segments.packed(lengths));
    int row = 0;
    for (int length : lengths) {
      var mean = new double[hidden.cols()];
      for (int r = row; r < row + length; r++) {
        for (int c = 0; c < mean.length; c++) {
          mean[c] += hidden.get(r, c);
        }
      }
      out.add(unit(mean));
      row += length;
    }
  }

  private static float[] unit(double[] sum) {
    double square = 0;
    for (double x : sum) {
      square += x * x;
    }
    double scale = square == 0 ? 0 : 1 / Math.sqrt(square);
    var unit = new float[sum.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (sum[i] * scale);
    }
    return unit;
  }

  @Override
  public synchronized void close() {
    ops.close();
  }
}
