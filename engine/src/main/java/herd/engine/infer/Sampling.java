package herd.engine.infer;

import herd.engine.UserError;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// How the next token is chosen from the logits: temperature, then top-k, then top-p.
/// @param temperature divides the logits; 0 takes the most likely token
/// @param topK how many of the most likely tokens stay, 0 for all
/// @param topP the most likely tokens that together reach this probability stay, 1 for all
/// @param seed of the choices; each sequence of a batch draws its own
/// @param maxTokens tokens at most in an answer
/// @param stopIds tokens that end an answer; they are not part of it
public record Sampling(
    double temperature, int topK, double topP, long seed, int maxTokens, int... stopIds) {
  public Sampling {
    if (!(temperature >= 0) || !(temperature <= 100)) {
      throw new UserError("temperature", "" + temperature, "0 to 100", "0 is the most likely.");
    }
    if (topK < 0) {
      throw new UserError("topK", "" + topK, "0 (all) or more", "Correct it.");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new UserError("topP", "" + topP, "more than 0, at most 1", "1 keeps all tokens.");
    }
    if (maxTokens < 1) {
      throw new UserError("maxTokens", "" + maxTokens, "1 or more", "Correct it.");
    }
    stopIds = stopIds.clone();
  }

  /// The most likely token, always.
  public static Sampling greedy(int maxTokens, int... stopIds) {
    return new Sampling(0, 0, 1, 0, maxTokens, stopIds);
  }

  /// Whether `id` ends an answer.
  public boolean stops(int id) {
    for (int stop : stopIds) {
      if (stop == id) {
        return true;
      }
    }
    return false;
  }

  /// Draws a token. `logits` is used as working memory.
  public int draw(float[] logits, RandomGenerator random) {
    if (temperature == 0) {
      return likeliest(logits);
    }
    var order = ranked(logits);
    var weights = new double[order.length];
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      weights[i] = Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
      sum += weights[i];
    }
    double kept = 0;
    int count = 0;
    while (count < weights.length && (count == 0 || kept < topP * sum)) {
      kept += weights[count++];
    }
    double at = random.nextDouble() * kept;
    for (int i = 0; i < count; i++) {
      at -= weights[i];
      if (at < 0) {
        return order[i];
      }
    }
    return order[count - 1];
  }

  /// Token ids by falling logit, ties by id; the `topK` first, or all.
  private int[] ranked(float[] logits) {
    var keys = new long[logits.length];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(logits[i]);
      int rising = bits ^ (bits >> 31 & 0x7fffffff);
      keys[i] = (long) ~rising << 32 | i;
    }
    Arrays.sort(keys);
    var out = new int[topK == 0 ? keys.length : Math.min(topK, keys.length)];
    for (int i = 0; i < out.length; i++) {
      out[i] = (int) keys[i];
    }
    return out;
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
