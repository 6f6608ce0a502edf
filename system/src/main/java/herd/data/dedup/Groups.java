package herd.data.dedup;

/// Sets of things, joined two at a time; the smallest number of a set stands for it.
public final class Groups {
  private final int[] parent;

  /// Each thing alone.
  public Groups(int size) {
    parent = new int[size];
    for (int i = 0; i < size; i++) {
      parent[i] = i;
    }
  }

  /// How many things there are.
  public int size() {
    return parent.length;
  }

  /// The smallest number of the set that `i` is in.
  public int root(int i) {
    int root = i;
    while (parent[root] != root) {
      root = parent[root];
    }
    for (int at = i; parent[at] != root; ) {
      int next = parent[at];
      parent[at] = root;
      at = next;
    }
    return root;
  }

  /// Makes one set of the two that `i` and `j` are in.
  public void join(int i, int j) {
    int a = root(i);
    int b = root(j);
    parent[Math.max(a, b)] = Math.min(a, b);
  }
}
