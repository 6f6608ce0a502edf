package herd.engine.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The deterministic automaton of one rule, made state by state as text needs them. Safe for any
/// number of threads.
final class Automaton {
  /// States that are kept for finding them again; beyond, the table begins anew.
  private static final int STATES = 50_000;

  private record Key(int count, Object inside) {}

  private record Nodes(int[] nodes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Nodes n && Arrays.equals(nodes, n.nodes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(nodes);
    }
  }

  private final Nfa nfa; // null for a counted string
  private final BitSet nullable;
  private final Counted counted;
  private final Automaton characters; // of a counted string: one character
  private Automaton[] callees; // by number of the rule
  private final Map<Object, State> states = new ConcurrentHashMap<>();
  private final State.Subset none;
  private final State start;

  /// @param nullable the rules that the empty text fits
  Automaton(Nfa nfa, BitSet nullable) {
    this.nfa = nfa;
    this.nullable = nullable;
    counted = null;
    characters = null;
    none = new State.Subset(this, new int[0], false, false, null);
    start = subset(List.of(nfa.start()));
  }

  Automaton(Counted counted, Automaton characters) {
    this.counted = counted;
    this.characters = characters;
    nfa = null;
    nullable = new BitSet();
    none = null;
    start = place(State.Place.BEFORE, null);
  }

  /// Tells where calls lead; once, before the first text.
  void connect(Automaton[] all) {
    callees = all;
  }

  State start() {
    return start;
  }

  Counted counted() {
    return counted;
  }

  /// The start of one character of a counted string.
  State character() {
    return characters.start;
  }

  State place(int count, State inside) {
    return state(new Key(count, inside), new State.Place(this, count, inside));
  }

  private State state(Object key, State fresh) {
    State old = states.putIfAbsent(key, fresh);
    if (old != null) {
      return old;
    }
    if (states.size() > STATES) {
      states.clear();
    }
    return fresh;
  }

  /// The state that short texts do not tell from `state` and that stands for all such.
  State alike(State.Subset state) {
    if (nfa.alike() == null) {
      return state;
    }
    var nodes = new ArrayList<Integer>();
    boolean other = false;
    for (int n : state.nodes()) {
      nodes.add(nfa.alike()[n]);
      other |= nfa.alike()[n] != n;
    }
    return other ? subset(nodes) : state;
  }

  State step(State.Subset from, int octet) {
    var targets = new ArrayList<Integer>();
    for (int n : from.nodes()) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        if (nfa.low()[e] <= octet && octet <= nfa.high()[e] && nfa.low()[e] >= 0) {
          targets.add(nfa.to()[e]);
        }
      }
    }
    return targets.isEmpty() ? null : subset(targets);
  }

  /// Rules that say the same share an automaton and are one call.
  State.Call[] calls(State.Subset from) {
    var targets = new LinkedHashMap<Automaton, List<Integer>>();
    for (int n : from.nodes()) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        if (nfa.low()[e] == Nfa.CALL) {
          targets
              .computeIfAbsent(callees[nfa.high()[e]], _ -> new ArrayList<>())
              .add(nfa.to()[e]);
        }
      }
    }
    var out = new ArrayList<State.Call>();
    targets.forEach((callee, nodes) -> out.add(new State.Call(callee, subset(nodes))));
    return out.toArray(State.Call[]::new);
  }

  /// The state of the nodes that are reached from `seeds` without a byte.
  private State subset(List<Integer> seeds) {
    var seen = new BitSet();
    var open = new ArrayList<>(seeds);
    for (int seed : seeds) {
      seen.set(seed);
    }
    while (!open.isEmpty()) {
      int n = open.removeLast();
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        int kind = nfa.low()[e];
        boolean free = kind == Nfa.NOTHING || kind == Nfa.CALL && nullable.get(nfa.high()[e]);
        if (free && !seen.get(nfa.to()[e])) {
          seen.set(nfa.to()[e]);
          open.add(nfa.to()[e]);
        }
      }
    }
    boolean accepting = seen.get(nfa.accept());
    var kept = new BitSet();
    for (int n = seen.nextSetBit(0); n >= 0; n = seen.nextSetBit(n + 1)) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        if (nfa.low()[e] != Nfa.NOTHING) {
          kept.set(n);
        }
      }
    }
    boolean goesOn = !kept.isEmpty();
    if (accepting) {
      kept.set(nfa.accept());
    }
    int[] nodes = kept.stream().toArray();
    return state(new Nodes(nodes), new State.Subset(this, nodes, accepting, goesOn, none));
  }
}
