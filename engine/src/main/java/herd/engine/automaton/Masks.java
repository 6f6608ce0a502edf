package herd.engine.automaton;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A grammar for one vocabulary: its automata, and the masks already known. Safe for any number
/// of threads.
final class Masks {
  private static final int SETS = 10_000;
  private static final int KEPT_MASKS = 256;
  private static final long WALK_BYTES = 128L << 20;

  final Vocabulary vocabulary;
  private final ItemSet start;
  private final Map<ItemSet, ItemSet> sets = new ConcurrentHashMap<>();
  private final ArrayDeque<ItemSet> masked = new ArrayDeque<>();
  private final ArrayDeque<State> walked = new ArrayDeque<>();
  private final AtomicLong walkBytes = new AtomicLong();

  Masks(Language language, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    start = ItemSet.of(language.automaton(vocabulary).start());
  }

  ItemSet start() {
    return start;
  }

  /// The set after a byte, one object for all equal ones, null if the byte does not fit.
  ItemSet step(ItemSet from, int octet) {
    ItemSet next = from.step(octet);
    if (next == null) {
      return null;
    }
    ItemSet old = sets.putIfAbsent(next, next);
    if (old != null) {
      return old;
    }
    if (sets.size() > SETS) {
      sets.clear();
    }
    return next;
  }

  /// A bit for each token that fits at `set`; not to be changed.
  long[] mask(ItemSet set) {
    long[] known = set.mask();
    if (known != null) {
      return known;
    }
    long[] mask = new long[vocabulary.size() + 63 >> 6];
    for (int i = 0; i < set.states.length; i++) {
      for (int t = 0; t < Vocabulary.TRIES; t++) {
        add(set, i, t, mask);
      }
    }
    set.mask(mask);
    synchronized (masked) {
      masked.add(set);
      if (masked.size() > KEPT_MASKS) {
        masked.remove().mask(null);
      }
    }
    return mask;
  }

  private void add(ItemSet set, int item, int number, long[] mask) {
    Trie trie = vocabulary.trie(number);
    Walk walk = walk(set.states[item], number);
    walk.addTo(mask);
    if (walk.octets().length == 0 || set.origin(item) == ItemSet.TOP) {
      return;
    }
    ItemSet after = set.origin(item).after(set.states[item].automaton);
    if (after == null) {
      return;
    }
    for (int i = 0; i < walk.octets().length; i++) {
      ItemSet next = after.step(walk.octets()[i] & 0xFF);
      if (next == null) {
        continue;
      }
      for (int node : walk.nodes()[i]) {
        for (int id = trie.token[node]; id >= 0; id = trie.same[id]) {
          mask[id >> 6] |= 1L << id;
        }
        Walk.under(node, next, trie, mask);
      }
    }
  }

  private Walk walk(State state, int number) {
    Trie trie = vocabulary.trie(number);
    State alike = state.alike(trie.deepest);
    Walk walk = alike.walks.get(number);
    if (walk == null) {
      walk = Walk.of(alike, trie);
      alike.walks.set(number, walk);
      remember(alike, walk.size());
    }
    return walk;
  }

  private void remember(State state, long size) {
    synchronized (walked) {
      walked.add(state);
      if (walkBytes.addAndGet(size) > WALK_BYTES) {
        for (State old : walked) {
          for (int t = 0; t < Vocabulary.TRIES; t++) {
            old.walks.set(t, null);
          }
        }
        walked.clear();
        walkBytes.set(0);
      }
    }
  }

  /// Copies the mask at `set` to `out`, whose further words become 0.
  void copy(ItemSet set, long[] out) {
    long[] mask = mask(set);
    System.arraycopy(mask, 0, out, 0, mask.length);
    Arrays.fill(out, mask.length, out.length, 0);
  }
}
