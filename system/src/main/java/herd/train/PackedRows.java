package herd.train;

import java.util.Arrays;
import java.util.List;

/// The rows of one source, `0, 1, 2 …` without end, each of exactly `sequence` tokens.
///
/// An epoch goes like this: all documents in an order of its own, one after the other, cut into
/// rows every `sequence` tokens; the rows, too, are shuffled, so that the parts of a long document
/// do not follow each other. The last row of an epoch is filled up from the epoch's beginning.
/// Every token is thus seen once in an epoch, but for fewer than `sequence` that are seen twice.
final class PackedRows {
  private final List<TokenShard> shards;
  private final PackedBatches.Frame frame;
  private final int[] firstDocument;
  private final int sequence;
  private final long seed;
  private final long tokens;
  private final long rows;
  private long epoch = -1;
  private int[] documents;
  private long[] ends;
  private int[] order;

  /// @param seed of this source
  PackedRows(List<TokenShard> shards, PackedBatches.Frame frame, int sequence, long seed) {
    this.shards = shards;
    this.frame = frame;
    this.sequence = sequence;
    this.seed = seed;
    firstDocument = new int[shards.size() + 1];
    long sum = 0;
    for (int s = 0; s < shards.size(); s++) {
      firstDocument[s + 1] = Math.addExact(firstDocument[s], shards.get(s).documents());
      sum += shards.get(s).tokens() + (long) frame.tokens() * shards.get(s).documents();
    }
    tokens = sum;
    rows = (tokens + sequence - 1) / sequence;
  }

  /// Tokens of all documents, begin and end included.
  long tokens() {
    return tokens;
  }

  /// Takes the pieces of documents that make up a row, in order.
  interface Pieces {
    /// @param document of `shard`
    /// @param from its first token in this piece
    /// @param count tokens in this piece
    void piece(TokenShard shard, int document, int from, int count);
  }

  void read(long row, Pieces pieces) {
    enter(row / rows);
    long at = (long) order[(int) (row % rows)] * sequence;
    int left = sequence;
    int d = containing(at);
    while (left > 0) {
      long start = d == 0 ? 0 : ends[d - 1];
      int count = (int) Math.min(left, ends[d] - at);
      int shard = shardOf(documents[d]);
      pieces.piece(
          shards.get(shard), documents[d] - firstDocument[shard], (int) (at - start), count);
      left -= count;
      at += count;
      if (++d == documents.length) {
        d = 0;
        at = 0;
      }
    }
  }

  /// Makes the orders of an epoch.
  private void enter(long wanted) {
    if (epoch == wanted) {
      return;
    }
    documents = Shuffle.order(firstDocument[shards.size()], seed, wanted, 0);
    ends = new long[documents.length];
    long sum = 0;
    for (int d = 0; d < documents.length; d++) {
      int shard = shardOf(documents[d]);
      sum += frame.length(shards.get(shard), documents[d] - firstDocument[shard]);
      ends[d] = sum;
    }
    order = Shuffle.order(Math.toIntExact(rows), seed, wanted, 1);
    epoch = wanted;
  }

  /// The place in the epoch's order of the document that holds token `at`.
  private int containing(long at) {
    int low = 0;
    int high = ends.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /// The shard of a document: there may be thousands of shards.
  private int shardOf(int document) {
    int found = Arrays.binarySearch(firstDocument, document);
    if (found < 0) {
      return -found - 2;
    }
    while (firstDocument[found + 1] == document) {
      found++; // shards without documents
    }
    return found;
  }
}
