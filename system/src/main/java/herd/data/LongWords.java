package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Drops documents with a word that no one writes: encoded data, minified code.
/// @param maxLength UTF-16 units that a word may have, split at white space
@About("drop documents with words that no one writes")
public record LongWords(
    @About("characters that a word may have, split at white space") @Default("2000")
    int maxLength) implements DocumentStep {
  public LongWords {
    if (maxLength < 1) {
      throw new UserError("maxLength", "" + maxLength, "1 or more", "The usual is 2000.");
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    int length = 0;
    for (int i = 0; i < doc.text().length(); i++) {
      length = Character.isWhitespace(doc.text().charAt(i)) ? 0 : length + 1;
      if (length > maxLength) {
        return new Drop("word-over-" + maxLength);
      }
    }
    return new Keep(doc);
  }
}
