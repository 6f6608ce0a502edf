package herd.data.words;

import herd.run.About;
import herd.run.Default;

/// Drops texts of signs rather than words.
/// @param maxShare largest share of characters, white space aside, that are neither letters,
/// digits nor marks
@About("drop texts of signs rather than words")
public record SymbolRatio(@Default("0.25") double maxShare) implements TextRule {
  public SymbolRatio {
    Shares.check("maxShare", maxShare);
  }

  @Override
  public Ruling apply(TextStats text) {
    int signs = 0;
    int all = 0;
    for (char c : text.chars) {
      int kind = Kinds.of(c);
      signs += (kind & (Kinds.SPACE | Kinds.WORD | Kinds.MARK | Kinds.SURROGATE)) == 0 ? 1 : 0;
      all += (kind & Kinds.SPACE) == 0 ? 1 : 0;
    }
    return signs > maxShare * all ? Ruling.drop("symbol_ratio") : Ruling.KEEP;
  }
}
