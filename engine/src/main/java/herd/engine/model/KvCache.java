package herd.engine.model;

import herd.engine.code.Pages;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Keys and values of earlier tokens, one pair of matrices `[rows, kvHeads * headDim]` for each
/// layer, as they were computed or in fewer bits. Which rows belong to which sequence is the
/// caller's business: [Segments] says it.
public final class KvCache {
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private final List<KvRows> packedKeys = new ArrayList<>();
  private final List<KvRows> packedValues = new ArrayList<>();
  private final int rows;
  private final boolean packed;
  private int used;

  /// @param rows positions of all sequences together; those that are never used take no memory
  /// where the system allows it ([Pages#areLazy])
  /// @throws OutOfMemoryError if there is not so much memory
  public KvCache(Arena arena, DType type, LlamaConfig config, int rows) {
    this.rows = rows;
    this.used = rows;
    this.packed = false;
    int cols = config.kvHeads() * config.headDim();
    for (int layer = 0; layer < config.layers(); layer++) {
      long bytes = (long) rows * cols * type.bytes();
      keys.add(Tensor.of(memory(bytes, arena), type, rows, cols));
      values.add(Tensor.of(memory(bytes, arena), type, rows, cols));
    }
  }

  /// As [#KvCache(Arena, DType, LlamaConfig, int)], in fewer bits.
  public KvCache(Arena arena, KvRows.Format format, LlamaConfig config, int rows) {
    this.rows = rows;
    this.used = rows;
    this.packed = true;
    int heads = config.kvHeads();
    int headDim = config.headDim();
    long bytes = (long) rows * heads * format.headBytes(headDim);
    for (int layer = 0; layer < config.layers(); layer++) {
      packedKeys.add(KvRows.of(memory(bytes, arena), format, rows, heads, headDim));
      packedValues.add(KvRows.of(memory(bytes, arena), format, rows, heads, headDim));
    }
  }

  private static MemorySegment memory(long bytes, Arena arena) {
    var memory = Pages.untouched(bytes, arena);
    if (memory == null) {
      throw new OutOfMemoryError(bytes + " bytes for keys or values of a layer");
    }
    return memory.asSlice(0, bytes);
  }

  /// Positions of all sequences together.
  public int rows() {
    return rows;
  }

  /// States that no row from `rows` on is in use: kernels then see the others alone.
  public void use(int rows) {
    this.used = Math.min(rows, this.rows);
  }

  /// Copies the keys and values of `count` positions from row `from` to row `to`, in every layer: a
  /// context that several continuations share is computed once. Not for fewer bits.
  public void copy(int from, int to, int count) {
    for (int layer = 0; layer < keys.size(); layer++) {
      keys.get(layer).rows(to, to + count).copyFrom(keys.get(layer).rows(from, from + count));
      values.get(layer).rows(to, to + count).copyFrom(values.get(layer).rows(from, from + count));
    }
  }

  /// Copies all positions of `smaller`, a cache of the same model and form, to the same rows here.
  public void copyFrom(KvCache smaller) {
    for (int layer = 0; layer < keys.size(); layer++) {
      keys.get(layer).rows(0, smaller.rows).copyFrom(smaller.keys.get(layer));
      values.get(layer).rows(0, smaller.rows).copyFrom(smaller.values.get(layer));
    }
    for (int layer = 0; layer < packedKeys.size(); layer++) {
      packedKeys.get(layer).copyFrom(smaller.packedKeys.get(layer));
      packedValues.get(layer).copyFrom(smaller.packedValues.get(layer));
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
        if (packed) {
          packedKeys.get(layer).store(to, k, from, count);
          packedValues.get(layer).store(to, v, from, count);
        } else {
          keys.get(layer).rows(to, to + count).copyFrom(k.rows(from, from + count));
          values.get(layer).rows(to, to + count).copyFrom(v.rows(from, from + count));
        }
        i += count;
      }
    }
  }

  /// Attention of `q` to what is stored.
  void attend(
      Kernels kernels,
      Tensor y,
      Tensor logSum,
      Tensor q,
      Segments segments,
      int headDim,
      int layer) {
    if (packed) {
      var k = packedKeys.get(layer).first(used);
      kernels.cachedAttention(y, q, k, packedValues.get(layer).first(used), segments, headDim);
    } else {
      var k = keys.get(layer).rows(0, used);
      kernels.attention(y, logSum, q, k, values.get(layer).rows(0, used), segments, headDim);
    }
  }
}
