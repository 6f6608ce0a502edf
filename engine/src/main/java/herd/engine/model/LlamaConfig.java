package herd.engine.model;

import herd.engine.UserError;
import herd.engine.tensor.Rotary;

/// The shape of a Llama-family model (Llama 3 paper, section 3.2, table 3).
/// @param vocab rows of the embedding
/// @param dim width of the residual stream
/// @param layers transformer blocks
/// @param heads query heads
/// @param kvHeads key and value heads, each shared by `heads / kvHeads` query heads
/// @param headDim numbers per head; even
/// @param ffnDim inner width of the feed-forward layer
/// @param ropeBase base of the rotary frequencies, 500,000 in Llama 3
/// @param ropeScaling stretching of the slow rotary frequencies, null for none
/// @param normEps added to the mean square in RMSNorm
/// @param tied whether the output head is the embedding
/// @param context positions that the model was trained for; where it attends to a window of
///     positions alone, as Mistral 7B does, no more than that
/// @param family what differs from Llama
public record LlamaConfig(
    int vocab,
    int dim,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int ffnDim,
    double ropeBase,
    Rotary.Scaling ropeScaling,
    double normEps,
    boolean tied,
    int context,
    Family family) {
  public LlamaConfig {
    positive("vocab", vocab);
    positive("dim", dim);
    positive("layers", layers);
    positive("heads", heads);
    positive("kvHeads", kvHeads);
    positive("headDim", headDim);
    positive("ffnDim", ffnDim);
    positive("context", context);
    if (heads % kvHeads != 0) {
      throw new UserError(
          "kvHeads", kvHeads + " for " + heads + " heads", "a divisor of heads", "Change either.");
    }
    if (headDim % 2 != 0) {
      throw new UserError(
          "headDim", "" + headDim, "an even number", "Rotary embedding turns pairs.");
    }
  }

  /// A Llama.
  public LlamaConfig(
      int vocab,
      int dim,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int ffnDim,
      double ropeBase,
      Rotary.Scaling ropeScaling,
      double normEps,
      boolean tied,
      int context) {
    this(
        vocab,
        dim,
        layers,
        heads,
        kvHeads,
        headDim,
        ffnDim,
        ropeBase,
        ropeScaling,
        normEps,
        tied,
        context,
        Family.LLAMA);
  }

  /// The same shape with other rotary frequencies.
  public LlamaConfig withRope(double base, Rotary.Scaling scaling) {
    return new LlamaConfig(
        vocab, dim, layers, heads, kvHeads, headDim, ffnDim, base, scaling, normEps, tied, context,
        family);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new UserError(name, "" + value, "1 or more", "Correct the model's shape.");
    }
  }
}
