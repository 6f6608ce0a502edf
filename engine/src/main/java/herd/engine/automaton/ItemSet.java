package herd.engine.automaton;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Where a text stands in a grammar: all rules that may be going on, each with its state and the
/// set in which it was called (the sets of Earley's parser, with automata for rules). Immutable
/// but for what it remembers; equal if its items are.
final class ItemSet {
  /// Where the outermost rule was called.
  static final ItemSet TOP = new ItemSet(new State[0], new ItemSet[0], false);

  private static final int ITEMS = 20_000;

  final State[] states;
  final ItemSet[] origins;

  /// Whether the outermost rule may end here.
  final boolean complete;

  private volatile Map<Automaton, ItemSet> returns;
  private volatile long[] mask;
  private final int hash;

  private ItemSet(State[] states, ItemSet[] origins, boolean complete) {
    this.states = states;
    this.origins = origins;
    this.complete = complete;
    int mix = complete ? 1 : 0;
    for (int i = 0; i < states.length; i++) {
      mix = 31 * (31 * mix + System.identityHashCode(states[i]));
      mix += origins[i] == null ? 7 : System.identityHashCode(origins[i]);
    }
    hash = mix;
  }

  /// The set in which the outermost rule is in `state`.
  static ItemSet of(State state) {
    return new Closure().item(state, TOP).close();
  }

  /// The set after a byte, null if none fits.
  ItemSet step(int octet) {
    Closure next = null;
    for (int i = 0; i < states.length; i++) {
      State state = states[i].next(octet);
      if (state != null) {
        next = next == null ? new Closure() : next;
        next.item(state, origin(i));
      }
    }
    return next == null ? null : next.close();
  }

  /// The set in which item `i` was called.
  ItemSet origin(int i) {
    return origins[i] == null ? this : origins[i];
  }

  /// Where a rule that was called here leads when it ends, null if nowhere but to the end.
  ItemSet after(Automaton callee) {
    Map<Automaton, ItemSet> known = returns;
    if (known != null && known.containsKey(callee)) {
      return known.get(callee);
    }
    var closure = new Closure();
    for (int i = 0; i < states.length; i++) {
      State after = states[i].after(callee);
      if (after != null) {
        closure.item(after, origin(i));
      }
    }
    ItemSet out = closure.open.isEmpty() ? null : closure.close();
    var copy =
        known == null ? new IdentityHashMap<Automaton, ItemSet>() : new IdentityHashMap<>(known);
    copy.put(callee, out);
    returns = copy;
    return out;
  }

  long[] mask() {
    return mask;
  }

  void mask(long[] bits) {
    mask = bits;
  }

  /// Called in the set itself is written null, so that equal sets compare equal.
  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    if (!(other instanceof ItemSet set)
        || hash != set.hash
        || complete != set.complete
        || states.length != set.states.length) {
      return false;
    }
    for (int i = 0; i < states.length; i++) {
      if (states[i] != set.states[i] || origins[i] != set.origins[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /// Adds to some items all that follow from them without a byte.
  private static final class Closure {
    private record Item(State state, ItemSet origin) {
      @Override
      public boolean equals(Object other) {
        return other instanceof Item item && state == item.state && origin == item.origin;
      }

      @Override
      public int hashCode() {
        return 31 * System.identityHashCode(state) + System.identityHashCode(origin);
      }
    }

    private final List<Item> open = new ArrayList<>(8);
    private Set<Item> seen; // only where there are many
    private boolean complete;

    Closure item(State state, ItemSet origin) {
      if (seen != null) {
        var item = new Item(state, origin);
        if (seen.add(item)) {
          open.add(item);
        }
        return this;
      }
      for (int i = 0; i < open.size(); i++) {
        Item item = open.get(i);
        if (item.state == state && item.origin == origin) {
          return this;
        }
      }
      open.add(new Item(state, origin));
      if (open.size() == 16) {
        seen = new HashSet<>(open);
      }
      return this;
    }

    ItemSet close() {
      int kept = 0;
      for (int i = 0; i < open.size(); i++) {
        Item item = open.get(i);
        if (item.state.accepting) {
          end(item);
        }
        for (State.Call call : item.state.calls()) {
          item(call.callee().start(), null);
        }
        if (item.state.goesOn()) {
          kept++;
        }
        if (i > ITEMS) {
          throw new UserError(
              "grammar",
              "more than " + ITEMS + " ways to read the same text",
              "Make the grammar less ambiguous.");
        }
      }
      State[] states = new State[kept];
      ItemSet[] origins = new ItemSet[kept];
      int n = 0;
      for (Item item : open) {
        if (item.state.goesOn()) {
          states[n] = item.state;
          origins[n++] = item.origin;
        }
      }
      return new ItemSet(states, origins, complete);
    }

    /// A rule ended: those that called it go on. One that was called here and is already at its
    /// end is empty, and its callers have gone on without it.
    private void end(Item item) {
      if (item.origin == TOP) {
        complete = true;
      } else if (item.origin != null) {
        ItemSet from = item.origin;
        for (int i = 0; i < from.states.length; i++) {
          State after = from.states[i].after(item.state.automaton);
          if (after != null) {
            item(after, from.origin(i));
          }
        }
      }
    }
  }
}
