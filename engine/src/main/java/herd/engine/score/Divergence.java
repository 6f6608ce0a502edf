package herd.engine.score;

import herd.engine.UserError;
import herd.engine.tensor.Workers;
import java.util.Arrays;

/// How far predictions are from those that they should be: the mean Kullback-Leibler divergence of
/// the base's distributions `p` from the tested ones `q`, and how often both find the same token
/// likeliest.
///
/// The divergence is summed as `p log(p / q) - p + q`, which is the same over a whole vocabulary,
/// and never negative: where one of the two does not know of unlikely tokens, only their small
/// shares are missing.
public final class Divergence {
  /// What both find less likely than `e^-25` adds nothing.
  private static final float NEVER = -25;

  private Divergence() {}

  /// @param divergences of all predictions, in nats, rising
  /// @param sameTop how many have the same likeliest token
  /// @param logProbs sums of the logarithms of the right tokens' probabilities: tested, base
  public record Result(double[] divergences, long sameTop, double[] logProbs) {
    /// Mean divergence in nats.
    public double mean() {
      return Arrays.stream(divergences).average().orElseThrow();
    }

    /// Standard error of the mean.
    public double error() {
      double mean = mean();
      double squares =
          Arrays.stream(divergences).map(d -> (d - mean) * (d - mean)).sum();
      return Math.sqrt(squares / Math.max(1, divergences.length - 1) / divergences.length);
    }

    /// The divergence that `share` of the predictions do not exceed.
    public double quantile(double share) {
      return divergences[(int) Math.round(share * (divergences.length - 1))];
    }

    /// Share of predictions whose likeliest token is the same.
    public double agreement() {
      return (double) sameTop / divergences.length;
    }

    /// Perplexity of what was tested.
    public double perplexity() {
      return Math.exp(-logProbs[0] / divergences.length);
    }

    /// Perplexity of the base.
    public double basePerplexity() {
      return Math.exp(-logProbs[1] / divergences.length);
    }
  }

  /// @throws UserError if both do not speak of the same text, chunks and vocabulary
  public static Result of(Predictions base, Predictions tested, Workers workers) {
    if (base.vocab() != tested.vocab()) {
      throw new UserError(
          "vocabulary", tested.vocab() + " tokens", base.vocab() + " as the base", "");
    }
    if (base.context() != tested.context() || !Arrays.equals(base.ids(), tested.ids())) {
      throw new UserError(
          "text", "other tokens or chunks", "those of the base", "Take the same text and context.");
    }
    int[] ids = tested.ids();
    int context = tested.context();
    int chunks = ids.length / context;
    var all = new Sums(chunks * tested.perChunk());
    int most = Rows.together(tested);
    var p = new float[most][tested.vocab()];
    var q = new float[most][tested.vocab()];
    int last = tested.first() + tested.perChunk();
    for (int chunk = 0; chunk < chunks; chunk++) {
      for (int at = tested.first(); at < last; at += most) {
        int some = Math.min(most, last - at);
        base.logProbs(chunk, at, Arrays.copyOf(p, some));
        tested.logProbs(chunk, at, Arrays.copyOf(q, some));
        int row = chunk * tested.perChunk() + at - tested.first();
        int target = chunk * context + at + 1;
        workers.run(some, r -> all.add(row + r, ids[target + r], p[r], q[r]));
      }
    }
    return all.result();
  }

  /// What is known of each prediction; rows may be added from several threads.
  private static final class Sums {
    private final double[] divergences;
    private final boolean[] same;
    private final double[][] logProbs = new double[2][];

    Sums(int rows) {
      divergences = new double[rows];
      same = new boolean[rows];
      Arrays.setAll(logProbs, _ -> new double[rows]);
    }

    void add(int row, int target, float[] p, float[] q) {
      double sum = 0;
      int topP = 0;
      int topQ = 0;
      for (int i = 0; i < p.length; i++) {
        if ((p[i] > NEVER || q[i] > NEVER) && Float.isFinite(p[i]) && Float.isFinite(q[i])) {
          double d = (double) p[i] - q[i];
          sum += Math.exp(p[i]) * (d + Math.expm1(-d));
        }
        topP = p[i] > p[topP] ? i : topP;
        topQ = q[i] > q[topQ] ? i : topQ;
      }
      divergences[row] = sum;
      same[row] = topP == topQ;
      logProbs[0][row] = q[target];
      logProbs[1][row] = p[target];
    }

    Result result() {
      long tops = 0;
      for (boolean top : same) {
        tops += top ? 1 : 0;
      }
      Arrays.sort(divergences);
      double[] sums = {
        Arrays.stream(logProbs[0]).sum(), Arrays.stream(logProbs[1]).sum()
      };
      return new Result(divergences, tops, sums);
    }
  }
}
