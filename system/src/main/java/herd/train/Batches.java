package herd.train;

import java.util.List;

/// Where training data comes from. What a step sees depends on its number alone, so that a resumed
/// run sees what an uninterrupted one would have.
public interface Batches {
  /// The micro-batches whose gradients make up the step, at least one.
  /// @param step counted from 0
  List<Batch> microBatches(long step);
}
