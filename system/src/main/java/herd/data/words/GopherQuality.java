package herd.data.words;

import herd.run.About;
import herd.run.Default;
import java.util.List;

/// Gopher's rules on quality (Rae et al. 2021, table A1 and section A.1.1), with the names and
/// thresholds of datatrove. In [WordRule#SCRIPTS] the bounds of the mean length are those of an
/// alphabet; other scripts have their own ([Script]).
/// @param minWords least number of words that are not punctuation
/// @param maxWords most of them
/// @param minMeanLength least mean length of these words, in characters
/// @param maxMeanLength largest mean length
/// @param maxSymbols most `#`, and most `...` and `…`, for each word
/// @param maxBullets largest share of lines that begin with a bullet
/// @param maxEllipses largest share of lines that end with an ellipsis
/// @param minLettered least share of words with a letter; in [WordRule#PLAIN] of all, in
/// [WordRule#SCRIPTS] of those that are not punctuation
/// @param minStopWords how many stop words must occur
/// @param stopWords what they are; if empty, those of the text's language ([StopWords]), English if
/// it is unknown; a text in a language of which there is no list is not asked for any
@About("drop texts of unusual length, words or signs (Gopher quality)")
public record GopherQuality(
    @Default("50") int minWords,
    @Default("100000") int maxWords,
    @Default("3") double minMeanLength,
    @Default("10") double maxMeanLength,
    @Default("0.1") double maxSymbols,
    @Default("0.9") double maxBullets,
    @Default("0.3") double maxEllipses,
    @Default("0.8") double minLettered,
    @Default("2") int minStopWords,
    @Default("[]") List<String> stopWords)
    implements TextRule {
  /// Of an untouched recipe.
  public static final GopherQuality USUAL =
      new GopherQuality(50, 100_000, 3, 10, 0.1, 0.9, 0.3, 0.8, 2, List.of());

  public GopherQuality {
    stopWords = List.copyOf(stopWords);
    Shares.notNegative("minWords", minWords);
    Shares.notNegative("maxWords", maxWords);
    Shares.check("maxBullets", maxBullets);
    Shares.check("maxEllipses", maxEllipses);
    Shares.check("minLettered", minLettered);
  }

  @Override
  public Ruling apply(TextStats text) {
    int solid = text.solidWords();
    if (solid < minWords) {
      return Ruling.drop("gopher_short_doc");
    }
    if (solid > maxWords) {
      return Ruling.drop("gopher_long_doc");
    }
    int side = Script.of(text).side(text, minMeanLength, maxMeanLength);
    if (side != 0) {
      return Ruling.drop(side < 0 ? "gopher_below_avg_threshold" : "gopher_above_avg_threshold");
    }
    double words = text.words;
    if (text.hashes / words > maxSymbols) {
      return Ruling.drop("gopher_too_many_hashes");
    }
    if (ellipses(text.chars) / words > maxSymbols) {
      return Ruling.drop("gopher_too_many_ellipsis");
    }
    return lines(text);
  }

  private Ruling lines(TextStats text) {
    var ends = LineEnds.count(text.chars);
    if (ends.bullets() / (double) ends.lines() > maxBullets) {
      return Ruling.drop("gopher_too_many_bullets");
    }
    if (ends.ellipses() / (double) ends.lines() > maxEllipses) {
      return Ruling.drop("gopher_too_many_end_ellipsis");
    }
    int lettered = 0;
    for (int i = 0; i < text.words; i++) {
      lettered += text.shape[i] & TextStats.LETTERED;
    }
    int of = text.rule == WordRule.PLAIN ? text.words : text.solidWords();
    if (lettered / (double) of < minLettered) {
      return Ruling.drop("gopher_below_alpha_threshold");
    }
    var list = stopWords(text.language);
    return list != null && list.in(text, minStopWords) < minStopWords
        ? Ruling.drop("gopher_enough_stop_words")
        : Ruling.KEEP;
  }

  private StopWords stopWords(String language) {
    return stopWords.isEmpty()
        ? StopWords.of(language)
        : new StopWords(stopWords, StopWords.Found.AS_WORDS);
  }

  @Override
  public String passesOver(String language) {
    return minStopWords > 0 && stopWords(language) == null ? "no list of stop words" : "";
  }

  private static int ellipses(char[] chars) {
    int found = 0;
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] == '…') {
        found++;
      } else if (chars[i] == '.'
          && i + 2 < chars.length
          && chars[i + 1] == '.'
          && chars[i + 2] == '.') {
        found++;
        i += 2;
      }
    }
    return found;
  }
}
