package herd.data.web;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Words and phrases to be counted in texts. In scripts without spaces an entry is found wherever
/// it stands, else only as whole words.
public final class Phrases {
  private static final Hasher64 HASH = Hashing.komihash5_0();

  /// Words of the longest phrase that is found.
  private static final int LONGEST = 6;

  private final Set<Long> hashes = new HashSet<>();
  private final Set<Long> firsts = new HashSet<>();
  private final Set<String> unspaced = new HashSet<>();
  private final Set<Character> unspacedFirsts = new HashSet<>();

  private Phrases() {}

  /// @param found words that stand in entries
  /// @param words in all; characters count as words in scripts without spaces
  public record Count(long found, long words) {}

  /// @param entries in lower case
  public static Phrases of(List<String> entries) {
    var phrases = new Phrases();
    for (var entry : entries) {
      if (isUnspaced(entry.charAt(0))) {
        phrases.unspaced.add(entry);
        phrases.unspacedFirsts.add(entry.charAt(0));
        continue;
      }
      var words = new long[LONGEST];
      int count = 0;
      for (int at = 0; at < entry.length(); ) {
        int from = wordStart(entry, at);
        int to = wordEnd(entry, from);
        if (to > from && count < LONGEST) {
          words[count++] = hash(entry, from, to);
        }
        at = Math.max(to, from + 1);
      }
      if (count > 0) {
        phrases.firsts.add(words[0]);
        phrases.hashes.add(joined(words, 0, count));
      }
    }
    return phrases;
  }

  /// Counts the entries in a text.
  /// @param text in lower case
  public Count count(String text) {
    long found = 0;
    long words = 0;
    long covered = 0; // words before this one are counted
    var last = new long[LONGEST]; // hashes of the last words, in a ring
    for (int at = 0; at < text.length(); ) {
      char c = text.charAt(at);
      if (isUnspaced(c)) {
        words++;
        found += unspacedFirsts.contains(c) ? unspaced(text, at) : 0;
        at++;
        continue;
      }
      if (!isWord(c)) {
        at++;
        continue;
      }
      int to = wordEnd(text, at);
      last[(int) (words % LONGEST)] = hash(text, at, to);
      words++;
      int phrase = ending(last, words);
      if (phrase > 0) {
        found += Math.min(phrase, words - covered);
        covered = words;
      }
      at = to;
    }
    return new Count(found, words);
  }

  /// Words of the longest entry that ends with the last word.
  private int ending(long[] last, long words) {
    int most = (int) Math.min(LONGEST, words);
    var phrase = new long[LONGEST];
    int longest = 0;
    for (int n = 1; n <= most; n++) {
      phrase[LONGEST - n] = last[(int) ((words - n) % LONGEST)];
      if (firsts.contains(phrase[LONGEST - n])
          && hashes.contains(joined(phrase, LONGEST - n, LONGEST))) {
        longest = n;
      }
    }
    return longest;
  }

  private int unspaced(String text, int at) {
    int longest = 0;
    for (var entry : unspaced) {
      if (entry.length() > longest && text.startsWith(entry, at)) {
        longest = entry.length();
      }
    }
    return longest;
  }

  private static long hash(String text, int from, int to) {
    return HASH.hashCharsToLong(text.substring(from, to));
  }

  private static long joined(long[] words, int from, int to) {
    long h = to - from;
    for (int i = from; i < to; i++) {
      h = HASH.hashLongLongToLong(h, words[i]);
    }
    return h;
  }

  private static int wordStart(String text, int from) {
    int at = from;
    while (at < text.length() && !isWord(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static int wordEnd(String text, int from) {
    int at = from;
    while (at < text.length() && isWord(text.charAt(at)) && !isUnspaced(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isWord(char c) {
    if (c < 0x80) {
      return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z';
    }
    return Character.isLetterOrDigit(c)
        || Character.isSurrogate(c)
        || Character.getType(c) == Character.NON_SPACING_MARK
        || Character.getType(c) == Character.COMBINING_SPACING_MARK;
  }

  /// Han, kana, Thai, Lao, Khmer, Burmese.
  private static boolean isUnspaced(char c) {
    return c >= 0x0E00 && c <= 0x0EFF
        || c >= 0x1000 && c <= 0x109F
        || c >= 0x1780 && c <= 0x17FF
        || c >= 0x3040 && c <= 0x30FF
        || c >= 0x3400 && c <= 0x9FFF
        || c >= 0xF900 && c <= 0xFAFF;
  }
}
