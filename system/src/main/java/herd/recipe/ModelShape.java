package herd.recipe;

import herd.engine.model.LlamaConfig;
import herd.run.About;
import herd.run.Default;

/// The shape of a model that is trained from random weights; its vocabulary is the tokenizer's.
@About("the model's shape")
record ModelShape(
    @About("width of the residual stream") int dim,
    @About("transformer blocks") int layers,
    @About("query heads") int heads,
    @About("key and value heads, a divisor of heads") int kvHeads,
    @About("numbers per head, even") int headDim,
    @About("inner width of the feed-forward layer") int ffnDim,

    @About("base of the rotary frequencies") @Default("500000")
    double ropeBase,

    @About("added to the mean square in RMSNorm") @Default("1e-5")
    double normEps,

    @About("whether the output head is the embedding") @Default("true")
    boolean tied,

    @About("positions that the model can see") @Default("1024")
    int context) {
  ModelShape {
    config(1, dim, layers, heads, kvHeads, headDim, ffnDim, ropeBase, normEps, tied, context);
  }

  LlamaConfig config(int vocab) {
    return config(
        vocab, dim, layers, heads, kvHeads, headDim, ffnDim, ropeBase, normEps, tied, context);
  }

  private static LlamaConfig config(
      int vocab,
      int dim,
      int layers,
      int heads,
      int kvHeads,
      int headDim,
      int ffnDim,
      double ropeBase,
      double normEps,
      boolean tied,
      int context) {
    return new LlamaConfig(
        vocab, dim, layers, heads, kvHeads, headDim, ffnDim, ropeBase, null, normEps, tied,
        context);
  }
}
