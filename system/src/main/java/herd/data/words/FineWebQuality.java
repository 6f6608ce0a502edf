package herd.data.words;

import herd.run.About;
import herd.run.Default;

/// FineWeb's own rules (Penedo et al. 2024, section 3.6), with the names of datatrove. Blank lines
/// do not count.
/// @param minPunctuated least share of lines that end like a sentence
/// @param maxShortLines largest share of lines of at most `shortLine` characters
/// @param shortLine see there
/// @param maxRepeated largest share of characters in lines that were there before
/// @param maxNewLines most line breaks for each word
@About("drop lists and texts of broken or repeated lines (FineWeb quality)")
public record FineWebQuality(
    @Default("0.12") double minPunctuated,
    @Default("0.67") double maxShortLines,
    @Default("30") int shortLine,
    @Default("0.01") double maxRepeated,
    @Default("0.3") double maxNewLines)
    implements TextRule {
  /// Of an untouched recipe.
  public static final FineWebQuality USUAL = new FineWebQuality(0.12, 0.67, 30, 0.01, 0.3);

  public FineWebQuality {
    Shares.check("minPunctuated", minPunctuated);
    Shares.check("maxShortLines", maxShortLines);
    Shares.check("maxRepeated", maxRepeated);
    Shares.notNegative("maxNewLines", maxNewLines);
  }

  @Override
  public Ruling apply(TextStats text) {
    char[] chars = text.chars;
    int filled = 0;
    int punctuated = 0;
    int brief = 0;
    for (int i = 0; i < text.lines; i++) {
      int start = text.line[i];
      int end = text.lineEnd(i);
      if (!Repeats.blank(chars, start, end)) {
        filled++;
        int last = Character.codePointBefore(chars, end);
        punctuated += (Kinds.of(last) & Kinds.TERMINAL) != 0 ? 1 : 0;
        brief += text.points(start, end) <= shortLine ? 1 : 0;
      }
    }
    if (filled == 0) {
      return Ruling.drop("empty");
    }
    double lines = filled;
    if (punctuated / lines < minPunctuated) {
      return Ruling.drop("line_punct_ratio");
    }
    if (brief / lines > maxShortLines) {
      return Ruling.drop("short_line_ratio");
    }
    int breaks = text.lines - 1;
    if (Repeats.filledLines(text).points() / (double) (text.points - breaks) > maxRepeated) {
      return Ruling.drop("char_dup_ratio");
    }
    return breaks / (double) text.words > maxNewLines ? Ruling.drop("list_ratio") : Ruling.KEEP;
  }
}
