package herd.data.words;

import java.util.Arrays;

/// Runs of words of a text. Asked for growing lengths, one kind of question for each object.
final class Ngrams {
  private final TextStats text;
  private long[] gram;
  private int size;

  /// How often any longer run occurs at most; negative while it is not known.
  private int bound = -1;

  Ngrams(TextStats text) {
    this.text = text;
  }

  /// Hashes of the runs of `n` words, put together with nothing or a blank between.
  private void grow(int n, boolean blanks) {
    if (gram == null) {
      gram = Arrays.copyOf(text.hash, text.words);
      size = 1;
    }
    for (; size < n; size++) {
      for (int i = 0; i + size < text.words; i++) {
        long left = blanks ? gram[i] * Span.B + ' ' : gram[i];
        gram[i] = left * text.power[i + size] + text.hash[i + size];
      }
    }
  }

  /// Whether the characters of the most frequent run of `n` words, blanks between them, times its
  /// count are more than `share` of the text's characters.
  boolean topExceeds(int n, double share) {
    if (text.words < n) {
      return false;
    }
    if (bound >= 0 && (double) bound * longest(n) / text.points <= share) {
      return false;
    }
    grow(n, true);
    int runs = text.words - n + 1;
    text.seen.clear(runs);
    for (int i = 0; i < runs; i++) {
      text.seen.count(gram[i], i);
    }
    var top = text.seen.top();
    bound = top.count();
    return (double) ((long) points(top.first(), n) * top.count()) / text.points > share;
  }

  private int points(int first, int n) {
    int points = n - 1;
    for (int i = first; i < first + n; i++) {
      points += text.shape[i] >> TextStats.POINTS;
    }
    return points;
  }

  private int longest(int n) {
    int now = points(0, n);
    int most = now;
    for (int i = n; i < text.words; i++) {
      now += (text.shape[i] >> TextStats.POINTS) - (text.shape[i - n] >> TextStats.POINTS);
      most = Math.max(most, now);
    }
    return most;
  }

  /// Characters in runs of `n` words that were there before, read from left to right without
  /// overlap.
  long repeatedPoints(int n) {
    grow(n, false);
    int runs = text.words - n + 1;
    text.seen.clear(Math.max(runs, 0));
    long repeated = 0;
    for (int i = 0; i < runs; ) {
      if (text.seen.add(gram[i])) {
        repeated += points(i, n) - (n - 1);
        i += n;
      } else {
        i++;
      }
    }
    return repeated;
  }

  /// Share of the words that stand in a run of `n` words that was there before.
  double coverage(int n) {
    if (text.words < n) {
      return 0;
    }
    grow(n, true);
    int runs = text.words - n + 1;
    text.seen.clear(runs);
    int covered = 0;
    int until = 0;
    for (int i = 0; i < runs; i++) {
      if (text.seen.add(gram[i])) {
        covered += i + n - Math.max(until, i);
        until = i + n;
      }
    }
    return covered / (double) text.words;
  }
}
