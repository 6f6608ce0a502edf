package herd.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/// Which of the allowed words was meant.
public final class Spelling {
  private Spelling() {}

  /// A sentence that names the nearest allowed word, or `otherwise` where none is near.
  public static String remedy(String word, Collection<String> allowed, String otherwise) {
    return allowed.stream()
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .filter(nearest -> distance(word, nearest) <= Math.max(2, nearest.length() / 3))
        .map(nearest -> "Did you mean '" + nearest + "'?")
        .orElse(otherwise);
  }

  /// Insertions, deletions, changes and swaps of neighbours between two words; case, `-` and `_`
  /// count for nothing.
  static int distance(String left, String right) {
    var a = plain(left);
    var b = plain(right);
    var before = new int[b.length() + 1];
    var last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var now = new int[b.length() + 1];
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        now[j] = Math.min(Math.min(now[j - 1], last[j]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          now[j] = Math.min(now[j], before[j - 2] + 1);
        }
      }
      before = last;
      last = now;
    }
    return last[b.length()];
  }

  private static String plain(String word) {
    var short64 = word.length() > 64 ? word.substring(0, 64) : word;
    return short64.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }
}
