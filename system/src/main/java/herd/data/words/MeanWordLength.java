package herd.data.words;

import herd.run.About;
import herd.run.Default;

/// Drops texts whose words are unusually short or long for the script that most of them are
/// written in ([Script]).
/// @param min least mean length in an alphabet, in characters
/// @param max largest mean length in an alphabet
@About("drop texts of unusually short or long words")
public record MeanWordLength(
    @Default("3") double min, @Default("10") double max) implements TextRule {
  public MeanWordLength {
    Shares.notNegative("min", min);
    Shares.notNegative("max", max);
  }

  @Override
  public Ruling apply(TextStats text) {
    int side = Script.of(text).side(text, min, max);
    return side == 0 ? Ruling.KEEP : Ruling.drop(side < 0 ? "short_words" : "long_words");
  }
}
