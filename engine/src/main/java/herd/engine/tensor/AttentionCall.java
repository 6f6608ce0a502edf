package herd.engine.tensor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Shapes and addresses of one call of causal attention with grouped queries: what kernels that go
/// block by block need to know.
/// @param group query heads that share one of `kvHeads`
/// @param qRow bytes from a token's queries to the next one's
/// @param kRow bytes from a position's keys to the next one's; values lie likewise
/// @param q address of the queries; so `k`, `v` and the results `y`
/// @param logSum address of the log of the sums, 0 where nobody wants it
/// @param headBytes bytes of one head of keys
/// @param format of keys and values, null for F32
/// @param packedKeys the keys where they have a format, else null; so `packedValues`
public record AttentionCall(
    Segments segments,
    int headDim,
    int group,
    int kvHeads,
    long qRow,
    long kRow,
    long q,
    long k,
    long v,
    long y,
    long logSum,
    long headBytes,
    KvRows.Format format,
    KvRows packedKeys,
    KvRows packedValues) {
  /// Some queries of a segment and the heads that share one key head.
  /// @param from first query, from the segment's start
  /// @param to after the last one
  public record Block(int segment, int kvHead, int from, int to) {}

  /// With keys and values in F32.
  public static AttentionCall of(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    int kvHeads = k.cols() / headDim;
    return new AttentionCall(
        segments,
        headDim,
        q.cols() / headDim / kvHeads,
        kvHeads,
        4L * q.cols(),
        4L * k.cols(),
        q.address(),
        k.address(),
        v.address(),
        y.address(),
        logSum.address(),
        4L * headDim,
        null,
        null,
        null);
  }

  /// With keys and values in a format of their own, and no log of the sums.
  public static AttentionCall of(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    return new AttentionCall(
        segments,
        headDim,
        q.cols() / headDim / k.heads(),
        k.heads(),
        4L * q.cols(),
        k.rowBytes(),
        q.address(),
        k.data().address(),
        v.data().address(),
        y.address(),
        0,
        k.format().headBytes(headDim),
        k.format(),
        k,
        v);
  }

  /// Query heads.
  public int heads() {
    return group * kvHeads;
  }

  /// Bytes from the start of a tensor like `q` to a head of a token.
  public long query(int token, int head) {
    return token * qRow + 4L * head * headDim;
  }

  /// Bytes from the start of the keys to a head of a row.
  public long key(int row, int kvHead) {
    return row * kRow + kvHead * headBytes;
  }

  /// Address of a token's log of the sum of a head.
  public long logSum(int token, int head) {
    return logSum + 4L * ((long) token * heads() + head);
  }

  /// All blocks of queries, those with the most keys first.
  /// @param rows queries of all heads of a block together at most, if one token has no more
  public List<Block> blocks(int rows) {
    int queries = Math.max(1, rows / group);
    var blocks = new ArrayList<Block>();
    for (int s = 0; s < segments.count(); s++) {
      int length = segments.length()[s];
      for (int from = 0; from < length; from += queries) {
        for (int h = 0; h < kvHeads; h++) {
          blocks.add(new Block(s, h, from, Math.min(length, from + queries)));
        }
      }
    }
    blocks.sort(Comparator.comparingInt(b -> -segments.past()[b.segment] - b.to));
    return blocks;
  }
}
