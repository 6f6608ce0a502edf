package herd.engine.sample;

import java.util.Arrays;
import java.util.List;

/// The log-probabilities of one row of logits.
public final class LogProbs {
  /// A token and the natural logarithm of its probability.
  public record Likely(int id, double logProb) {}

  private final float[] logits;
  private final double logSum;
  private final int top;

  /// @param logits read later too
  /// @param top how many of the likeliest tokens will be asked for
  public LogProbs(float[] logits, int top) {
    this.logits = logits;
    this.top = Math.min(top, logits.length);
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Exponential.of((double) logit - max);
    }
    logSum = max + Math.log(sum);
  }

  /// Natural logarithm of the probability of `id`.
  public double of(int id) {
    return logits[id] - logSum;
  }

  /// The likeliest tokens, likeliest first, ties by id.
  public List<Likely> top() {
    var best = new Likely[top];
    int count = 0;
    for (int id = 0; id < logits.length && top > 0; id++) {
      double logProb = of(id);
      if (count == top && logProb <= best[top - 1].logProb()) {
        continue;
      }
      int at = count < top ? count++ : top - 1;
      for (; at > 0 && best[at - 1].logProb() < logProb; at--) {
        best[at] = best[at - 1];
      }
      best[at] = new Likely(id, logProb);
    }
    return Arrays.asList(best);
  }
}
