package herd.engine.model;

import herd.engine.tensor.DType;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Keys and values of earlier tokens, one pair of matrices `[rows, kvHeads * headDim]` for each
/// layer. Which rows belong to which sequence is the caller's business: [Segments] says it.
public final class KvCache {
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private final int rows;

  /// @param rows positions of all sequences together
  public KvCache(Arena arena, DType type, LlamaConfig config, int rows) {
    this.rows = rows;
    for (int layer = 0; layer < config.layers(); layer++) {
      keys.add(Tensor.allocate(arena, type, rows, config.kvHeads() * config.headDim()));
      values.add(Tensor.allocate(arena, type, rows, config.kvHeads() * config.headDim()));
    }
  }

  /// Positions of all sequences together.
  public int rows() {
    return rows;
  }

  /// Rotated keys of a layer, `[rows, kvHeads * headDim]`.
  public Tensor keys(int layer) {
    return keys.get(layer);
  }

  /// Values of a layer, `[rows, kvHeads * headDim]`.
  public Tensor values(int layer) {
    return values.get(layer);
  }

  /// Copies the keys and values of `count` positions from row `from` to row `to`, in every layer: a
  /// context that several continuations share is computed once.
  public void copy(int from, int to, int count) {
    for (int layer = 0; layer < keys.size(); layer++) {
      keys(layer).rows(to, to + count).copyFrom(keys(layer).rows(from, from + count));
      values(layer).rows(to, to + count).copyFrom(values(layer).rows(from, from + count));
    }
  }

  /// Copies the first positions of `smaller`, a cache of the same model, to the same rows here.
  public void copyFrom(KvCache smaller) {
    for (int layer = 0; layer < keys.size(); layer++) {
      keys(layer).rows(0, smaller.rows).copyFrom(smaller.keys(layer));
      values(layer).rows(0, smaller.rows).copyFrom(smaller.values(layer));
    }
  }

  /// Stores the keys and values of new tokens behind their segments' earlier ones.
  void append(int layer, Tensor k, Tensor v, Segments segments) {
    for (int s = 0; s < segments.count(); s++) {
      int past = segments.past()[s];
      for (int i = 0; i < segments.length()[s]; ) {
        int count = Math.min(segments.length()[s] - i, segments.run(s, past + i));
        int from = segments.start()[s] + i;
        int to = segments.row(s, past + i);
        keys(layer).rows(to, to + count).copyFrom(k.rows(from, from + count));
        values(layer).rows(to, to + count).copyFrom(v.rows(from, from + count));
        i += count;
      }
    }
  }
}
