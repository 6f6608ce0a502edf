package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.HashSet;

/// Drops documents most of whose lines they have said before: listings, logs, tables of constants
/// (Llama 3 paper, section 3.1.1: duplicated n-gram coverage, here over lines).
/// @param maxShare largest share of characters that may stand in repeated lines
@About("drop documents that repeat their own lines")
public record RepeatedLines(
    @About("largest share of characters in repeated lines, 0 to 1") @Default("0.5")
    double maxShare) implements DocumentStep {
  private static final int SHORT_LINE = 12;

  public RepeatedLines {
    if (!(maxShare >= 0 && maxShare <= 1)) {
      throw new UserError("maxShare", "" + maxShare, "0 to 1", "It is a share of characters.");
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    var seen = new HashSet<String>();
    long all = 0;
    long repeated = 0;
    for (var line : (Iterable<String>) doc.text().lines().map(String::strip)::iterator) {
      if (line.length() < SHORT_LINE) {
        continue;
      }
      all += line.length();
      if (!seen.add(line)) {
        repeated += line.length();
      }
    }
    return repeated > maxShare * all ? new Drop("repeated-lines") : new Keep(doc);
  }
}
