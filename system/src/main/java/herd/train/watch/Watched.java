package herd.train.watch;

import herd.engine.model.Llama;
import herd.engine.model.Ops;
import herd.engine.tensor.DType;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Operations that look at each of their results: its size, its largest number, and whether all of
/// them are numbers.
public final class Watched implements Ops {
  private final Ops ops;
  private final Map<Weight, String> names = new IdentityHashMap<>();
  private final List<Seen> seen = new ArrayList<>();
  private String last = "";

  /// One result.
  /// @param where the operation, by the name of its weight
  /// @param rms root of the mean square, over the finite numbers
  /// @param most the largest absolute value of these
  /// @param finite whether all are finite
  public record Seen(String where, double rms, double most, boolean finite) {}

  /// @param ops that compute
  /// @param model whose weights name the operations
  public Watched(Ops ops, Llama model) {
    this.ops = ops;
    model
        .weights()
        .forEach((name, weight) -> names.put(weight, name.replaceFirst("[.]weight$", "")));
  }

  /// All results since the beginning, in order.
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  static Seen look(String where, Tensor x) {
    var data = x.data();
    double sum = 0;
    double most = 0;
    long bad = 0;
    for (long i = 0; i < x.size(); i++) {
      double value = x.type() == DType.F32
          ? data.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i)
          : data.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
      if (Double.isFinite(value)) {
        sum += value * value;
        most = Math.max(most, Math.abs(value));
      } else {
        bad++;
      }
    }
    return new Seen(where, Math.sqrt(sum / Math.max(1, x.size() - bad)), most, bad == 0);
  }

  private Tensor look(Tensor x, Weight weight) {
    last = names.getOrDefault(weight, last);
    return watch(x, last);
  }

  private Tensor watch(Tensor x, String where) {
    seen.add(look(where, x));
    return x;
  }

  @Override
  public Tensor embedding(Weight table, int[] ids) {
    return look(ops.embedding(table, ids), table);
  }

  @Override
  public Tensor norm(Tensor x, Tensor weight, double eps) {
    return look(ops.norm(x, weight, eps), weight);
  }

  @Override
  public Tensor linear(Tensor x, Weight w) {
    return look(ops.linear(x, w), w);
  }

  @Override
  public Tensor bias(Tensor x, Tensor bias) {
    return look(ops.bias(x, bias), bias);
  }

  @Override
  public Tensor headNorm(Tensor x, Tensor weight, double eps) {
    return look(ops.headNorm(x, weight, eps), weight);
  }

  @Override
  public Tensor rope(Tensor x, Rotary rotary, Segments segments) {
    return ops.rope(x, rotary, segments);
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer) {
    var y = ops.attention(q, k, v, segments, headDim, layer);
    return watch(y, "model.layers.%d.self_attn".formatted(layer));
  }

  @Override
  public Tensor swiGlu(Tensor gate, Tensor up) {
    return watch(ops.swiGlu(gate, up), last.replaceFirst("[.][a-z]+_proj$", ".swiglu"));
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    return watch(ops.add(x, y), "sum after " + last);
  }

  @Override
  public Tensor keep(Tensor x) {
    return ops.keep(x);
  }

  @Override
  public Tensor logProbs(Tensor hidden, Weight head, int[] targets) {
    return watch(ops.logProbs(hidden, head, targets), "log-probabilities");
  }
}
