package herd.train;

import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// All that training needs to go on: what a checkpoint holds. The tensors are changed in place by
/// each step; their memory is that of whoever made them.
/// @param step steps done
/// @param skipped batches that were passed over, so that step `n` sees batch `n + skipped`
/// @param warm updates that the means had seen before the first step: those of an earlier training
///     that this one goes on from
/// @param parameters trained tensors by name
/// @param m running mean of each parameter's gradient
/// @param v running mean of its square
public record TrainState(
    long step,
    long skipped,
    long warm,
    SequencedMap<String, Tensor> parameters,
    SequencedMap<String, Tensor> m,
    SequencedMap<String, Tensor> v) {
  public TrainState {
    if (step < 0
        || skipped < 0
        || warm < 0
        || !m.keySet().equals(parameters.keySet())
        || !v.keySet().equals(m.keySet())) {
      throw new IllegalArgumentException("step " + step + ", or not the same names throughout");
    }
  }

  /// As the canonical constructor; no batches were passed over.
  public TrainState(
      long step,
      SequencedMap<String, Tensor> parameters,
      SequencedMap<String, Tensor> m,
      SequencedMap<String, Tensor> v) {
    this(step, 0, 0, parameters, m, v);
  }

  /// Before the first step: both means 0, in `arena`.
  public static TrainState start(Arena arena, SequencedMap<String, Tensor> parameters) {
    return new TrainState(0, parameters, zeros(arena, parameters), zeros(arena, parameters));
  }

  private static SequencedMap<String, Tensor> zeros(
      Arena arena, SequencedMap<String, Tensor> parameters) {
    var zeros = new LinkedHashMap<String, Tensor>();
    parameters.forEach(
        (name, p) -> zeros.put(name, Tensor.allocate(arena, p.type(), p.rows(), p.cols())));
    return zeros;
  }

  /// The same tensors after `newStep` steps.
  public TrainState at(long newStep) {
    return at(newStep, skipped);
  }

  /// The same tensors after `newStep` steps, with `nowSkipped` batches passed over.
  public TrainState at(long newStep, long nowSkipped) {
    return new TrainState(newStep, nowSkipped, warm, parameters, m, v);
  }

  /// The same with means that had seen `updates` before.
  public TrainState warm(long updates) {
    return new TrainState(step, skipped, updates, parameters, m, v);
  }
}
