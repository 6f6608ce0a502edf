package herd.post;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which sentences occur word for word in a text: the same words in the same order, whatever
/// stands between them: case, punctuation, line breaks, the marks of comments. In Java sources,
/// HTML tags and the tags of Javadoc count as what they show, so that a sentence is found in a
/// page and in the comment that the page was made from. Words are compared by 64-bit hashes.
final class WordForWord {
  private static final int KEY = 4;
  private static final Set<String> TAGS = Set.of(
      ("a abbr b big blockquote br caption cite code dd div dl dt em font h1 h2 h3 h4 h5 h6 hr i img"
              + " kbd li ol p pre s small span strong sub sup table tbody td th thead tr tt u ul var")
          .split(" "));
  private static final int TAG_CHARACTERS = 200;

  /// Sentences by the hash of their first words, at most [#KEY]; index: number of those words.
  private final List<Map<Long, List<long[]>>> byBeginning = new ArrayList<>();

  private final Set<Sentence> found = new HashSet<>();

  /// Hashes of words, comparable.
  private record Sentence(List<Long> words) {
    static Sentence of(long[] words) {
      return new Sentence(Arrays.stream(words).boxed().toList());
    }
  }

  /// @param sentences that will be looked for
  WordForWord(Collection<String> sentences) {
    for (int k = 0; k <= KEY; k++) {
      byBeginning.add(new HashMap<>());
    }
    for (String sentence : new HashSet<>(sentences)) {
      long[] words = words(sentence);
      if (words.length > 0) {
        int k = Math.min(KEY, words.length);
        byBeginning
            .get(k)
            .computeIfAbsent(key(words, 0, k), _ -> new ArrayList<>())
            .add(words);
      }
    }
  }

  /// Looks for the sentences in one more text.
  void read(String text) {
    long[] words = words(text);
    for (int k = 1; k <= KEY; k++) {
      var sentences = byBeginning.get(k);
      for (int at = 0; !sentences.isEmpty() && at + k <= words.length; at++) {
        for (long[] sentence : sentences.getOrDefault(key(words, at, k), List.of())) {
          int end = at + sentence.length;
          if (end <= words.length && Arrays.equals(words, at, end, sentence, 0, sentence.length)) {
            found.add(Sentence.of(sentence));
          }
        }
      }
    }
  }

  /// Whether `sentence` occurred in a text read so far. A sentence without words always did.
  boolean seen(String sentence) {
    long[] words = words(sentence);
    return words.length == 0 || found.contains(Sentence.of(words));
  }

  /// Whether two texts are the same words in the same order.
  static boolean same(String a, String b) {
    return Arrays.equals(words(a), words(b));
  }

  private static long key(long[] words, int from, int count) {
    long key = count;
    for (int i = from; i < from + count; i++) {
      key = (key ^ words[i]) * 0x9E3779B97F4A7C15L;
      key ^= key >>> 29;
    }
    return key;
  }

  /// Hashes of the words: runs of letters and digits, in small letters.
  static long[] words(String text) {
    var out = new Words();
    out.append(text, 0, text.length());
    return Arrays.copyOf(out.hashes, out.count);
  }

  private static final class Words {
    private long[] hashes = new long[64];
    private int count;

    void append(String text, int from, int to) {
      long hash = 0;
      for (int at = from; at < to; ) {
        int c = text.codePointAt(at);
        if (Character.isLetterOrDigit(c)) {
          hash = (hash + Character.toLowerCase(c) + 1) * 0xD1342543DE82EF95L;
          hash ^= hash >>> 31;
          at += Character.charCount(c);
          continue;
        }
        end(hash);
        hash = 0;
        at = switch (c) {
          case '{' -> inlineTag(text, at, to);
          case '<' -> htmlTag(text, at, to);
          case '&' -> entity(text, at, to);
          default -> at + Character.charCount(c);
        };
      }
      end(hash);
    }

    private void end(long hash) {
      if (hash != 0) {
        if (count == hashes.length) {
          hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] = hash;
      }
    }

    /// `{@code x}` counts as `x`, `{@link Type#name(A, B) label}` as its label, or as what it
    /// refers to if it has none; what other tags hold counts.
    private int inlineTag(String text, int at, int to) {
      if (at + 1 >= to || text.charAt(at + 1) != '@') {
        return at + 1;
      }
      int name = at + 2;
      int after = name;
      while (after < to && Character.isLetter(text.charAt(after))) {
        after++;
      }
      if (!text.startsWith("link", name)) {
        return after;
      }
      int close = text.indexOf('}', after);
      if (close < 0 || close >= to) {
        return after;
      }
      int label = label(text, after, close);
      append(text, text.substring(label, close).isBlank() ? after : label, close);
      return close + 1;
    }

    /// Where the reference of a link ends.
    private static int label(String text, int from, int close) {
      int at = from;
      while (at < close && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      int depth = 0;
      while (at < close && (depth > 0 || !Character.isWhitespace(text.charAt(at)))) {
        char c = text.charAt(at++);
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      return at;
    }

    private static int htmlTag(String text, int at, int to) {
      int name = at + 1 < to && text.charAt(at + 1) == '/' ? at + 2 : at + 1;
      int after = name;
      while (after < to && Character.isLetterOrDigit(text.charAt(after))) {
        after++;
      }
      if (!TAGS.contains(text.substring(name, after))) {
        return at + 1;
      }
      int close = text.indexOf('>', after);
      return close < 0 || close >= to || close - at > TAG_CHARACTERS ? at + 1 : close + 1;
    }

    private static int entity(String text, int at, int to) {
      int after = at + 1;
      while (after < to
          && after < at + 10
          && "#;".indexOf(text.charAt(after)) < 0
          && Character.isLetterOrDigit(text.charAt(after))) {
        after++;
      }
      return after < to && after > at + 1 && text.charAt(after) == ';' ? after + 1 : at + 1;
    }
  }
}
