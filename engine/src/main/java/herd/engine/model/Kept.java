package herd.engine.model;

import herd.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The rows of a batch that have a target, and how they are cut into chunks whose logits fit a
/// small buffer.
/// @param rows ascending rows of the batch
/// @param targets the target of each of them
/// @param chunk rows of a chunk; the last may have fewer
record Kept(int[] rows, int[] targets, int chunk) {
  private static final int CHUNK_NUMBERS = 1 << 21; // 8 MiB of F32 logits
  private static final int LEAST_ROWS = 256; // under which packing the head weighs

  static Kept of(int[] targets, int vocab) {
    var rows = IntStream.range(0, targets.length).filter(i -> targets[i] >= 0).toArray();
    return new Kept(rows, Arrays.stream(rows).map(i -> targets[i]).toArray(), chunk(rows, vocab));
  }

  /// Rows without targets.
  static Kept of(int vocab, int[] rows) {
    return new Kept(rows, new int[rows.length], chunk(rows, vocab));
  }

  private static int chunk(int[] rows, int vocab) {
    int most = Math.max(LEAST_ROWS, CHUNK_NUMBERS / vocab);
    int chunks = Math.max(1, Math.ceilDiv(rows.length, most));
    return Math.ceilDiv(rows.length, chunks);
  }

  int count() {
    return rows.length;
  }

  /// Whether these are all rows of a batch of `tokens`.
  boolean isAll(int tokens) {
    return rows.length == tokens && IntStream.range(0, tokens).allMatch(i -> rows[i] == i);
  }

  int[] targets(int from, int to) {
    return Arrays.copyOfRange(targets, from, to);
  }

  /// Writes `compact [count, 1]` to the kept rows of `column [tokens, 1]`, 0 to the others.
  void spread(Tensor compact, Tensor column) {
    column.fill(0);
    for (int i = 0; i < rows.length; i++) {
      column.set(rows[i], 0, compact.get(i, 0));
    }
  }

  /// Writes the kept rows of `column [tokens, 1]` to `compact [count, 1]`.
  void gather(Tensor column, Tensor compact) {
    for (int i = 0; i < rows.length; i++) {
      compact.set(i, 0, column.get(rows[i], 0));
    }
  }
}
