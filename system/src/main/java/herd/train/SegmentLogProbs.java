package herd.train;

import herd.engine.model.Eager;
import herd.engine.model.Llama;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;

/// Log-probabilities of whole answers: what a preference pair needs of the reference model.
public final class SegmentLogProbs {
  private SegmentLogProbs() {}

  /// For each segment of `batch` the sum of the log-probabilities of its kept targets.
  public static double[] of(Llama model, Eager ops, Batch batch) {
    ops.reset();
    var hidden = model.forward(ops, batch.tokens(), batch.segments());
    return sums(ops.logProbs(hidden, model.head(), batch.targets()), batch.segments());
  }

  /// Sums of `column [tokens, 1]` by segment.
  static double[] sums(Tensor column, Segments segments) {
    var sums = new double[segments.count()];
    for (int s = 0; s < sums.length; s++) {
      int start = segments.start()[s];
      for (int i = 0; i < segments.length()[s]; i++) {
        sums[s] += column.get(start + i, 0);
      }
    }
    return sums;
  }
}
