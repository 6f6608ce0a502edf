package herd.engine.model;

import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The gradient of each trained parameter, of its shape and type. A tied matrix is one parameter
/// and has one gradient. Parameters that are not in it are frozen.
public final class Gradients {
  private final SequencedMap<String, Tensor> byName = new LinkedHashMap<>();
  private final Map<Tensor, Tensor> byParameter = new IdentityHashMap<>();

  /// Zero gradients in `arena`.
  public Gradients(Arena arena, SequencedMap<String, Tensor> parameters) {
    parameters.forEach((name, parameter) -> {
      var gradient = Tensor.allocate(arena, parameter.type(), parameter.rows(), parameter.cols());
      byName.put(name, gradient);
      byParameter.put(parameter, gradient);
    });
  }

  /// The gradient of `parameter`, found by identity; null if it is not trained.
  public Tensor of(Tensor parameter) {
    return byParameter.get(parameter);
  }

  /// Gradients by the parameters' names, in their order.
  public SequencedMap<String, Tensor> byName() {
    return Collections.unmodifiableSequencedMap(byName);
  }

  /// Sets all to 0.
  public void zero() {
    byName.values().forEach(gradient -> gradient.fill(0));
  }

  /// The L2 norm of all gradients together, summed in double in the order of the parameters.
  public double norm(Kernels kernels) {
    double sum = 0;
    for (var gradient : byName.values()) {
      sum += kernels.sumOfSquares(gradient);
    }
    return Math.sqrt(sum);
  }
}
