package herd.data.words;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Drops texts much of which stands in phrases that they have said before: logs and error
/// messages, whose lines are too long and too unique for the removal of common lines (Llama 3
/// paper, section 3.1.1).
/// @param words of a phrase
/// @param maxShare largest share of the text's words in repeated phrases
@About("drop texts that repeat their own phrases")
public record DuplicateNgrams(
    @Default("10") int words, @Default("0.3") double maxShare) implements TextRule {
  public DuplicateNgrams {
    if (words < 1 || words > 1000) {
      throw new UserError("words", "" + words, "1 to 1000", "10 is usual.");
    }
    Shares.check("maxShare", maxShare);
  }

  @Override
  public Ruling apply(TextStats text) {
    return new Ngrams(text).coverage(words) > maxShare
        ? Ruling.drop("duplicate_ngrams")
        : Ruling.KEEP;
  }
}
