package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.spill.SortedRows;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.BitSet;
import java.util.HashMap;

/// Keeps the best share of the documents of each language by a score that an earlier step left in
/// them (Llama 3 paper, section 3.1.2: multilingual quality ranking). Of documents with the same
/// score the earlier ones go first.
/// @param score name of the number in the documents' metadata
/// @param share that stays, of each language
@About("keep the best share of each language's documents by a score")
public record BestShare(
    @About("name of the score that an earlier step left") @Default("quality")
    String score,

    @About("share that stays, of each language") double share)
    implements CorpusStep {
  public BestShare {
    if (!(share > 0 && share <= 1)) {
      throw new UserError("share", "" + share, "above 0, up to 1", "");
    }
  }

  /// The score as a number that sorts alike, and the language.
  @Override
  public long[] sketch(Doc doc) {
    var value = doc.metadata().get(score);
    try {
      long bits = Double.doubleToLongBits(Double.parseDouble(value == null ? "" : value));
      long sortable = bits ^ (bits >> 63 & Long.MAX_VALUE);
      return new long[] {sortable, Hashing.xxh3_64().hashCharsToLong(doc.language())};
    } catch (NumberFormatException e) {
      throw new UserError(
          doc.id(),
          value == null ? "no " + score : score + " is " + value,
          "a number in its metadata",
          "Let a step that scores, such as quality-model, stand before best-share.");
    }
  }

  /// Why documents go.
  public String reason() {
    return "below-best-share";
  }

  /// How many of a language's documents go: those of the lowest scores, and of equal scores those
  /// that come first.
  public long goes(long documents) {
    return documents - (long) Math.ceil(share * documents);
  }

  @Override
  public Judge judge(Sketches sketches) {
    var left = new HashMap<Long, Long>(); // by language: how many go
    sketches.forEach((_, sketch) -> left.merge(sketch[1], 1L, Long::sum));
    left.replaceAll((_, count) -> goes(count));
    var dropped = new BitSet();
    try (var sorted = new SortedRows(3, sketches.scratch())) {
      sketches.forEach((index, sketch) -> sorted.add(sketch[0], sketch[1], index));
      sorted.forEach((row, at) -> {
        if (left.merge(row[at + 1], -1L, Long::sum) >= 0) {
          dropped.set((int) row[at + 2]);
        }
      });
    }
    return CorpusStep.dropping(dropped, reason());
  }
}
