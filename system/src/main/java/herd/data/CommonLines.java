package herd.data;

import herd.engine.UserError;
import herd.run.Default;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/// Cuts lines that stand in many documents (paper, section 3.1.1): left-over menus and notices, and
/// sentences that a generator writes into each page. Looks at pages only: in source code
/// repeated lines are part of the language. The order and shape of the other lines stay.
/// @param maxDocuments in how many documents a line may stand; the paper's 6 are in 30 million,
/// which
/// would cut good text here
/// @param minWords shorter lines always stay: labels, headings, names
public record CommonLines(
    @Default("20") int maxDocuments, @Default("4") int minWords) implements CorpusStep<long[]> {
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
    return doc.kind().equals("page")
        ? doc.text().lines().mapToLong(this::hash).toArray()
        : new long[0];
  }

  private long hash(String line) {
    var words = new Words(line);
    return words.count() < minWords ? 0 : words.hash(0, words.count());
  }

  @Override
  public Judge judge(List<long[]> sketches) {
    var documents = new HashMap<Long, Integer>();
    for (var lines : sketches) {
      Arrays.stream(lines).distinct().forEach(line -> documents.merge(line, 1, Integer::sum));
    }
    return (index, doc) -> without(doc, sketches.get(index), documents);
  }

  private Verdict without(Doc doc, long[] hashes, HashMap<Long, Integer> documents) {
    var kept = new StringBuilder(doc.text().length());
    var lines = doc.text().split("\n", -1);
    boolean cut = false;
    for (int i = 0; i < lines.length; i++) {
      if (i < hashes.length && hashes[i] != 0 && documents.get(hashes[i]) > maxDocuments) {
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
