package herd.scaling;

import herd.engine.UserError;

/// The shape of a Llama, as far as its work is concerned.
/// @param headDim size of a head; `heads * headDim` is what attention works on
/// @param tied whether the embedding is the head too
public record Shape(
    int layers, int dim, int ffnDim, int heads, int kvHeads, int headDim, int vocab, boolean tied) {
  /// The flagship of the Llama 3 paper.
  public static final Shape LLAMA3_405B =
      new Shape(126, 16_384, 53_248, 128, 8, 128, 128_256, false);

  /// Llama 3's choices at another size: heads of 128, 8 of them with keys and values, dim about
  /// 130 times the layers, a feed-forward part 3.25 times as wide; below 25 layers heads of 64.
  /// @param params wanted; what comes out is near
  public static Shape near(double params, int vocab) {
    if (!(params >= 1e5)) {
      throw new UserError("params", "" + params, "100,000 or more", "Plan a larger run.");
    }
    Shape best = null;
    for (int layers = 2; layers <= 400; layers++) {
      boolean small = layers < 25;
      int headDim = small ? 64 : 128;
      int heads = small
          ? 4 * Math.max(1, Math.round(layers * 1.3f / 4))
          : 8 * Math.round(layers * 130f / 128 / 8);
      int dim = heads * headDim;
      int ffn = Math.max(128, Math.round(dim * 3.25f / 128) * 128);
      var shape =
          new Shape(layers, dim, ffn, heads, small ? heads / 4 : 8, headDim, vocab, params < 4e9);
      if (best == null || far(shape, params) < far(best, params)) {
        best = shape;
      }
    }
    return best;
  }

  /// A rung of a ladder of small models, for studies: 16 more of dim each, a layer for each 32 of
  /// dim and at least two, heads of 16, each with keys and values of its own, a feed-forward part
  /// 3.25 times as wide, as Llama 3 405B's, the head tied to the embedding. Rungs differ in
  /// nothing but size, so that their losses can lie on one curve.
  /// @param number at least 1
  public static Shape rung(int number, int vocab) {
    int dim = 16 * number;
    int ffn = Math.round(dim * 3.25f / 16) * 16;
    return new Shape(Math.max(2, Math.round(dim / 32f)), dim, ffn, number, number, 16, vocab, true);
  }

  /// Number of the rung whose parameters are nearest.
  public static int rungNear(double params, int vocab) {
    int number = 1;
    while (far(rung(number + 1, vocab), params) < far(rung(number, vocab), params)) {
      number++;
    }
    return number;
  }

  private static double far(Shape shape, double params) {
    return Math.abs(Math.log(shape.params() / params));
  }

  /// Parameters in the matrices that every token is multiplied with: all but the embedding's rows
  /// and the norms' gains, the head included.
  public double matrixParams() {
    double attention = (double) dim * headDim * (2.0 * heads + 2.0 * kvHeads);
    return layers * (attention + 3.0 * dim * ffnDim) + (double) dim * vocab;
  }

  /// All parameters.
  public double params() {
    return matrixParams() + (tied ? 0 : (double) dim * vocab) + (2.0 * layers + 1) * dim;
  }

  /// FLOPs of training on one token: 6 for each parameter of the matrices, and attention over half
  /// the sequence on average (2 products, 2 FLOPs each, three times for both directions).
  public double flopsPerToken(int sequence) {
    return 6 * matrixParams() + 6.0 * layers * heads * headDim * sequence;
  }
}
