package herd.data.words;

import herd.run.About;
import herd.run.Default;

/// Drops texts few of whose lines end like a sentence.
/// @param minShare least share of filled lines that end with a sign that ends sentences, closing
/// quotes and brackets aside
@About("drop texts whose lines do not end like sentences")
public record LinePunctuation(@Default("0.12") double minShare) implements TextRule {
  public LinePunctuation {
    Shares.check("minShare", minShare);
  }

  @Override
  public Ruling apply(TextStats text) {
    int filled = 0;
    int punctuated = 0;
    for (int i = 0; i < text.lines; i++) {
      int start = text.line[i];
      int end = Sentences.trimmed(text.chars, start, text.lineEnd(i));
      filled += end > start ? 1 : 0;
      punctuated += Sentences.ends(text.chars, start, end) ? 1 : 0;
    }
    return punctuated < minShare * filled ? Ruling.drop("line_punctuation") : Ruling.KEEP;
  }
}
