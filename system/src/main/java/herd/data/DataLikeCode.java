package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.CodeShape;
import herd.data.code.FilePlace;
import herd.data.code.LineShape;
import herd.run.About;
import herd.run.Default;

/// Drops source code that is data: long literals, tables of numbers, encoded bytes, hardly any
/// letters. Comments do not count, but for the letters. Prose passes.
/// @param maxLiterals most of the code that may stand in literals of 64 characters and more
/// @param maxNumbers most of the code that may be numbers
/// @param maxEncoded most of the code that may be long runs of base64 or hexadecimal
/// @param minLetters least share of the text that is letters
@About("drop code that is data")
public record DataLikeCode(
    @About("most of the code that may stand in literals of 64 characters and more") @Default("0.5")
    double maxLiterals,

    @About("most of the code that may be numbers") @Default("0.5")
    double maxNumbers,

    @About("most of the code that may be long runs of base64 or hexadecimal") @Default("0.3")
    double maxEncoded,

    @About("least share of the text that is letters") @Default("0.25")
    double minLetters)
    implements DocumentStep {
  /// Shorter files are let through: shares of little say little.
  private static final int SHORT = 1000;

  public DataLikeCode {
    LanguageFilter.checkProbability("maxLiterals", maxLiterals);
    LanguageFilter.checkProbability("maxNumbers", maxNumbers);
    LanguageFilter.checkProbability("maxEncoded", maxEncoded);
    LanguageFilter.checkProbability("minLetters", minLetters);
  }

  @Override
  public Verdict judge(Doc doc) {
    var language =
        FilePlace.of(doc.source(), doc.id(), doc.metadata()).language(doc.language(), doc.text());
    if (!doc.kind().equals("code") && (language == null || language.isProse())) {
      return new Keep(doc);
    }
    var lines = LineShape.of(doc.text());
    if (lines.letters() < minLetters && lines.characters() >= SHORT) {
      return new Drop("few-letters");
    }
    var shape = CodeShape.of(doc.text(), language);
    if (shape.code() < SHORT) {
      return new Keep(doc);
    }
    if (shape.encoded() > maxEncoded) {
      return new Drop("encoded-data");
    }
    if (shape.numbers() > maxNumbers) {
      return new Drop("number-table");
    }
    return shape.literals() > maxLiterals ? new Drop("long-literals") : new Keep(doc);
  }
}
