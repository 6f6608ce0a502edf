package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.StringTokenizer;

/// Drops documents with too few words to learn from.
/// @param minWords least number of words, split at white space
@About("drop documents with few words")
public record ShortDocument(
    @About("least number of words, split at white space") @Default("30")
    int minWords) implements DocumentStep {
  public ShortDocument {
    if (minWords < 1) {
      throw new UserError("minWords", "" + minWords, "1 or more", "Leave the step out instead.");
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    var words = new StringTokenizer(doc.text());
    for (int i = 0; i < minWords; i++) {
      if (!words.hasMoreTokens()) {
        return new Drop("under-" + minWords + "-words");
      }
      words.nextToken();
    }
    return new Keep(doc);
  }
}
