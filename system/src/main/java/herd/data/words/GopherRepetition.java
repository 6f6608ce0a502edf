package herd.data.words;

import herd.run.About;
import herd.run.Default;
import java.util.List;

/// Gopher's rules on repetition (Rae et al. 2021, table A1), with the names of datatrove. Shares
/// are of the text's characters unless they are of lines or paragraphs.
/// @param maxLines largest share of lines that were there before
/// @param maxParagraphs largest share of paragraphs that were there before
/// @param maxLineCharacters largest share of characters in such lines
/// @param maxParagraphCharacters largest share of characters in such paragraphs
/// @param top largest shares of the most frequent 2-gram, 3-gram and so on
/// @param duplicates largest shares of 5-grams, 6-grams and so on that were there before
@About("drop texts that repeat lines, paragraphs or phrases (Gopher repetition)")
public record GopherRepetition(
    @Default("0.3") double maxLines,
    @Default("0.3") double maxParagraphs,
    @Default("0.2") double maxLineCharacters,
    @Default("0.2") double maxParagraphCharacters,
    @Default("[0.2, 0.18, 0.16]") List<Double> top,
    @Default("[0.15, 0.14, 0.13, 0.12, 0.11, 0.1]") List<Double> duplicates)
    implements TextRule {
  private static final int FIRST_TOP = 2;
  private static final int FIRST_DUPLICATE = 5;

  /// Of an untouched recipe.
  public static final GopherRepetition USUAL = new GopherRepetition(
      0.3, 0.3, 0.2, 0.2, List.of(0.2, 0.18, 0.16), List.of(0.15, 0.14, 0.13, 0.12, 0.11, 0.1));

  public GopherRepetition {
    top = List.copyOf(top);
    duplicates = List.copyOf(duplicates);
    Shares.check("maxLines", maxLines);
    Shares.check("maxParagraphs", maxParagraphs);
    Shares.check("maxLineCharacters", maxLineCharacters);
    Shares.check("maxParagraphCharacters", maxParagraphCharacters);
    top.forEach(share -> Shares.check("top", share));
    duplicates.forEach(share -> Shares.check("duplicates", share));
  }

  @Override
  public Ruling apply(TextStats text) {
    if (text.chars.length == 0) {
      return Ruling.drop("empty");
    }
    double points = text.points;
    var paragraphs = Repeats.paragraphs(text);
    if (paragraphs.again() / (double) paragraphs.count() > maxParagraphs) {
      return Ruling.drop("dup_para_frac");
    }
    if (paragraphs.points() / points > maxParagraphCharacters) {
      return Ruling.drop("dup_para_char_frac");
    }
    var lines = Repeats.lines(text);
    if (lines.again() / (double) lines.count() > maxLines) {
      return Ruling.drop("dup_line_frac");
    }
    if (lines.points() / points > maxLineCharacters) {
      return Ruling.drop("dup_line_char_frac");
    }
    return phrases(text);
  }

  private Ruling phrases(TextStats text) {
    double points = text.points;
    var ngrams = new Ngrams(text);
    for (int k = 0; k < top.size(); k++) {
      int n = FIRST_TOP + k;
      if (ngrams.topExceeds(n, top.get(k))) {
        return Ruling.drop("top_" + n + "_gram");
      }
    }
    var repeats = new Ngrams(text);
    for (int k = 0; k < duplicates.size(); k++) {
      int n = FIRST_DUPLICATE + k;
      if (repeats.repeatedPoints(n) / points > duplicates.get(k)) {
        return Ruling.drop("duplicated_" + n + "_n_grams");
      }
    }
    return Ruling.KEEP;
  }
}
