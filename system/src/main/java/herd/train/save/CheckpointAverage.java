package herd.train.save;

import herd.engine.UserError;
import herd.engine.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The element-wise mean of several sets of weights (Llama 3 paper, sections 3.4.3 and 4.1.5), made
/// one set at a time so that only the sum is held in memory, in double.
public final class CheckpointAverage {
  private final SequencedMap<String, double[]> sums = new LinkedHashMap<>();
  private int count;
  private double weights;

  /// Adds one set of weights.
  /// @throws UserError if its names or shapes differ from the first one's
  public void add(Map<String, Tensor> parameters) {
    add(parameters, 1);
  }

  /// As [#add(Map)]; the set counts `weight` times.
  public void add(Map<String, Tensor> parameters, double weight) {
    weights += weight;
    if (count++ == 0) {
      parameters.forEach((name, t) -> sums.put(name, new double[Math.toIntExact(t.size())]));
    }
    if (!sums.keySet().equals(parameters.keySet())) {
      throw different("tensors " + parameters.keySet(), "tensors " + sums.keySet());
    }
    parameters.forEach((name, tensor) -> {
      var sum = sums.get(name);
      if (sum.length != tensor.size()) {
        throw different(name + " with " + tensor.size() + " numbers", sum.length + " numbers");
      }
      for (int r = 0, i = 0; r < tensor.rows(); r++) {
        for (int c = 0; c < tensor.cols(); c++) {
          sum[i++] += weight * tensor.get(r, c);
        }
      }
    });
  }

  private UserError different(String found, String allowed) {
    return new UserError(
        "checkpoint " + count + " of an average",
        found,
        allowed,
        "Average checkpoints of one model only.");
  }

  /// Writes the mean into `parameters`, which have the names and shapes of what was added.
  public void into(Map<String, Tensor> parameters) {
    parameters.forEach((name, tensor) -> {
      var sum = sums.get(name);
      for (int r = 0, i = 0; r < tensor.rows(); r++) {
        for (int c = 0; c < tensor.cols(); c++) {
          tensor.set(r, c, sum[i++] / weights);
        }
      }
    });
  }
}
