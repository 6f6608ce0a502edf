package herd.data.fasttext;

import java.util.Arrays;

/// Huffman's tree over the labels: frequent ones have short ways. Leaves are `0 … labels - 1`,
/// inner nodes follow, the root is last; an inner node's row of the output matrix is `node -
/// labels`.
final class Tree {
  /// More than any count of a label.
  static final long COUNTS = 1_000_000_000_000_000L;

  private final int labels;
  private final int[] left;
  private final int[] right;
  private final int[] parent;

  /// @param counts of the labels in the order of their numbers, each under [#COUNTS]; ways are
  ///     shortest where they fall
  Tree(long[] counts) {
    labels = counts.length;
    int nodes = 2 * labels - 1;
    left = new int[nodes];
    right = new int[nodes];
    parent = new int[nodes];
    var weight = new long[nodes];
    System.arraycopy(counts, 0, weight, 0, labels);
    Arrays.fill(weight, labels, nodes, COUNTS);
    Arrays.fill(parent, -1);
    int leaf = labels - 1;
    int inner = labels;
    for (int node = labels; node < nodes; node++) {
      int first = leaf >= 0 && weight[leaf] < weight[inner] ? leaf-- : inner++;
      int second = leaf >= 0 && weight[leaf] < weight[inner] ? leaf-- : inner++;
      left[node] = first;
      right[node] = second;
      weight[node] = Math.min(COUNTS - 1, weight[first] + weight[second]);
      parent[first] = node;
      parent[second] = node;
    }
  }

  int root() {
    return 2 * labels - 2;
  }

  boolean isLeaf(int node) {
    return node < labels;
  }

  /// Where the turn's probability is small.
  int left(int node) {
    return left[node];
  }

  /// Where the turn's probability is great.
  int right(int node) {
    return right[node];
  }

  /// -1 above the root.
  int parent(int node) {
    return parent[node];
  }

  /// The row of an inner node.
  int row(int node) {
    return node - labels;
  }
}
