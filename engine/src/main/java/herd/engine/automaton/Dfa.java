package herd.engine.automaton;

import herd.engine.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;

/// A deterministic automaton over code points. State 0 is the start; from every state the end can
/// be reached; without states it accepts nothing. Immutable.
public final class Dfa {
  /// States that an automaton may have.
  static final int STATES = 20_000;

  /// Elementary steps that a construction may take: a fraction of a second.
  private static final long WORK = 8_000_000;

  /// All texts.
  public static final Dfa ALL = new Dfa(List.of(loop()), bits(1));

  private final List<int[]> edges; // per state: low, high, target, ascending
  private final BitSet accepting;

  private Dfa(List<int[]> edges, BitSet accepting) {
    this.edges = edges;
    this.accepting = accepting;
  }

  /// No text.
  public static final Dfa NONE = new Dfa(List.of(), new BitSet());

  /// @param rows by state its edges: low, high, target, ascending and disjoint
  /// @param accepting the states in which a text may end
  public static Dfa of(List<int[]> rows, BitSet accepting) {
    return new Dfa(rows, accepting).trimmed().smallest();
  }

  private static int[] loop() {
    int[] out = new int[3 * Codes.ALL.ranges()];
    for (int i = 0; i < Codes.ALL.ranges(); i++) {
      out[3 * i] = Codes.ALL.low(i);
      out[3 * i + 1] = Codes.ALL.high(i);
    }
    return out;
  }

  private static BitSet bits(int states) {
    var out = new BitSet();
    out.set(0, states);
    return out;
  }

  int states() {
    return edges.size();
  }

  /// Whether no text fits.
  public boolean isEmpty() {
    return edges.isEmpty();
  }

  int[] edges(int state) {
    return edges.get(state);
  }

  boolean accepting(int state) {
    return accepting.get(state);
  }

  /// Whether a text fits.
  public boolean accepts(String text) {
    int state = isEmpty() ? -1 : 0;
    for (int i = 0; i < text.length() && state >= 0; ) {
      int code = text.codePointAt(i);
      state = next(state, code);
      i += Character.charCount(code);
    }
    return state >= 0 && accepting.get(state);
  }

  private int next(int state, int code) {
    int[] row = edges.get(state);
    for (int e = 0; e < row.length; e += 3) {
      if (code >= row[e] && code <= row[e + 1]) {
        return row[e + 2];
      }
    }
    return -1;
  }

  /// Texts of `min` to `max` code points; a negative `max` is no limit.
  public static Dfa lengths(int min, int max, String where) {
    int last = Math.max(min, max);
    limit(last, where);
    var edges = new ArrayList<int[]>();
    for (int i = 0; i <= last; i++) {
      int[] row = max >= 0 && i == last ? new int[0] : loop();
      for (int e = 2; e < row.length; e += 3) {
        row[e] = Math.min(i + 1, last);
      }
      edges.add(row);
    }
    var accepting = new BitSet();
    accepting.set(min, last + 1);
    return new Dfa(edges, accepting).trimmed();
  }

  private static void limit(int states, String where) {
    if (states >= STATES) {
      throw new UserError(
          where,
          "an automaton of more than " + STATES + " states",
          "Write a simpler pattern or lower its counts.");
    }
  }

  /// The automaton of an expression; its begin and end mean those of the whole text.
  /// @param search whether the expression may stand anywhere in the text
  public static Dfa of(Expr expr, boolean search, String where) {
    var out = new Nfa.Builder(new Nfa.Budget(where, 200_000));
    int start = out.node();
    int accept = out.node();
    var thompson = new Thompson(out, false);
    if (search) {
      int before = out.node();
      int after = out.node();
      thompson.chars(Codes.ALL, start, start);
      out.nothing(start, before);
      thompson.add(expr, before, after);
      out.nothing(after, accept);
      thompson.chars(Codes.ALL, accept, accept);
    } else {
      thompson.add(expr, start, accept);
    }
    return new Subsets(out.build(start, accept), where).build().trimmed().smallest();
  }

  /// Texts that both accept.
  public Dfa and(Dfa other, String where) {
    return product(other, true, where);
  }

  /// Texts that this accepts and `other` does not.
  public Dfa minus(Dfa other, String where) {
    return other.isEmpty() ? this : product(other, false, where);
  }

  private Dfa product(Dfa other, boolean both, String where) {
    if (isEmpty() || other.isEmpty()) {
      return new Dfa(List.of(), new BitSet());
    }
    var numbers = new HashMap<Long, Integer>();
    var pairs = new ArrayList<Long>();
    var rows = new ArrayList<int[]>();
    var ends = new BitSet();
    numbers.put(0L, 0);
    pairs.add(0L);
    for (int s = 0; s < pairs.size(); s++) {
      limit(s, where);
      int a = (int) (pairs.get(s) >>> 32);
      int b = (int) (long) pairs.get(s);
      boolean second = b >= 0 && other.accepting.get(b);
      ends.set(s, accepting.get(a) && second == both);
      var row = new Row();
      for (int[] part : parts(edges.get(a), b < 0 ? new int[0] : other.edges.get(b), both)) {
        long pair = (long) part[2] << 32 | part[3] & 0xFFFFFFFFL;
        Integer target = numbers.putIfAbsent(pair, numbers.size());
        if (target == null) {
          target = pairs.size();
          pairs.add(pair);
        }
        row.add(part[0], part[1], target);
      }
      rows.add(row.toArray());
    }
    return new Dfa(rows, ends).trimmed();
  }

  /// The pieces of two rows: low, high, target in the first, target in the second or -1.
  private static List<int[]> parts(int[] a, int[] b, boolean both) {
    var out = new ArrayList<int[]>();
    int j = 0;
    for (int i = 0; i < a.length; i += 3) {
      int from = a[i];
      while (j < b.length && b[j + 1] < from) {
        j += 3;
      }
      for (int k = j; from <= a[i + 1]; ) {
        boolean some = k < b.length && b[k] <= a[i + 1];
        int free = some ? b[k] - 1 : a[i + 1];
        if (from <= free && !both) {
          out.add(new int[] {from, free, a[i + 2], -1});
        }
        if (!some) {
          break;
        }
        int low = Math.max(from, b[k]);
        int high = Math.min(a[i + 1], b[k + 1]);
        out.add(new int[] {low, high, a[i + 2], b[k + 2]});
        from = high + 1;
        k += 3;
      }
    }
    return out;
  }

  /// Without the states from which the end cannot be reached.
  private Dfa trimmed() {
    var back = new ArrayList<List<Integer>>();
    edges.forEach(_ -> back.add(new ArrayList<>()));
    for (int s = 0; s < edges.size(); s++) {
      for (int e = 2; e < edges.get(s).length; e += 3) {
        back.get(edges.get(s)[e]).add(s);
      }
    }
    var live = (BitSet) accepting.clone();
    var work = new ArrayList<Integer>(accepting.stream().boxed().toList());
    while (!work.isEmpty()) {
      for (int source : back.get(work.removeLast())) {
        if (!live.get(source)) {
          live.set(source);
          work.add(source);
        }
      }
    }
    if (!live.get(0)) {
      return new Dfa(List.of(), new BitSet());
    }
    int[] number = new int[edges.size()];
    Arrays.fill(number, -1);
    int n = 0;
    for (int s = live.nextSetBit(0); s >= 0; s = live.nextSetBit(s + 1)) {
      number[s] = n++;
    }
    return renamed(number, n);
  }

  /// The same with states by their new numbers; those of -1 and the edges to them fall out.
  private Dfa renamed(int[] number, int states) {
    var rows = new ArrayList<int[]>();
    for (int i = 0; i < states; i++) {
      rows.add(null);
    }
    var ends = new BitSet();
    for (int s = 0; s < edges.size(); s++) {
      if (number[s] < 0 || rows.get(number[s]) != null) {
        continue;
      }
      var row = new Row();
      int[] old = edges.get(s);
      for (int e = 0; e < old.length; e += 3) {
        if (number[old[e + 2]] >= 0) {
          row.add(old[e], old[e + 1], number[old[e + 2]]);
        }
      }
      rows.set(number[s], row.toArray());
      ends.set(number[s], accepting.get(s));
    }
    return new Dfa(rows, ends);
  }

  /// With states merged that no text tells apart, where that is quick to find out.
  private Dfa smallest() {
    int[] group = new int[edges.size()];
    for (int s = 0; s < group.length; s++) {
      group[s] = accepting.get(s) ? 0 : 1;
    }
    int groups = 0;
    for (int round = 0; round < 200; round++) {
      var numbers = new HashMap<List<Integer>, Integer>();
      int[] next = new int[group.length];
      for (int s = 0; s < group.length; s++) {
        next[s] = numbers.merge(signature(s, group), numbers.size(), (old, _) -> old);
      }
      group = next;
      if (numbers.size() == groups) {
        return renamed(group, groups);
      }
      groups = numbers.size();
      if ((long) round * edges.size() > 10_000) {
        break;
      }
    }
    return this;
  }

  /// For each state the first one that texts of up to `length` characters do not tell from it;
  /// null where that is not worth finding out.
  int[] alike(int length) {
    if (edges.size() < 2 * length || (long) edges.size() * length > 100_000) {
      return null;
    }
    int[] group = new int[edges.size()];
    for (int s = 0; s < group.length; s++) {
      group[s] = accepting.get(s) ? 0 : 1;
    }
    for (int round = 0; round < length; round++) {
      var numbers = new HashMap<List<Integer>, Integer>();
      int[] next = new int[group.length];
      for (int s = 0; s < group.length; s++) {
        next[s] = numbers.merge(signature(s, group), numbers.size(), (old, _) -> old);
      }
      group = next;
    }
    int[] first = new int[group.length];
    int[] out = new int[group.length];
    Arrays.fill(first, -1);
    for (int s = 0; s < group.length; s++) {
      first[group[s]] = first[group[s]] < 0 ? s : first[group[s]];
      out[s] = first[group[s]];
    }
    return out;
  }

  private List<Integer> signature(int state, int[] group) {
    var row = new Row();
    int[] old = edges.get(state);
    for (int e = 0; e < old.length; e += 3) {
      row.add(old[e], old[e + 1], group[old[e + 2]]);
    }
    var out = new ArrayList<Integer>(row.size + 1);
    out.add(group[state]);
    for (int i = 0; i < row.size; i++) {
      out.add(row.values[i]);
    }
    return out;
  }

  /// Edges of a state in ascending order; touching ones with one target become one.
  private static final class Row {
    private int[] values = new int[6];
    private int size;

    void add(int low, int high, int target) {
      if (size > 0 && values[size - 1] == target && values[size - 2] == low - 1) {
        values[size - 2] = high;
        return;
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = low;
      values[size++] = high;
      values[size++] = target;
    }

    int[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }

  /// Sets of nodes become states.
  private static final class Subsets {
    private final Nfa nfa;
    private final String where;
    private final HashMap<List<Integer>, Integer> numbers = new HashMap<>();
    private final ArrayList<BitSet> sets = new ArrayList<>();
    private final BitSet atEnd; // nodes that lead to the end where the text ends
    private long work;

    Subsets(Nfa nfa, String where) {
      this.nfa = nfa;
      this.where = where;
      atEnd = new BitSet();
      atEnd.set(nfa.accept());
      for (boolean more = true; more; ) {
        more = false;
        for (int n = nfa.nodes() - 1; n >= 0; n--) {
          for (int e = nfa.first()[n]; e < nfa.first()[n + 1] && !atEnd.get(n); e++) {
            int kind = nfa.low()[e];
            if ((kind == Nfa.NOTHING || kind == Nfa.END) && atEnd.get(nfa.to()[e])) {
              atEnd.set(n);
              more = true;
            }
          }
        }
        spend(nfa.nodes());
      }
    }

    private void spend(long steps) {
      work += steps;
      if (work > WORK) {
        throw new UserError(
            where,
            "a pattern that takes too long to turn into an automaton",
            "Write a simpler pattern or lower its counts.");
      }
    }

    Dfa build() {
      var begin = new BitSet();
      close(nfa.start(), true, begin);
      number(begin);
      var rows = new ArrayList<int[]>();
      var ends = new BitSet();
      for (int s = 0; s < sets.size(); s++) {
        limit(s, where);
        ends.set(s, sets.get(s).intersects(atEnd));
        rows.add(row(sets.get(s)));
      }
      return new Dfa(rows, ends);
    }

    private int number(BitSet set) {
      var key = new ArrayList<Integer>();
      for (int n = set.nextSetBit(0); n >= 0; n = set.nextSetBit(n + 1)) {
        key.add(n);
      }
      spend(2L * key.size());
      Integer old = numbers.putIfAbsent(key, sets.size());
      if (old == null) {
        sets.add(set);
        return sets.size() - 1;
      }
      return old;
    }

    private void close(int node, boolean begin, BitSet into) {
      var open = new ArrayList<Integer>();
      into.set(node);
      open.add(node);
      while (!open.isEmpty()) {
        int n = open.removeLast();
        for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
          int kind = nfa.low()[e];
          boolean free = kind == Nfa.NOTHING || begin && kind == Nfa.BEGIN;
          if (free && !into.get(nfa.to()[e])) {
            into.set(nfa.to()[e]);
            open.add(nfa.to()[e]);
          }
        }
        spend(1);
      }
    }

    private int[] row(BitSet set) {
      var changes = new TreeMap<Integer, List<Integer>>(); // edge e begins, or ends (as -1 - e)
      for (int n = set.nextSetBit(0); n >= 0; n = set.nextSetBit(n + 1)) {
        for (int e = nfa.first()[n]; e < nfa.first()[n + 1]; e++) {
          if (nfa.low()[e] >= 0) {
            changes.computeIfAbsent(nfa.low()[e], _ -> new ArrayList<>()).add(e);
            changes.computeIfAbsent(nfa.high()[e] + 1, _ -> new ArrayList<>()).add(-1 - e);
            spend(4);
          }
        }
      }
      var row = new Row();
      var targets = new TreeMap<Integer, Integer>();
      for (var change : changes.entrySet()) {
        for (int e : change.getValue()) {
          int target = nfa.to()[e >= 0 ? e : -1 - e];
          targets.merge(
              target, e >= 0 ? 1 : -1, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
        }
        Integer end = changes.higherKey(change.getKey());
        if (end != null && !targets.isEmpty()) {
          var next = new BitSet();
          targets.keySet().forEach(target -> {
            if (!next.get(target)) {
              close(target, false, next);
            }
          });
          row.add(change.getKey(), end - 1, number(next));
        }
      }
      return row.toArray();
    }
  }
}
