package herd.engine.tensor;

/// Every operation on whole rows and matrices that the models are made of, each forward method
/// followed by its backward ones. Implementations: `reference` (plain loops in double, the oracle,
/// also for F64 tensors), `vector` (Vector API) and `machine` (machine code). A method that the
/// harness does not test does
/// not exist.
///
/// Conventions: `tokens` rows; all tensors of a call share one type unless stated; outputs are
/// overwritten unless a method says *adds*. Backward methods **add** into gradients (names `d…`) so
/// that an input used twice gets the sum. Shapes are checked once per call:
/// `IllegalArgumentException` names the tensor that does not fit.
public interface Kernels {
  /// The name shown by `herd doctor`: `reference`, `vector`, `machine`.
  String name();

  /// Workers that the operations are spread over.
  Workers workers();

  // --- linear layers -----------------------------------------------------------------------------

  /// `y = x wᵀ`: `x [tokens, in]`, `w [out, in]`, `y [tokens, out]`.
  void linear(Tensor y, Tensor x, Tensor w);

  /// Adds `dy w` to `dx`: `dy [tokens, out]`, `w [out, in]`, `dx [tokens, in]`.
  void linearBackwardInput(Tensor dx, Tensor dy, Tensor w);

  /// `dyᵀ x`: `dy [tokens, out]`, `x [tokens, in]`, `dw [out, in]`.
  /// @param add whether it is added to `dw`, whose numbers are not read otherwise
  void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add);

  // --- embedding ---------------------------------------------------------------------------------

  /// Row `i` of `y [tokens, dim]` is row `ids[i]` of `table [vocab, dim]`.
  void embedding(Tensor y, Tensor table, int[] ids);

  /// Adds row `i` of `dy` to row `ids[i]` of `dtable`; the order of additions does not depend on
  /// the workers.
  void embeddingBackward(Tensor dtable, Tensor dy, int[] ids);

  // --- normalisation, element-wise ---------------------------------------------------------------

  /// RMSNorm: `y = x * inverse * weight`, with `inverse [tokens, 1] = 1 / sqrt(mean(x²) + eps)`
  /// kept for the backward pass; `weight [1, dim]`.
  void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight, double eps);

  /// Adds the gradients to `dx` and `dweight [1, dim]`.
  void rmsNormBackward(
      Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight);

  /// SwiGLU: `y = silu(gate) * up`, all `[tokens, ffnDim]`.
  void swiGlu(Tensor y, Tensor gate, Tensor up);

  /// Adds the gradients to `dgate` and `dup`.
  void swiGluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up);

  /// Adds `factor * x` to `y`.
  void add(Tensor y, Tensor x, double factor);

  // --- attention ---------------------------------------------------------------------------------

  /// Rotates each head of `x [tokens, heads * headDim]` in place by its token's position; the
  /// backward pass of a rotation is the rotation by the opposite angle (`inverse`).
  void rope(Tensor x, Rotary rotary, Segments segments, boolean inverse);

  /// Grouped-query attention, causal within each segment, scaled by `1 / sqrt(headDim)`; scores are
  /// never materialised.
  /// @param y `[tokens, heads * headDim]`
  /// @param logSum log of the softmax denominators `[tokens, heads]`, kept for the backward pass
  /// @param q `[tokens, heads * headDim]`, rotated
  /// @param k `[positions, kvHeads * headDim]`, rotated; rows as [Segments] says
  /// @param v `[positions, kvHeads * headDim]`
  /// @param headDim numbers per head; `heads` and `kvHeads` follow from the widths
  void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim);

  /// As [#attention], for keys and values in fewer bits, whose rows [Segments] says; forward only.
  void cachedAttention(Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim);

  /// Adds the gradients to `dq`, `dk`, `dv`; `y` and `logSum` are the forward pass's.
  void attentionBackward(
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor dy,
      Tensor y,
      Tensor logSum,
      Tensor q,
      Tensor k,
      Tensor v,
      Segments segments,
      int headDim);

  // --- vocabulary --------------------------------------------------------------------------------

  /// Log-probability of each row's target under the softmax of `logits [tokens, vocab]`, into
  /// `logProbs [tokens, 1]`; 0 where `targets[i] < 0`.
  void logProbs(Tensor logProbs, Tensor logits, int[] targets);

  /// Turns `logits` in place into the gradient of `Σ coefficients[i] * logProbs[i]`: row `i`
  /// becomes `coefficients[i] * (onehot(targets[i]) - softmax(logits[i]))`; zero where
  /// `targets[i] < 0`.
  /// @param coefficients `[tokens, 1]`
  void logProbsBackward(Tensor logits, int[] targets, Tensor coefficients);

  // --- optimizer ---------------------------------------------------------------------------------

  /// Sum of squares of all numbers, accumulated in double, independent of the number of workers.
  double sumOfSquares(Tensor x);

  /// One AdamW step (decoupled decay): `w -= rate * decay * w`, then the bias-corrected update.
  /// `gradient` is read times `gradientScale` (clipping). All four tensors have one shape.
  void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step);

  /// Settings of one AdamW step.
  /// @param rate learning rate
  /// @param decay decoupled weight decay; 0 for norms and embeddings
  /// @param step steps done including this one, for the bias corrections
  /// @param gradientScale factor on the gradient, 1 or less after clipping
  record AdamStep(
      double rate,
      double beta1,
      double beta2,
      double eps,
      double decay,
      long step,
      double gradientScale) {}
}
