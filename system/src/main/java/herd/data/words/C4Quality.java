package herd.data.words;

import herd.run.About;
import herd.run.Default;
import java.nio.CharBuffer;

/// C4's rules (Raffel et al. 2020, section 2.2), with the names of datatrove: keeps the lines that
/// look like sentences, without marks of citations, and drops texts with place-holders or code.
/// @param minSentences least number of sentences in the lines that are kept
/// @param minWords least number of words in a line, split at white space
/// @param longestWord a line with a longer word goes
/// @param citations whether marks such as `[3]` and `[edit]` stay
/// @param anyEnd whether lines may end as they like
@About("keep the lines that are sentences, drop place-holders and code (C4)")
public record C4Quality(
    @Default("5") int minSentences,
    @Default("3") int minWords,
    @Default("1000") int longestWord,
    @Default("false") boolean citations,
    @Default("false") boolean anyEnd)
    implements TextRule {
  /// Of an untouched recipe.
  public static final C4Quality USUAL = new C4Quality(5, 3, 1000, false, false);

  public C4Quality {
    Shares.notNegative("minSentences", minSentences);
    Shares.notNegative("minWords", minWords);
    Shares.notNegative("longestWord", longestWord);
  }

  @Override
  public Ruling apply(TextStats text) {
    char[] chars = text.chars;
    var kept = new StringBuilder(chars.length);
    int sentences = 0;
    for (int start = 0; start < chars.length; ) {
      int end = LineEnds.end(chars, start);
      var line = Line.stripped(chars, start, end);
      start = LineEnds.next(chars, end);
      if (!line.wordsFit(minWords, longestWord)) {
        continue;
      }
      var bare = citations ? line : line.withoutCitations();
      if (!anyEnd && !bare.endsWell(text.rule)) {
        continue;
      }
      int phrases = Phrases.in(bare.chars(), bare.from(), bare.to());
      if ((phrases & Phrases.LOREM) != 0) {
        return Ruling.drop("lorem_ipsum");
      }
      if ((phrases & Phrases.JAVASCRIPT) != 0) {
        continue;
      }
      if ((phrases & Phrases.BRACE) != 0) {
        return Ruling.drop("curly_bracket");
      }
      if ((phrases & Phrases.POLICY) != 0) {
        continue;
      }
      sentences += Sentences.count(bare.chars(), bare.from(), bare.to(), text.rule);
      kept.append(bare.chars(), bare.from(), bare.to() - bare.from()).append('\n');
    }
    return sentences < minSentences ? Ruling.drop("too_few_sentences") : left(text, kept);
  }

  private static Ruling left(TextStats text, StringBuilder kept) {
    int from = 0;
    int to = kept.length();
    while (from < to && (Kinds.of(kept.charAt(from)) & Kinds.SPACE) != 0) {
      from++;
    }
    while (to > from && (Kinds.of(kept.charAt(to - 1)) & Kinds.SPACE) != 0) {
      to--;
    }
    var left = kept.substring(from, to);
    return left.contentEquals(CharBuffer.wrap(text.chars)) ? Ruling.KEEP : new Ruling(null, left);
  }

  /// A line in `chars[from..to)`.
  /// @param from where it begins
  private record Line(char[] chars, int from, int to) {
    static Line stripped(char[] chars, int start, int end) {
      int from = start;
      while (from < end && (Kinds.of(chars[from]) & Kinds.SPACE) != 0) {
        from++;
      }
      return new Line(chars, from, Sentences.trimmed(chars, from, end));
    }

    boolean wordsFit(int minWords, int longest) {
      int words = 0;
      int begin = from;
      for (int i = from; i <= to; i++) {
        if (i == to || (Kinds.of(chars[i]) & Kinds.SPACE) != 0) {
          if (i - begin > longest && Span.points(chars, begin, i) > longest) {
            return false;
          }
          words += i > begin ? 1 : 0;
          begin = i + 1;
        }
      }
      return words >= minWords;
    }

    boolean endsWell(WordRule rule) {
      if (to == from || LineEnds.dots(chars, from, to)) {
        return false;
      }
      return switch (chars[to - 1]) {
        case '.', '?', '!', '"', '\'' -> true;
        default -> rule == WordRule.SCRIPTS && Sentences.ends(chars, from, to);
      };
    }

    /// Without `[1]`, `[]`, `[edit]` and `[citation needed]`.
    Line withoutCitations() {
      int open = next(from);
      if (open == to) {
        return this;
      }
      var left = new char[to - from];
      int size = 0;
      int copied = from;
      for (; open < to; open = next(open)) {
        int close = Math.max(
            numbered(open), Math.max(marked(open, "[edit]"), marked(open, "[citation needed]")));
        if (close < 0) {
          open++;
          continue;
        }
        System.arraycopy(chars, copied, left, size, open - copied);
        size += open - copied;
        open = close;
        copied = close;
      }
      System.arraycopy(chars, copied, left, size, to - copied);
      return new Line(left, 0, size + to - copied);
    }

    private int next(int at) {
      int i = at;
      while (i < to && chars[i] != '[') {
        i++;
      }
      return i;
    }

    /// The end of a number in brackets that begins at `open`, or -1.
    private int numbered(int open) {
      int i = open + 1;
      while (i < to) {
        int point = Character.codePointAt(chars, i, to);
        if (!Character.isDigit(point)) {
          return chars[i] == ']' ? i + 1 : -1;
        }
        i += Character.charCount(point);
      }
      return -1;
    }

    private int marked(int open, String mark) {
      int length = mark.length();
      if (to - open < length) {
        return -1;
      }
      for (int i = 0; i < length; i++) {
        if (chars[open + i] != mark.charAt(i)) {
          return -1;
        }
      }
      return open + length;
    }
  }
}
