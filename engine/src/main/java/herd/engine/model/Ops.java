package herd.engine.model;

import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;

/// The operations a model's forward pass is written in. *Eager* ones compute and forget (inference,
/// keys and values kept in a cache); *recorded* ones also remember how to go back (training). A
/// forward pass never knows which it was given.
///
/// Results live in memory that is used again by the next pass; who needs one for longer copies it.
/// One object serves one thread.
public interface Ops {
  /// Rows of `table [vocab, dim]` by id; result `[ids.length, dim]`. Also picks rows of
  /// activations.
  Tensor embedding(Weight table, int[] ids);

  /// RMSNorm of each row; `weight [1, dim]`.
  Tensor norm(Tensor x, Tensor weight, double eps);

  /// `x wᵀ`: `x [tokens, in]`, `w [out, in]`, result `[tokens, out]`.
  Tensor linear(Tensor x, Weight w);

  /// `x [tokens, n]` plus `bias [1, n]` in each row. The result may share memory with `x`, which is
  /// not used again.
  Tensor bias(Tensor x, Tensor bias);

  /// RMSNorm of each head of `x [tokens, heads * headDim]`; `weight [1, headDim]`.
  Tensor headNorm(Tensor x, Tensor weight, double eps);

  /// Rotates the heads of `x` by position. The result may share memory with `x`, which is not used
  /// again.
  Tensor rope(Tensor x, Rotary rotary, Segments segments);

  /// Causal grouped-query attention within each segment. `layer` names the cache that eager
  /// operations keep.
  Tensor attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer);

  /// `silu(gate) * up`.
  Tensor swiGlu(Tensor gate, Tensor up);

  /// `x + y`. The result may share memory with `x` or `y`; neither is used again.
  Tensor add(Tensor x, Tensor y);

  /// States that of all results up to here only `x` is still used: eager operations then use the
  /// memory of the others again. Returns `x`, perhaps at another place.
  Tensor keep(Tensor x);

  /// Log-probability `[tokens, 1]` of each row's target under the softmax of `hidden headᵀ`,
  /// computed in chunks of rows so that the logits never exist in full; 0 where `targets[i] < 0`,
  /// and such rows cost nothing.
  Tensor logProbs(Tensor hidden, Weight head, int[] targets);

  /// Operations that hand to others what they do not do themselves.
  interface Through extends Ops {
    /// The others.
    Ops ops();

    @Override
    default Tensor embedding(Weight table, int[] ids) {
      return ops().embedding(table, ids);
    }

    @Override
    default Tensor norm(Tensor x, Tensor weight, double eps) {
      return ops().norm(x, weight, eps);
    }

    @Override
    default Tensor linear(Tensor x, Weight w) {
      return ops().linear(x, w);
    }

    @Override
    default Tensor bias(Tensor x, Tensor bias) {
      return ops().bias(x, bias);
    }

    @Override
    default Tensor headNorm(Tensor x, Tensor weight, double eps) {
      return ops().headNorm(x, weight, eps);
    }

    @Override
    default Tensor rope(Tensor x, Rotary rotary, Segments segments) {
      return ops().rope(x, rotary, segments);
    }

    @Override
    default Tensor attention(
        Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer) {
      return ops().attention(q, k, v, segments, headDim, layer);
    }

    @Override
    default Tensor swiGlu(Tensor gate, Tensor up) {
      return ops().swiGlu(gate, up);
    }

    @Override
    default Tensor add(Tensor x, Tensor y) {
      return ops().add(x, y);
    }

    @Override
    default Tensor keep(Tensor x) {
      return ops().keep(x);
    }

    @Override
    default Tensor logProbs(Tensor hidden, Weight head, int[] targets) {
      return ops().logProbs(hidden, head, targets);
    }
  }
}
