package herd.engine.automaton;

import herd.engine.UserError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// The rules of a grammar while they are collected, and what makes automata of them. Rule 0 is
/// the whole text.
public final class Rules {
  private static final int INLINED = 40;

  private final String where;
  private final Nfa.Budget budget;
  private final List<String> names = new ArrayList<>();
  private final List<Expr> bodies = new ArrayList<>();
  private final List<Nfa> ready = new ArrayList<>();
  private final List<Counted> counted = new ArrayList<>();
  private final BitSet mayInline = new BitSet();

  /// @param where what errors call the grammar
  public Rules(String where) {
    this.where = where;
    budget = new Nfa.Budget(where, Nfa.Budget.PARTS);
  }

  /// A new rule, to be defined later.
  /// @param inline whether it may be copied to where it is used if it is small
  public int add(String name, boolean inline) {
    names.add(name);
    bodies.add(null);
    ready.add(null);
    counted.add(null);
    mayInline.set(names.size() - 1, inline);
    return names.size() - 1;
  }

  /// Says what a rule is.
  public void define(int rule, Expr body) {
    bodies.set(rule, body);
  }

  /// Says what a rule is.
  public void define(int rule, Nfa nfa) {
    ready.set(rule, nfa);
  }

  /// Says what a rule is.
  public void define(int rule, Counted string) {
    counted.set(rule, string);
  }

  /// What is left for all rules together.
  public Nfa.Budget budget() {
    return budget;
  }

  int size() {
    return names.size();
  }

  /// Writes every rule as an automaton without dead ends.
  /// @throws UserError for left recursion, naming the rule, or where no text fits at all
  public Language language() {
    var small = new Inliner(this, mayInline, INLINED);
    var all = new Nfa[names.size()];
    for (int rule = 0; rule < all.length; rule++) {
      if (counted.get(rule) == null) {
        Nfa nfa = ready.get(rule);
        all[rule] = nfa != null ? nfa : Thompson.of(small.inlined(bodies.get(rule)), true, budget);
      }
    }
    BitSet productive = fixpoint(all, false);
    if (!productive.get(0)) {
      throw new UserError(
          where, "no text at all fits", "Remove what contradicts itself or never ends.");
    }
    for (int rule = 0; rule < all.length; rule++) {
      all[rule] = productive.get(rule) && all[rule] != null ? trimmed(all[rule], productive) : null;
    }
    BitSet nullable = fixpoint(all, true);
    refuseLeftRecursion(all, nullable);
    return new Language(all, counted.toArray(Counted[]::new), nullable);
  }

  Expr body(int rule) {
    return bodies.get(rule);
  }

  /// The rules whose accepting node can be reached over calls of such rules: with the empty text
  /// alone, or with any.
  private BitSet fixpoint(Nfa[] all, boolean empty) {
    var callers = new ArrayList<List<Integer>>();
    for (int i = 0; i < all.length; i++) {
      callers.add(new ArrayList<>());
    }
    var open = new ArrayDeque<Integer>();
    var waiting = new BitSet();
    var found = new BitSet();
    for (int rule = 0; rule < all.length; rule++) {
      open.add(rule);
      waiting.set(rule);
      for (int e = 0; all[rule] != null && e < all[rule].low().length; e++) {
        if (all[rule].low()[e] == Nfa.CALL) {
          callers.get(all[rule].high()[e]).add(rule);
        }
      }
    }
    while (!open.isEmpty()) {
      int rule = open.remove();
      waiting.clear(rule);
      boolean now = all[rule] == null
          ? counted.get(rule) != null && !empty
          : forward(all[rule], found, empty).get(all[rule].accept());
      if (now && !found.get(rule)) {
        found.set(rule);
        for (int caller : callers.get(rule)) {
          if (!found.get(caller) && !waiting.get(caller)) {
            waiting.set(caller);
            open.add(caller);
          }
        }
      }
    }
    return found;
  }

  /// The nodes that the start reaches over calls of `rules` and, unless `empty`, over symbols.
  private static BitSet forward(Nfa nfa, BitSet rules, boolean empty) {
    var seen = new BitSet();
    var open = new int[nfa.nodes()];
    int size = 0;
    seen.set(nfa.start());
    open[size++] = nfa.start();
    while (size > 0) {
      int n = open[--size];
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        int target = nfa.to()[e];
        if (passes(nfa, e, rules, empty) && !seen.get(target)) {
          seen.set(target);
          open[size++] = target;
        }
      }
    }
    return seen;
  }

  private static boolean passes(Nfa nfa, int edge, BitSet rules, boolean empty) {
    int kind = nfa.low()[edge];
    return kind == Nfa.NOTHING
        || kind >= 0 && !empty
        || kind == Nfa.CALL && rules.get(nfa.high()[edge]);
  }

  /// Only the edges that lie on a way from start to end.
  private Nfa trimmed(Nfa nfa, BitSet productive) {
    BitSet ahead = forward(nfa, productive, false);
    int[] heads = new int[nfa.nodes() + 1];
    int edges = nfa.to().length;
    for (int target : nfa.to()) {
      heads[target + 1]++;
    }
    for (int n = 0; n < nfa.nodes(); n++) {
      heads[n + 1] += heads[n];
    }
    int[] place = Arrays.copyOf(heads, nfa.nodes());
    int[] source = new int[edges];
    int[] edge = new int[edges];
    for (int n = 0; n < nfa.nodes(); n++) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        int slot = place[nfa.to()[e]]++;
        source[slot] = n;
        edge[slot] = e;
      }
    }
    var live = new BitSet();
    int[] open = new int[nfa.nodes()];
    int size = 0;
    live.set(nfa.accept());
    open[size++] = nfa.accept();
    while (size > 0) {
      int n = open[--size];
      for (int i = heads[n]; i < heads[n + 1]; i++) {
        int before = source[i];
        if (ahead.get(before) && !live.get(before) && passes(nfa, edge[i], productive, false)) {
          live.set(before);
          open[size++] = before;
        }
      }
    }
    return copy(nfa, live, productive);
  }

  private static Nfa copy(Nfa nfa, BitSet live, BitSet productive) {
    var out = new Nfa.Builder(new Nfa.Budget("", Integer.MAX_VALUE));
    int[] number = new int[nfa.nodes()];
    for (int n = live.nextSetBit(0); n >= 0; n = live.nextSetBit(n + 1)) {
      number[n] = out.node();
    }
    for (int n = live.nextSetBit(0); n >= 0; n = live.nextSetBit(n + 1)) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        if (live.get(nfa.to()[e]) && passes(nfa, e, productive, false)) {
          out.edge(number[n], nfa.low()[e], nfa.high()[e], number[nfa.to()[e]]);
        }
      }
    }
    Nfa copy = out.build(number[nfa.start()], number[nfa.accept()]);
    if (nfa.alike() == null) {
      return copy;
    }
    int[] alike = new int[copy.nodes()];
    for (int n = live.nextSetBit(0); n >= 0; n = live.nextSetBit(n + 1)) {
      alike[number[n]] = number[live.get(nfa.alike()[n]) ? nfa.alike()[n] : n];
    }
    return copy.withAlike(alike);
  }

  /// A rule that calls itself before any character would be called for ever.
  private void refuseLeftRecursion(Nfa[] all, BitSet nullable) {
    var done = new BitSet();
    var inside = new BitSet();
    for (int root = 0; root < all.length; root++) {
      var path = new ArrayDeque<int[]>(); // rule, next of its first calls
      var calls = new ArrayDeque<List<Integer>>();
      if (!done.get(root) && all[root] != null) {
        path.push(new int[] {root, 0});
        calls.push(firstCalls(all[root], nullable));
        inside.set(root);
      }
      while (!path.isEmpty()) {
        int[] top = path.peek();
        if (top[1] == calls.peek().size()) {
          inside.clear(top[0]);
          done.set(top[0]);
          path.pop();
          calls.pop();
          continue;
        }
        int next = calls.peek().get(top[1]++);
        if (inside.get(next)) {
          throw new UserError(
              names.get(next),
              "it calls itself before any character (left recursion)",
              "Write it as a repetition, or with the call at the end.");
        }
        if (!done.get(next) && all[next] != null) {
          inside.set(next);
          path.push(new int[] {next, 0});
          calls.push(firstCalls(all[next], nullable));
        }
      }
    }
  }

  private static List<Integer> firstCalls(Nfa nfa, BitSet nullable) {
    var out = new BitSet();
    BitSet reached = forward(nfa, nullable, true);
    for (int n = reached.nextSetBit(0); n >= 0; n = reached.nextSetBit(n + 1)) {
      for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
        if (nfa.low()[e] == Nfa.CALL) {
          out.set(nfa.high()[e]);
        }
      }
    }
    return out.stream().boxed().toList();
  }
}
