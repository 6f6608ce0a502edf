package herd.data.words;

import java.util.Arrays;

/// A text's words and lines as hashes and lengths, found in one pass and shared by all rules.
/// Lengths are in code points, places in UTF-16 units. Belongs to one thread.
public final class TextStats {
  /// A longer text is more than one document; no rule is asked about it.
  public static final int LONGEST = 1 << 26;

  /// Words, more than any book has, of which notes are kept.
  private static final int MOST_WORDS = 1 << 21;

  final WordRule rule;

  /// Code of the text's language, empty if unknown.
  final String language;

  final char[] chars;
  final boolean surrogates;
  final int points;

  /// Of the words: hash, `B` to the power of the length, place, and what it is made of (see
  /// [#SOLID]).
  long[] hash;

  long[] power;
  int[] from;
  int[] shape;
  int words;
  private boolean whole = true;

  /// Of the lines, cut at `\n`: hash, and where they begin; one more place than lines.
  int[] line;
  long[] lineHash;
  int lines;
  int hashes; // signs '#'

  /// Words with a letter, and their characters, by [Script]; all in the first for
  /// [WordRule#PLAIN].
  final long[] scriptWords = new long[Script.values().length];

  final long[] scriptPoints = new long[Script.values().length];
  final Seen seen = new Seen();

  /// Bits of a word's shape: it holds a letter; it holds something that is not punctuation; from
  /// [#POINTS] on its length.
  static final int LETTERED = 1;

  static final int SOLID = 2;
  static final int POINTS = 2;

  private TextStats(String text, WordRule rule, String language) {
    this.rule = rule;
    this.language = language;
    chars = text.toCharArray();
    int room = Math.min(chars.length / 5 + 8, MOST_WORDS);
    hash = new long[room];
    power = new long[room];
    from = new int[room];
    shape = new int[room];
    line = new int[chars.length / 40 + 8];
    lineHash = new long[chars.length / 40 + 8];
    surrogates = findLines();
    points = surrogates ? Span.points(chars, 0, chars.length) : chars.length;
    switch (rule) {
      case PLAIN -> new PlainWords(this).find();
      case SCRIPTS -> new ScriptWords(this).find();
    }
  }

  /// Reads a text.
  /// @param text of at most [#LONGEST] characters
  /// @throws IllegalArgumentException if it is longer
  public static TextStats of(String text, WordRule rule) {
    return of(text, rule, "");
  }

  /// As [#of(String, WordRule)], of a text whose language is known.
  /// @param language code, empty if unknown
  public static TextStats of(String text, WordRule rule, String language) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(text.length() + " characters");
    }
    return new TextStats(text, rule, language);
  }

  /// Whether all words of the text are noted: no rule is asked about a text that has too many.
  public boolean whole() {
    return whole;
  }

  /// Words, punctuation among them.
  public int words() {
    return words;
  }

  /// Words that are not punctuation alone.
  public int solidWords() {
    int count = 0;
    for (int i = 0; i < words; i++) {
      count += shape[i] >> 1 & 1;
    }
    return count;
  }

  /// Mean length of the words that are not punctuation alone; not a number if there is none.
  public double meanWordLength() {
    long count = 0;
    long sum = 0;
    for (int i = 0; i < words; i++) {
      if ((shape[i] & SOLID) != 0) {
        count++;
        sum += shape[i] >> POINTS;
      }
    }
    return (double) sum / count;
  }

  /// Notes lines and signs.
  /// @return whether there is a surrogate
  private boolean findLines() {
    int n = chars.length;
    boolean found = false;
    int start = 0;
    for (int i = 0; i <= n; i++) {
      if (i == n || chars[i] == '\n') {
        addLine(start, i);
        start = i + 1;
      } else if (chars[i] == '#') {
        hashes++;
      } else {
        found |= chars[i] >= Character.MIN_SURROGATE && chars[i] <= Character.MAX_SURROGATE;
      }
    }
    line[lines] = n + 1;
    return found;
  }

  private void addLine(int start, int end) {
    if (lines + 1 == line.length) {
      line = Arrays.copyOf(line, 2 * line.length);
      lineHash = Arrays.copyOf(lineHash, 2 * line.length);
    }
    line[lines] = start;
    lineHash[lines++] = Span.hash(chars, start, end);
  }

  /// End of a line, before its `\n`.
  int lineEnd(int index) {
    return line[index + 1] - 1;
  }

  int points(int start, int end) {
    return surrogates ? Span.points(chars, start, end) : end - start;
  }

  /// Adds a word.
  /// @param flags of [Kinds] that any of its characters has; with [Kinds#SYMBOL] only if all have
  /// it
  void add(int start, long wordHash, long wordPower, int wordPoints, int flags) {
    if (words == MOST_WORDS) {
      whole = false;
      return;
    }
    if (words == hash.length) {
      int room = Math.min(words + words / 2, MOST_WORDS);
      hash = Arrays.copyOf(hash, room);
      power = Arrays.copyOf(power, room);
      from = Arrays.copyOf(from, room);
      shape = Arrays.copyOf(shape, room);
    }
    hash[words] = wordHash;
    power[words] = wordPower;
    from[words] = start;
    shape[words++] =
        wordPoints << POINTS | flags & LETTERED | ((flags & Kinds.SYMBOL) == 0 ? SOLID : 0);
  }

  /// The text itself.
  String text() {
    return new String(chars);
  }
}
