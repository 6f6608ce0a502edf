package herd.data;

import herd.data.spill.SortedRows;
import herd.engine.UserError;
import herd.run.Default;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/// Cuts lines that stand in many documents (paper, section 3.1.1): left-over menus and notices, and
/// sentences that a generator writes into each page. Leaves source code alone:
/// there, repeated lines are part of the language. The order and shape of the other lines stay.
/// @param maxDocuments in how many documents a line may stand; the paper's 6 are in 30 million,
/// which would cut good text in small corpora
/// @param minWords shorter lines always stay: labels, headings, names
public record CommonLines(
    @Default("20") int maxDocuments, @Default("4") int minWords) implements CorpusStep {
  public CommonLines {
    check("maxDocuments", maxDocuments);
    check("minWords", minWords);
  }

  private static void check(String name, int value) {
    if (value < 1) {
      throw new UserError(name, Integer.toString(value), "1 or more", "Correct it.");
    }
  }

  /// Hashes of the lines, in order; 0 for those that always stay.
  @Override
  public long[] sketch(Doc doc) {
    return doc.kind().equals("code")
        ? new long[0]
        : doc.text().lines().mapToLong(this::hash).toArray();
  }

  private long hash(String line) {
    var words = new Words(line);
    return words.count() < minWords ? 0 : words.hash(0, words.count());
  }

  @Override
  public Judge judge(Sketches sketches) {
    var common = new HashSet<Long>();
    try (var sorted = new SortedRows(1, sketches.scratch())) {
      sketches.forEach((_, lines) -> Arrays.stream(lines).distinct().forEach(sorted::add));
      var run = new long[2];
      sorted.forEach((row, at) -> {
        run[1] = row[at] == run[0] ? run[1] + 1 : 1;
        run[0] = row[at];
        if (run[1] > maxDocuments && run[0] != 0) {
          common.add(run[0]);
        }
      });
    }
    return (_, doc) -> without(doc, sketch(doc), common);
  }

  private Verdict without(Doc doc, long[] hashes, Set<Long> common) {
    var kept = new StringBuilder(doc.text().length());
    var lines = doc.text().split("\n", -1);
    boolean cut = false;
    for (int i = 0; i < lines.length; i++) {
      if (i < hashes.length && common.contains(hashes[i])) {
        cut = true;
        continue;
      }
      boolean secondBlank = cut && lines[i].isEmpty() && endsBlank(kept);
      if (!secondBlank) {
        kept.append(lines[i]).append('\n');
      }
    }
    if (!cut) {
      return new Verdict.Keep(doc);
    }
    var text = kept.toString().strip();
    return text.isEmpty() ? new Verdict.Drop("no-line-left") : new Verdict.Keep(doc.withText(text));
  }

  private static boolean endsBlank(StringBuilder text) {
    int n = text.length();
    return n == 0 || n > 1 && text.charAt(n - 1) == '\n' && text.charAt(n - 2) == '\n';
  }
}
