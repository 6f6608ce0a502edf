package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.HashMap;
import java.util.Map;

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
    implements RankedStep {
  public BestShare {
    if (!(share > 0 && share <= 1)) {
      throw new UserError("share", "" + share, "above 0, up to 1", "");
    }
  }

  /// The language, the score as a number that sorts alike, and 1.
  @Override
  public long[] sketch(Doc doc) {
    var value = doc.metadata().get(score);
    try {
      long bits = Double.doubleToLongBits(Double.parseDouble(value == null ? "" : value));
      long sortable = bits ^ (bits >> 63 & Long.MAX_VALUE);
      long language = Hashing.xxh3_64().hashCharsToLong(doc.language());
      return new long[] {language == 0 ? 1 : language, sortable, 1};
    } catch (NumberFormatException e) {
      throw new UserError(
          doc.id(),
          value == null ? "no " + score : score + " is " + value,
          "a number in its metadata",
          "Let a step that scores, such as quality-model, stand before best-share.");
    }
  }

  @Override
  public String reason(Doc doc) {
    return "below-best-share";
  }

  /// Of each language those of the lowest scores go, and of equal scores those that come first.
  @Override
  public Ranking ranking(Map<Long, Long> sums) {
    var left = new HashMap<>(sums); // how many of the language's documents are still to go
    left.replaceAll((_, documents) -> documents - (long) Math.ceil(share * documents));
    return (language, _) -> left.merge(language, -1L, Long::sum) >= 0;
  }
}
