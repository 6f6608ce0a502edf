package herd.engine.model;

import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The gradient of each trained parameter, of its shape and type. A tied matrix is one parameter
/// and has one gradient. Parameters that are not in it are frozen.
public final class Gradients {
  private static final long PIECE = 1 << 19; // bytes that one worker clears in some microseconds

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
  public void zero(Workers workers) {
    byName.values().forEach(gradient -> zero(gradient, workers));
  }

  /// Sets all numbers of `tensor` to 0, in pieces by the workers.
  static Tensor zero(Tensor tensor, Workers workers) {
    var data = tensor.data();
    long pieces = Math.max(1, data.byteSize() / PIECE);
    workers.run(Math.toIntExact(pieces), i -> {
      long from = i * PIECE;
      long to = i == pieces - 1 ? data.byteSize() : from + PIECE;
      data.asSlice(from, to - from).fill((byte) 0);
    });
    return tensor;
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
