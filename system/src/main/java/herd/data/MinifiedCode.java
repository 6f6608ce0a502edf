package herd.data;

import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.LineShape;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Drops source code that was packed to be small: by its name, by long lines, by few blanks. Prose
/// passes: its paragraphs are lines.
/// @param maxMeanLine most characters of a line on average
/// @param maxLine most characters of any line
/// @param minBlanks least share of white space
@About("drop minified code")
public record MinifiedCode(
    @About("most characters of a line, on average") @Default("100")
    int maxMeanLine,

    @About("most characters of a line") @Default("1000") int maxLine,
    @About("least share of white space") @Default("0.05") double minBlanks)
    implements DocumentStep {
  /// Shorter texts have too few blanks by chance.
  private static final int SHORT = 256;

  public MinifiedCode {
    if (maxMeanLine < 1) {
      throw new UserError("maxMeanLine", "" + maxMeanLine, "1 or more", "100 is usual.");
    }
    if (maxLine < 1) {
      throw new UserError("maxLine", "" + maxLine, "1 or more", "1000 is usual.");
    }
    if (!(minBlanks >= 0 && minBlanks <= 1)) {
      throw new UserError("minBlanks", "" + minBlanks, "0 to 1", "0.05 is usual.");
    }
  }

  @Override
  public Verdict judge(Doc doc) {
    var place = FilePlace.of(doc.source(), doc.id(), doc.metadata());
    var language = place.language(doc.language(), doc.text());
    if (!doc.kind().equals("code") && (language == null || language.isProse())) {
      return new Keep(doc);
    }
    if (place.path().matches("(?i).*[.-]min\\.(?:js|mjs|css)")) {
      return new Drop("minified-name");
    }
    var shape = LineShape.of(doc.text());
    if (shape.mean() > maxMeanLine) {
      return new Drop("long-lines-on-average");
    }
    if (shape.longest() > maxLine) {
      return new Drop("long-line");
    }
    return shape.blanks() < minBlanks && shape.characters() >= SHORT
        ? new Drop("few-blanks")
        : new Keep(doc);
  }
}
