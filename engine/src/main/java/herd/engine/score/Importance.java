package herd.engine.score;

import herd.engine.UserError;
import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.model.Ops;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Rotary;
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
      var ops = new Watching(eager);
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

  /// Eager operations that look at what is multiplied.
  private final class Watching implements Ops {
    private final Eager eager;

    Watching(Eager eager) {
      this.eager = eager;
    }

    @Override
    public Tensor linear(Tensor x, Weight w) {
      watch(x, w);
      return eager.linear(x, w);
    }

    @Override
    public Tensor embedding(Weight table, int[] ids) {
      return eager.embedding(table, ids);
    }

    @Override
    public Tensor norm(Tensor x, Tensor weight, double eps) {
      return eager.norm(x, weight, eps);
    }

    @Override
    public Tensor bias(Tensor x, Tensor bias) {
      return eager.bias(x, bias);
    }

    @Override
    public Tensor headNorm(Tensor x, Tensor weight, double eps) {
      return eager.headNorm(x, weight, eps);
    }

    @Override
    public Tensor rope(Tensor x, Rotary rotary, Segments segments) {
      return eager.rope(x, rotary, segments);
    }

    @Override
    public Tensor attention(
        Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer) {
      return eager.attention(q, k, v, segments, headDim, layer);
    }

    @Override
    public Tensor swiGlu(Tensor gate, Tensor up) {
      return eager.swiGlu(gate, up);
    }

    @Override
    public Tensor add(Tensor x, Tensor y) {
      return eager.add(x, y);
    }

    @Override
    public Tensor keep(Tensor x) {
      return eager.keep(x);
    }

    @Override
    public Tensor logProbs(Tensor hidden, Weight head, int[] targets) {
      return eager.logProbs(hidden, head, targets);
    }
  }
}
