package herd.data.dedup;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs of words of texts that others must not contain, by their hashes. Capitals, punctuation and
/// accents do not matter ([Simplifier]), numbers do. Immutable; made by a [Builder].
public final class NgramIndex {
  private static final Hasher64 HASH = Hashing.xxh64();

  /// Bits of a table that says of most hashes that they are not there.
  private static final int SIEVE_BITS = 24;

  private final int words;
  private final List<String> names;
  private final long[] hashes; // sorted
  private final int[] owners;
  private final long[] sieve = new long[1 << SIEVE_BITS - 6];

  private NgramIndex(int words, Map<Long, Integer> found, List<String> names) {
    this.words = words;
    this.names = List.copyOf(names);
    hashes = found.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    owners = Arrays.stream(hashes).mapToInt(found::get).toArray();
    for (long hash : hashes) {
      int bit = (int) (hash >>> 64 - SIEVE_BITS);
      sieve[bit >> 6] |= 1L << bit;
    }
  }

  /// How many runs are in it.
  public int size() {
    return hashes.length;
  }

  /// What was found in a text.
  /// @param matches runs of the text that are in the index
  /// @param names of whom, sorted, each once
  public record Found(int matches, List<String> names) {}

  /// Looks for the index's runs in a text. May be called from several threads.
  public Found find(String text) {
    var simple = new Simplifier(false);
    simple.read(text);
    int matches = 0;
    var of = new ArrayList<String>();
    for (int i = 0; i + words <= simple.words(); i++) {
      int at = place(hash(simple, i, words));
      if (at >= 0) {
        matches++;
        var name = names.get(owners[at]);
        if (!of.contains(name)) {
          of.add(name);
        }
      }
    }
    of.sort(null);
    return new Found(matches, List.copyOf(of));
  }

  private int place(long hash) {
    int bit = (int) (hash >>> 64 - SIEVE_BITS);
    return (sieve[bit >> 6] >>> bit & 1) == 0 ? -1 : Arrays.binarySearch(hashes, hash);
  }

  private static long hash(Simplifier text, int word, int words) {
    int start = text.start(word);
    return HASH.hashBytesToLong(text.bytes(), start, text.start(word + words) - 1 - start);
  }

  /// Collects texts.
  public static final class Builder {
    private final int words;
    private final Map<Long, Integer> found = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final Simplifier simple = new Simplifier(false);

    /// @param words of a run
    public Builder(int words) {
      this.words = words;
    }

    /// Adds all runs of a text; a shorter text has none.
    /// @param name whose text it is
    public void add(String name, String text) {
      if (!names.contains(name)) {
        names.add(name);
      }
      int owner = names.indexOf(name);
      simple.read(text);
      for (int i = 0; i + words <= simple.words(); i++) {
        found.putIfAbsent(hash(simple, i, words), owner);
      }
    }

    /// What was added.
    public NgramIndex build() {
      return new NgramIndex(words, found, names);
    }
  }
}
