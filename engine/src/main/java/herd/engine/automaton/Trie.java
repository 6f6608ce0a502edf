package herd.engine.automaton;

import java.util.Arrays;
import java.util.List;

/// The bytes of tokens as a tree, its nodes in the order of a walk that visits a node before what
/// is under it. Node 0 is the root. Immutable.
final class Trie {
  final byte[] octet; // that leads to the node
  final int[] depth;
  final int[] end; // the node after all that are under it
  final int[] token; // that ends at the node, or -1
  final int[] same; // by token: another one of the same bytes, or -1
  final int deepest;

  /// @param bytes by token id; null where there is none
  /// @param chosen the ids that belong to this tree
  Trie(byte[][] bytes, List<Integer> chosen) {
    var sorted = chosen.toArray(Integer[]::new);
    Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]));
    int nodes = 1;
    int high = 0;
    byte[] before = {};
    for (int id : sorted) {
      nodes += bytes[id].length - common(before, bytes[id]);
      high = Math.max(high, bytes[id].length);
      before = bytes[id];
    }
    deepest = high;
    octet = new byte[nodes];
    depth = new int[nodes];
    end = new int[nodes];
    token = new int[nodes];
    same = new int[bytes.length];
    Arrays.fill(token, -1);
    Arrays.fill(same, -1);
    int[] path = new int[deepest + 1];
    int size = 1;
    before = new byte[0];
    for (int id : sorted) {
      byte[] now = bytes[id];
      int shared = common(before, now);
      for (int d = before.length; d > shared; d--) {
        end[path[d]] = size;
      }
      for (int d = shared; d < now.length; d++, size++) {
        octet[size] = now[d];
        depth[size] = d + 1;
        path[d + 1] = size;
      }
      same[id] = token[path[now.length]];
      token[path[now.length]] = id;
      before = now;
    }
    for (int d = before.length; d >= 0; d--) {
      end[path[d]] = size;
    }
  }

  private static int common(byte[] a, byte[] b) {
    int at = Arrays.mismatch(a, b);
    return at < 0 ? a.length : at;
  }
}
