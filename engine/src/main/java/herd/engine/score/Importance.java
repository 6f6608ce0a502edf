package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.model.Ops;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// How much each column of each matrix matters for a text: the mean square of what it is multiplied
/// by. The error that rounding a weight makes in the output grows with it.
public final class Importance {
  private static final int CHUNK = 512;
  private static final double LEAST = 1e-6; // of a matrix's mean: no column counts for nothing

  private final Llama model;
  private final Kernels kernels;
  private final Map<Weight, double[]> sums = new IdentityHashMap<>();

  private Importance(Llama model, Kernels kernels) {
    this.model = model;
    this.kernels = kernels;
  }

  /// @param ids a text like those that the model will be asked, without special tokens
  /// @return for each matrix under its Hugging Face name one number a column, mean 1
  /// @throws UserError if the text is empty
  public static Map<String, float[]> of(Llama model, Kernels kernels, int[] ids) {
    if (ids.length == 0) {
      throw new UserError("calibration text", "empty", "Take some pages of text.");
    }
    return new Importance(model, kernels).of(ids);
  }

  private Map<String, float[]> of(int[] ids) {
    int chunk = Math.min(CHUNK, model.config().context());
    try (var eager = new Eager(kernels)) {
      var ops = new Watching(this, eager);
      for (int from = 0; from < ids.length; from += chunk) {
        var part = Arrays.copyOfRange(ids, from, Math.min(from + chunk, ids.length));
        eager.reset();
        var hidden = model.forward(ops, part, Segments.packed(part.length));
        watch(hidden, model.head());
      }
    }
    var out = new HashMap<String, float[]>();
    model.weights().forEach((name, weight) -> {
      if (sums.containsKey(weight)) {
        out.put(name, means(sums.get(weight)));
      }
    });
    return out;
  }

  private static float[] means(double[] sums) {
    double mean = Arrays.stream(sums).average().orElseThrow();
    var out = new float[sums.length];
    for (int c = 0; c < out.length; c++) {
      out[c] = mean > 0 ? (float) Math.max(LEAST, sums[c] / mean) : 1;
    }
    return out;
  }

  private void watch(Tensor x, Weight w) {
    var sum = sums.computeIfAbsent(w, _ -> new double[x.cols()]);
    float[] values = x.toFloats();
    for (int i = 0; i < values.length; i++) {
      sum[i % sum.length] += (double) values[i] * values[i];
    }
  }

  /// Operations that look at what is multiplied.
  private record Watching(Importance importance, Ops ops) implements Ops.Through {
    @Override
    public Tensor linear(Tensor x, Weight w) {
      importance.watch(x, w);
      return ops.linear(x, w);
    }
  }
}
