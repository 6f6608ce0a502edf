package herd.engine.automaton;

import herd.engine.UserError;
import java.util.Arrays;

/// A nondeterministic automaton: nodes, and edges for a range of symbols (bytes or code points),
/// for nothing, for a call of another rule, and for the begin or end of the text. One start, one
/// accepting node. Immutable; equal if all parts are.
/// @param alike for each node one that texts of up to [#ALIKE] bytes do not tell from it, or null
/// @param first where the edges of each node begin in the other arrays; one entry more at the end
/// @param low the first symbol of an edge's range, or one of the kinds below
/// @param high the last symbol of an edge's range; the rule of a call
public record Nfa(
    int[] alike, int[] first, int[] low, int[] high, int[] to, int start, int accept) {
  static final int ALIKE = 16;

  static final int NOTHING = -1;
  static final int CALL = -2;
  static final int BEGIN = -3;
  static final int END = -4;

  int nodes() {
    return first.length - 1;
  }

  Nfa withAlike(int[] nodes) {
    return new Nfa(nodes, first, low, high, to, start, accept);
  }

  boolean calls() {
    for (int kind : low) {
      if (kind == CALL) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nfa n
        && start == n.start
        && accept == n.accept
        && Arrays.equals(first, n.first)
        && Arrays.equals(low, n.low)
        && Arrays.equals(high, n.high)
        && Arrays.equals(to, n.to);
  }

  @Override
  public int hashCode() {
    int hash = 31 * Arrays.hashCode(first) + Arrays.hashCode(low);
    return 31 * (31 * hash + Arrays.hashCode(high)) + Arrays.hashCode(to);
  }

  /// Nodes and edges still to come, for all rules of a grammar together.
  public static final class Budget {
    /// Enough for ten thousand long choices; about 100 MB at the worst.
    static final int PARTS = 2_000_000;

    private final String where;
    private int left;

    /// @param where what errors call the grammar
    public Budget(String where, int parts) {
      this.where = where;
      left = parts;
    }

    void take(int parts) {
      left -= parts;
      if (left < 0) {
        throw new UserError(
            where,
            "too large when its repetitions and choices are written out",
            "Lower the counts of repetitions, or leave parts of it out.");
      }
    }
  }

  /// Collects edges in any order.
  public static final class Builder {
    private final Budget budget;
    private int nodes;
    private int edges;
    private int[] from = new int[16];
    private int[] low = new int[16];
    private int[] high = new int[16];
    private int[] to = new int[16];

    public Builder(Budget budget) {
      this.budget = budget;
    }

    /// A new node.
    public int node() {
      budget.take(1);
      return nodes++;
    }

    void edge(int source, int first, int last, int target) {
      budget.take(1);
      if (edges == from.length) {
        from = Arrays.copyOf(from, 2 * edges);
        low = Arrays.copyOf(low, 2 * edges);
        high = Arrays.copyOf(high, 2 * edges);
        to = Arrays.copyOf(to, 2 * edges);
      }
      from[edges] = source;
      low[edges] = first;
      high[edges] = last;
      to[edges++] = target;
    }

    /// An edge over the empty text.
    public void nothing(int source, int target) {
      edge(source, NOTHING, 0, target);
    }

    /// What was collected.
    public Nfa build(int start, int accept) {
      int[] first = new int[nodes + 1];
      for (int e = 0; e < edges; e++) {
        first[from[e] + 1]++;
      }
      for (int n = 0; n < nodes; n++) {
        first[n + 1] += first[n];
      }
      int[] at = Arrays.copyOf(first, nodes);
      var out = new Nfa(null, first, new int[edges], new int[edges], new int[edges], start, accept);
      for (int e = 0; e < edges; e++) {
        int place = at[from[e]]++;
        out.low[place] = low[e];
        out.high[place] = high[e];
        out.to[place] = to[e];
      }
      return out;
    }
  }
}
