package herd.engine.automaton;

import herd.engine.UserError;
import herd.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The tokens of a model as constraints see them: bytes by id. Made once for each tokenizer
/// (about 0.2 s at 128K tokens) and shared by all constraints; it keeps what they find out about
/// strings, numbers and the like, so that the second schema starts warm. Safe for any number of
/// threads.
public final class Vocabulary {
  /// Short tokens and long ones, so that a limit on a string's length matters to few.
  static final int TRIES = 2;

  private static final int SHORT = 16;
  private static final int SHARED_NODES = 2_000;
  private static final int SHARED = 500;
  private static final int LANGUAGES = 64;

  private final byte[][] bytes;
  private final Trie[] tries = new Trie[TRIES];
  private final Map<Object, Automaton> shared = newest(SHARED);
  private final Map<Language, Masks> bound = newest(LANGUAGES);

  private Vocabulary(byte[][] bytes) {
    this.bytes = bytes;
    var brief = new ArrayList<Integer>();
    var lengthy = new ArrayList<Integer>();
    for (int id = 0; id < bytes.length; id++) {
      if (bytes[id] != null && bytes[id].length > 0) {
        (bytes[id].length <= SHORT ? brief : lengthy).add(id);
      }
    }
    tries[0] = new Trie(bytes, brief);
    tries[1] = new Trie(bytes, lengthy);
  }

  /// The ordinary tokens of `tokenizer`; special ones are in no mask.
  public static Vocabulary of(Tokenizer tokenizer) {
    byte[][] bytes = new byte[tokenizer.vocab()][];
    for (int id = 0; id < bytes.length; id++) {
      if (!tokenizer.isSpecial(id)) {
        try {
          bytes[id] = tokenizer.bytes(id);
        } catch (UserError gap) {
          bytes[id] = null; // ids may have gaps
        }
      }
    }
    return new Vocabulary(bytes);
  }

  /// Tokens by id; null where no text token has that id.
  public static Vocabulary of(List<byte[]> tokens) {
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < bytes.length; id++) {
      bytes[id] = tokens.get(id) == null ? null : tokens.get(id).clone();
    }
    return new Vocabulary(bytes);
  }

  /// Number of ids: a mask needs a bit for each.
  public int size() {
    return bytes.length;
  }

  /// The bytes of a token (not a copy), null if it has none.
  public byte[] bytes(int id) {
    return id < 0 || id >= bytes.length ? null : bytes[id];
  }

  Trie trie(int number) {
    return tries[number];
  }

  Masks masks(Language language) {
    synchronized (bound) {
      return bound.computeIfAbsent(language, g -> new Masks(g, this));
    }
  }

  /// The automaton for a part that calls no other: one for all grammars that have the same.
  Automaton shared(Object part, Supplier<Automaton> make) {
    if (part instanceof Nfa nfa && nfa.nodes() > SHARED_NODES) {
      return make.get();
    }
    synchronized (shared) {
      Automaton old = shared.get(part);
      if (old == null) {
        old = make.get();
        shared.put(part, old);
      }
      return old;
    }
  }

  private static <K, V> Map<K, V> newest(int most) {
    return Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
      }
    });
  }
}
