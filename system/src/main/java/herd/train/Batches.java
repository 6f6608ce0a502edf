package herd.train;

import java.util.List;

/// Where training data comes from. What a step sees depends on its number alone, so that a resumed
/// run sees what an uninterrupted one would have.
public interface Batches {
  /// The micro-batches whose gradients make up the step, at least one.
  /// @param step counted from 0
  List<Batch> microBatches(long step);

  /// The part of every step that one of several ranks works on: neighbours among the
  /// micro-batches, none where there are fewer than ranks. The order of batches is that of the
  /// whole run, whatever the number of ranks: they share what one would do alone, and a run may
  /// go on with another number of them.
  /// @param rank counted from 0
  default Batches slice(int rank, int ranks) {
    if (rank < 0 || rank >= ranks) {
      throw new IllegalArgumentException("rank " + rank + " of " + ranks);
    }
    return step -> {
      var all = microBatches(step);
      long n = all.size();
      return all.subList((int) (n * rank / ranks), (int) (n * (rank + 1) / ranks));
    };
  }
}
