package herd.engine.model;

import herd.engine.tensor.Kernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;

/// Operations that compute and forget: inference, scoring, teachers. With a cache, attention stores
/// the new keys and values in it and attends to the earlier ones of the same segment; without one,
/// each segment attends to itself within the batch.
///
/// Call [#reset] before each forward pass; results are valid until then. After the first pass
/// nothing is allocated but views.
public final class Eager implements Ops, AutoCloseable {
  private final Kernels kernels;
  private final KvCache cache;
  private final Scratch scratch = new Scratch();

  /// Without a cache.
  public Eager(Kernels kernels) {
    this(kernels, null);
  }

  /// @param cache where keys and values of earlier tokens lie, null for none
  public Eager(Kernels kernels, KvCache cache) {
    this.kernels = kernels;
    this.cache = cache;
  }

  /// Forgets all results.
  public void reset() {
    scratch.reset();
  }

  @Override
  public Tensor embedding(Tensor table, int[] ids) {
    var y = scratch.take(table.type(), ids.length, table.cols());
    kernels.embedding(y, table, ids);
    return y;
  }

  @Override
  public Tensor norm(Tensor x, Tensor weight, double eps) {
    var y = scratch.take(x.type(), x.rows(), x.cols());
    kernels.rmsNorm(y, scratch.take(x.type(), x.rows(), 1), x, weight, eps);
    return y;
  }

  @Override
  public Tensor linear(Tensor x, Tensor w) {
    var y = scratch.take(x.type(), x.rows(), w.rows());
    kernels.linear(y, x, w);
    return y;
  }

  @Override
  public Tensor rope(Tensor x, Rotary rotary, Segments segments) {
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
      var keys = cache.keys(layer);
      kernels.attention(y, logSum, q, keys, cache.values(layer), segments, headDim);
    }
    return y;
  }

  @Override
  public Tensor swiGlu(Tensor gate, Tensor up) {
    var y = scratch.take(gate.type(), gate.rows(), gate.cols());
    kernels.swiGlu(y, gate, up);
    return y;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    kernels.add(x, y, 1);
    return x;
  }

  @Override
  public Tensor keep(Tensor x) {
    scratch.rewind();
    var kept = scratch.take(x.type(), x.rows(), x.cols());
    if (kept.data().address() != x.data().address()) {
      kept.data().copyFrom(x.data());
    }
    return kept;
  }

  @Override
  public Tensor logProbs(Tensor hidden, Tensor head, int[] targets) {
    var column = scratch.take(hidden.type(), hidden.rows(), 1);
    var kept = Kept.of(targets, head.rows());
    var compact = scratch.take(hidden.type(), kept.count(), 1);
    var x = embedding(hidden, kept.rows());
    var logits = scratch.take(hidden.type(), kept.chunk(), head.rows());
    for (int from = 0; from < kept.count(); from += kept.chunk()) {
      int to = Math.min(from + kept.chunk(), kept.count());
      var chunk = logits.rows(0, to - from);
      kernels.linear(chunk, x.rows(from, to), head);
      kernels.logProbs(compact.rows(from, to), chunk, kept.targets(from, to));
    }
    kept.spread(compact, column);
    return column;
  }

  @Override
  public void close() {
    scratch.close();
  }
}
