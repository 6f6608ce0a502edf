package herd.engine.automaton;

import java.util.Arrays;

/// What the tokens of a trie do from one state, whatever stands around its rule (XGrammar calls
/// them context-independent): those that fit, and where tokens go on after the rule has ended,
/// which only the place where it was called can judge.
/// @param bits a bit for each token that fits, or null where they are few
/// @param ids the tokens that fit, or null where they are many
/// @param octets the bytes with which tokens go on after the end, ascending
/// @param nodes for each such byte the nodes that it leads to
record Walk(long[] bits, int[] ids, byte[] octets, int[][] nodes) {

  void addTo(long[] mask) {
    if (bits != null) {
      for (int i = 0; i < bits.length; i++) {
        mask[i] |= bits[i];
      }
    } else {
      for (int id : ids) {
        mask[id >> 6] |= 1L << id;
      }
    }
  }

  /// Bytes of memory, about.
  long size() {
    long size = 64 + (bits != null ? 8L * bits.length : 4L * ids.length);
    for (int[] list : nodes) {
      size += 24 + 4L * list.length;
    }
    return size;
  }

  static Walk of(State from, Trie trie) {
    var walker = new Walker(trie);
    walker.walk(from);
    return walker.result();
  }

  /// Adds to `mask` the tokens under `node` that fit from `at` on.
  static void under(int node, ItemSet at, Trie trie, long[] mask) {
    if (trie.end[node] == node + 1) {
      return;
    }
    var sets = new ItemSet[trie.deepest + 1];
    sets[trie.depth[node]] = at;
    for (int i = node + 1; i < trie.end[node]; ) {
      ItemSet set = sets[trie.depth[i] - 1].step(trie.octet[i] & 0xFF);
      if (set == null) {
        i = trie.end[i];
        continue;
      }
      sets[trie.depth[i]] = set;
      for (int id = trie.token[i]; id >= 0; id = trie.same[id]) {
        mask[id >> 6] |= 1L << id;
      }
      i++;
    }
  }

  private static final class Walker {
    private final Trie trie;
    private int[] ids = new int[64];
    private int size;
    private final int[][] nodes = new int[256][];
    private final int[] counts = new int[256];

    Walker(Trie trie) {
      this.trie = trie;
    }

    void walk(State from) {
      var states = new State[trie.deepest + 1];
      states[0] = from;
      int last = trie.octet.length;
      for (int i = 1; i < last; ) {
        int depth = trie.depth[i];
        State state = states[depth - 1].next(trie.octet[i] & 0xFF);
        if (state == null) {
          i = trie.end[i];
          continue;
        }
        states[depth] = state;
        token(i);
        if (trie.end[i] > i + 1) {
          if (state.calls().length > 0) {
            nested(i, ItemSet.of(state));
            i = trie.end[i];
            continue;
          }
          if (state.accepting) {
            ends(i);
          }
        }
        i++;
      }
    }

    /// The tokens under `node`, where other rules are called; the state's own rule is outermost.
    private void nested(int node, ItemSet at) {
      var sets = new ItemSet[trie.deepest + 1];
      sets[trie.depth[node]] = at;
      if (at.complete) {
        ends(node);
      }
      for (int i = node + 1; i < trie.end[node]; ) {
        ItemSet set = sets[trie.depth[i] - 1].step(trie.octet[i] & 0xFF);
        if (set == null) {
          i = trie.end[i];
          continue;
        }
        sets[trie.depth[i]] = set;
        token(i);
        if (set.complete) {
          ends(i);
        }
        i++;
      }
    }

    private void token(int node) {
      for (int id = trie.token[node]; id >= 0; id = trie.same[id]) {
        if (size == ids.length) {
          ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
      }
    }

    /// The rule may end at `node`: remembers what comes after it.
    private void ends(int node) {
      for (int i = node + 1; i < trie.end[node]; i = trie.end[i]) {
        int octet = trie.octet[i] & 0xFF;
        if (nodes[octet] == null) {
          nodes[octet] = new int[4];
        } else if (counts[octet] == nodes[octet].length) {
          nodes[octet] = Arrays.copyOf(nodes[octet], 2 * counts[octet]);
        }
        nodes[octet][counts[octet]++] = i;
      }
    }

    Walk result() {
      int used = 0;
      for (int count : counts) {
        used += count > 0 ? 1 : 0;
      }
      byte[] octets = new byte[used];
      int[][] lists = new int[used][];
      for (int octet = 0, n = 0; octet < 256; octet++) {
        if (counts[octet] > 0) {
          octets[n] = (byte) octet;
          lists[n++] = Arrays.copyOf(nodes[octet], counts[octet]);
        }
      }
      int words = trie.same.length + 63 >> 6;
      if (size < 2 * words) {
        return new Walk(null, Arrays.copyOf(ids, size), octets, lists);
      }
      long[] bits = new long[words];
      for (int i = 0; i < size; i++) {
        bits[ids[i] >> 6] |= 1L << ids[i];
      }
      return new Walk(bits, null, octets, lists);
    }
  }
}
