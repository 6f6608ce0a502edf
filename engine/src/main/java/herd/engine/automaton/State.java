package herd.engine.automaton;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// A state of a deterministic automaton over bytes, one rule's. States come into being when they
/// are first reached and are shared by all sequences; what they remember may be lost and found
/// again, but never differs.
abstract sealed class State {
  /// What the rule `callee` leads to when it is called here and has been read.
  record Call(Automaton callee, State after) {}

  private static final Call[] NO_CALLS = {};
  private static final State[] NO_STATES = {};

  /// The automaton that this is a state of; by identity the name of its rule.
  final Automaton automaton;

  /// Whether the rule may end here.
  final boolean accepting;

  /// By trie of the vocabulary, what [Walk] found out from here.
  final AtomicReferenceArray<Walk> walks = new AtomicReferenceArray<>(Vocabulary.TRIES);

  State(Automaton automaton, boolean accepting) {
    this.automaton = automaton;
    this.accepting = accepting;
  }

  /// The state after a byte, null if none fits.
  abstract State next(int octet);

  abstract Call[] calls();

  /// Whether anything may come before the rule ends.
  abstract boolean goesOn();

  /// A state that no text of up to `bytes` bytes tells from this one.
  State alike(int bytes) {
    return this;
  }

  /// The state after the rule `callee` has been read from here, null if it is not called.
  final State after(Automaton callee) {
    for (Call call : calls()) {
      if (call.callee() == callee) {
        return call.after();
      }
    }
    return null;
  }

  /// A set of nodes of an [Nfa]: the general case.
  static final class Subset extends State {
    private final int[] nodes;
    private final boolean goesOn;
    private State[] row; // by byte; this itself where nothing fits
    private Call[] calls;
    private final Subset none;

    Subset(Automaton automaton, int[] nodes, boolean accepting, boolean goesOn, Subset none) {
      super(automaton, accepting);
      this.nodes = nodes;
      this.goesOn = goesOn;
      this.none = none;
    }

    int[] nodes() {
      return nodes;
    }

    @Override
    State next(int octet) {
      State[] known = row;
      if (known == null) {
        known = new State[256];
        row = known;
      }
      State next = known[octet];
      if (next == null) {
        next = automaton.step(this, octet);
        known[octet] = next == null ? none : next;
        return next;
      }
      return next == none ? null : next;
    }

    @Override
    Call[] calls() {
      Call[] known = calls;
      if (known == null) {
        known = automaton.calls(this);
        calls = known;
      }
      return known;
    }

    @Override
    boolean goesOn() {
      return goesOn;
    }

    @Override
    State alike(int bytes) {
      return bytes <= Nfa.ALIKE ? automaton.alike(this) : this;
    }
  }

  /// A place in a [Counted] string: how many characters were read, and where in the next one.
  static final class Place extends State {
    /// Before the opening quotation mark, and after the closing one, where a character would be.
    static final int BEFORE = -1;

    static final int AFTER = -2;

    private final int count;
    private final State inside; // null at a border between characters
    private State whole; // after the character that is going on
    private State[] parts = NO_STATES; // inside the next one, at as many places as were met

    Place(Automaton automaton, int count, State inside) {
      super(automaton, count == AFTER);
      this.count = count;
      this.inside = inside;
    }

    @Override
    State next(int octet) {
      Counted counted = automaton.counted();
      if (count < 0) {
        return count == BEFORE && octet == '"' ? automaton.place(0, null) : null;
      }
      if (inside == null && octet == '"') {
        return count >= counted.min() ? automaton.place(AFTER, null) : null;
      }
      if (inside == null && count == counted.max()) {
        return null;
      }
      State next = (inside == null ? automaton.character() : inside).next(octet);
      if (next == null) {
        return null;
      }
      return next.accepting ? whole(counted) : part(next);
    }

    private State whole(Counted counted) {
      State known = whole;
      if (known == null) {
        int one = count + 1;
        known = automaton.place(counted.max() < 0 ? Math.min(one, counted.min()) : one, null);
        whole = known;
      }
      return known;
    }

    private State part(State next) {
      State[] known = parts;
      for (State state : known) {
        if (((Place) state).inside == next) {
          return state;
        }
      }
      State made = automaton.place(count, next);
      State[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = made;
      parts = more;
      return made;
    }

    @Override
    Call[] calls() {
      return NO_CALLS;
    }

    @Override
    boolean goesOn() {
      return count != AFTER;
    }

    /// Far from the least and the greatest count all counts are alike.
    @Override
    State alike(int bytes) {
      Counted counted = automaton.counted();
      if (count < 0) {
        return this;
      }
      int missing = counted.min() - count;
      int room = counted.max() < 0 ? Integer.MAX_VALUE : counted.max() - count;
      int spare = missing <= 0 ? room : missing <= bytes + 1 ? 0 : Math.min(room, missing);
      int far = room == Integer.MAX_VALUE && missing <= 0 ? 0 : spare - (bytes + 1);
      return far <= 0 ? this : automaton.place(count + far, inside);
    }
  }
}
