package herd.engine.model;

import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.MemorySegment;

/// Operations that compute and forget: inference, scoring, teachers. With a cache, attention stores
/// the new keys and values in it and attends to the earlier ones of the same segment; without one,
/// each segment attends to itself within the batch.
///
/// Call [#reset] before each forward pass; results are valid until then. After the first pass
/// nothing is allocated but views.
public final class Eager implements Ops, AutoCloseable {
  /// Rows up to which the kernels compute each row of a product alike, however many there are; also
  /// numbers in the widest vector.
  private static final int ALIKE = 16;

  private final Kernels kernels;
  private final KvCache cache;
  private final boolean exact;
  private final Scratch scratch = new Scratch();
  private final Scratch work = new Scratch(); // of packed products with one input at a time
  private Prepared prepared;

  /// What packed matrices need to know of an input: queries, keys and values share one, and so do
  /// gate and up.
  private record Prepared(Tensor x, String format, MemorySegment memory) {
    boolean serves(Tensor input, Weight.Packed packed) {
      return x == input && format.equals(packed.format());
    }
  }

  /// Without a cache.
  public Eager(Kernels kernels) {
    this(kernels, null);
  }

  /// @param cache where keys and values of earlier tokens lie, null for none
  public Eager(Kernels kernels, KvCache cache) {
    this(kernels, cache, false);
  }

  /// @param exact whether a token's numbers are the same to the last bit whatever other tokens are
  ///     in the batch; large batches are slower then
  public Eager(Kernels kernels, KvCache cache, boolean exact) {
    this.kernels = kernels;
    this.cache = cache;
    this.exact = exact;
  }

  /// Forgets all results.
  public void reset() {
    prepared = null;
    scratch.reset();
  }

  @Override
  public Tensor embedding(Weight table, int[] ids) {
    var type = table instanceof Tensor plain ? plain.type() : DType.F32;
    var y = scratch.take(type, ids.length, table.cols());
    switch (table) {
      case Tensor plain -> kernels.embedding(y, plain, ids);
      case Weight.Packed packed -> packed.embedding(y, ids);
    }
    return y;
  }

  @Override
  public Tensor norm(Tensor x, Tensor weight, double eps) {
    var y = scratch.take(x.type(), x.rows(), x.cols());
    kernels.rmsNorm(y, scratch.take(x.type(), x.rows(), 1), x, weight, eps);
    return y;
  }

  @Override
  public Tensor linear(Tensor x, Weight w) {
    var y = scratch.take(x.type(), x.rows(), w.rows());
    linear(y, x, w);
    return y;
  }

  private void linear(Tensor y, Tensor x, Weight w) {
    switch (w) {
      case Tensor plain -> {
        int most = exact ? ALIKE : Math.max(1, x.rows());
        for (int from = 0; from < x.rows(); from += most) {
          int to = Math.min(x.rows(), from + most);
          kernels.linear(y.rows(from, to), x.rows(from, to), plain);
        }
      }
      case Weight.Packed packed -> {
        if (prepared == null || !prepared.serves(x, packed)) {
          prepared = null;
          work.reset();
          var memory = work.take(packed.workBytes(x.rows()));
          packed.prepare(x, kernels.workers(), memory);
          prepared = new Prepared(x, packed.format(), memory);
        }
        packed.multiply(y, kernels.workers(), prepared.memory);
      }
    }
  }

  /// States that the numbers of `x` are no longer those that a product was prepared for.
  private void changed(Tensor x) {
    if (prepared != null && prepared.x == x) {
      prepared = null;
    }
  }

  @Override
  public Tensor bias(Tensor x, Tensor bias) {
    changed(x);
    for (int row = 0; row < x.rows(); row++) {
      kernels.add(x.rows(row, row + 1), bias, 1);
    }
    return x;
  }

  @Override
  public Tensor headNorm(Tensor x, Tensor weight, double eps) {
    int heads = x.rows() * x.cols() / weight.cols();
    var normed = norm(x.reshape(heads, weight.cols()), weight, eps);
    return normed.reshape(x.rows(), x.cols());
  }

  @Override
  public Tensor rope(Tensor x, Rotary rotary, Segments segments) {
    changed(x);
    kernels.rope(x, rotary, segments, false);
    return x;
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int layer) {
    var y = scratch.take(q.type(), q.rows(), q.cols());
    var logSum = scratch.take(q.type(), q.rows(), q.cols() / headDim);
    if (cache == null) {
      kernels.attention(y, logSum, q, k, v, segments, headDim);
    } else {
      cache.append(layer, k, v, segments);
      cache.attend(kernels, y, logSum, q, segments, headDim, layer);
    }
    return y;
  }

  @Override
  public Tensor swiGlu(Tensor gate, Tensor up) {
    var y = scratch.take(gate.type(), gate.rows(), gate.cols());
    // Kernels compute whole vectors; where rows end within one, a row's numbers feel its
    // neighbours.
    int most = exact && gate.cols() % ALIKE != 0 ? 1 : Math.max(1, gate.rows());
    for (int from = 0; from < gate.rows(); from += most) {
      int to = Math.min(gate.rows(), from + most);
      kernels.swiGlu(y.rows(from, to), gate.rows(from, to), up.rows(from, to));
    }
    return y;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    changed(x);
    kernels.add(x, y, 1);
    return x;
  }

  @Override
  public Tensor keep(Tensor x) {
    prepared = null;
    scratch.rewind();
    var kept = scratch.take(x.type(), x.rows(), x.cols());
    if (kept.data().address() != x.data().address()) {
      kept.data().copyFrom(x.data());
    }
    return kept;
  }

  @Override
  public Tensor logProbs(Tensor hidden, Weight head, int[] targets) {
    return logProbs(hidden, head, targets, null);
  }

  /// As [#logProbs(Tensor, Weight, int[])].
  /// @param greedy set for each row to whether its target has the largest logit, of equal ones
  /// the
  ///     lowest id; untouched where there is no target; null if nobody wants it
  public Tensor logProbs(Tensor hidden, Weight head, int[] targets, boolean[] greedy) {
    var column = scratch.take(hidden.type(), hidden.rows(), 1);
    var kept = Kept.of(targets, head.rows());
    var compact = scratch.take(hidden.type(), kept.count(), 1);
    var x = embedding(hidden, kept.rows());
    var logits = scratch.take(hidden.type(), kept.chunk(), head.rows());
    for (int from = 0; from < kept.count(); from += kept.chunk()) {
      int to = Math.min(from + kept.chunk(), kept.count());
      var chunk = logits.rows(0, to - from);
      linear(chunk, x.rows(from, to), head);
      for (int i = from; greedy != null && i < to; i++) {
        greedy[kept.rows()[i]] = largest(chunk, i - from) == kept.targets()[i];
      }
      kernels.logProbs(compact.rows(from, to), chunk, kept.targets(from, to));
    }
    kept.spread(compact, column);
    return column;
  }

  /// Log-probability `[tokens, 1]` of each row's target under the softmax of `logits`; 0 where
  /// `targets[i] < 0`.
  public Tensor logProbs(Tensor logits, int[] targets) {
    var column = scratch.take(logits.type(), logits.rows(), 1);
    kernels.logProbs(column, logits, targets);
    return column;
  }

  private static int largest(Tensor logits, int row) {
    int largest = 0;
    for (int id = 1; id < logits.cols(); id++) {
      if (logits.get(row, id) > logits.get(row, largest)) {
        largest = id;
      }
    }
    return largest;
  }

  @Override
  public void close() {
    work.close();
    scratch.close();
  }
}
