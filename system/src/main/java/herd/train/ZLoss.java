package herd.train;

import herd.engine.model.Recorded;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.IntStream;

/// A penalty on the logarithm of the softmax's denominator, which keeps logits from drifting (PaLM,
/// section 5): `weight` times its square for each target.
/// @param weight 1e-4 is usual
record ZLoss(double weight) {
  /// Log-probabilities of the kept targets, 0 elsewhere, and the penalty.
  record Value(double[] logProbs, double penalty) {}

  /// Cross-entropy and penalty, forward and backward, up to the hidden states.
  /// @param each of the targets counts so much
  Value forwardBackward(Recorded ops, Tensor hidden, Weight head, int[] targets, double each) {
    var rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
    var logProbs = new double[targets.length];
    var penalties = new double[rows.length];
    var arena = Arena.ofAuto();
    ops.overLogits(hidden, head, rows, (logits, from, to) -> {
      int[] some = IntStream.range(from, to).map(i -> targets[rows[i]]).toArray();
      var found = Tensor.allocate(arena, logits.type(), some.length, 1);
      ops.kernels().logProbs(found, logits, some);
      for (int i = 0; i < some.length; i++) {
        logProbs[rows[from + i]] = found.get(i, 0);
      }
      backward(ops.kernels(), logits, some, found, each, penalties, from);
    });
    return new Value(logProbs, Arrays.stream(penalties).sum());
  }

  /// With `s` the logarithm of the denominator the penalty's slope is `2 weight s softmax`: that of
  /// the log-probability with another coefficient, and one number at the target.
  /// @param found log-probabilities, which become coefficients
  private void backward(
      Kernels kernels,
      Tensor logits,
      int[] targets,
      Tensor found,
      double each,
      double[] penalties,
      int from) {
    var extra = new double[targets.length];
    for (int i = 0; i < targets.length; i++) {
      double logSum = logits.get(i, targets[i]) - found.get(i, 0);
      penalties[from + i] = each * weight * logSum * logSum;
      extra[i] = 2 * each * weight * logSum;
      found.set(i, 0, -each - extra[i]);
    }
    kernels.logProbsBackward(logits, targets, found);
    for (int i = 0; i < targets.length; i++) {
      logits.set(i, targets[i], logits.get(i, targets[i]) + extra[i]);
    }
  }
}
