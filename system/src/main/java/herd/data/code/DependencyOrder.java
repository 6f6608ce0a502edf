package herd.data.code;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;

/// An order in which everything stands after what it needs. Where things need each other in a
/// circle, the one that is met first stands after those that it needs and before nothing: only
/// needs inside circles are not met.
final class DependencyOrder {
  private DependencyOrder() {}

  private record Open(int node, Iterator<Integer> needs) {}

  /// @param roots all nodes, in the order in which they stand as far as needs do not matter
  /// @param needs of a node, in the order in which they stand as far as their own do not matter
  static List<Integer> of(List<Integer> roots, IntFunction<List<Integer>> needs) {
    var order = new ArrayList<Integer>(roots.size());
    var met = new BitSet();
    var open = new ArrayDeque<Open>();
    for (int root : roots) {
      if (met.get(root)) {
        continue;
      }
      met.set(root);
      open.push(new Open(root, needs.apply(root).iterator()));
      while (!open.isEmpty()) {
        var top = open.peek();
        if (!top.needs().hasNext()) {
          order.add(open.pop().node());
          continue;
        }
        int next = top.needs().next();
        if (!met.get(next)) {
          met.set(next);
          open.push(new Open(next, needs.apply(next).iterator()));
        }
      }
    }
    return order;
  }
}
