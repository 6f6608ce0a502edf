package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Keeps a stated part of the documents of some categories (Llama 3 paper, section 3.1.2:
/// categories that the web has too much of, such as arts and entertainment, are down-sampled).
/// Which documents stay follows from a hash of their text alone: the same ones in every run, and a
/// higher rate keeps all that a lower one keeps.
/// @param by what says the category: `kind`, `source`, `language` or a name in the metadata, such
///     as [KnowledgeCategory] leaves
/// @param rates category to the part of its documents that stays, 0 to 1; others stay whole
/// @param seed of the choice: a second step with the same seed would ask about the same documents
@About("keep a part of the documents of categories that there is too much of")
public record DownSample(
    @About("what says the category: kind, source, language or a name in the metadata")
    @Default("category")
    String by,

    @About("category to the part of its documents that stays, 0 to 1")
    Map<String, Double> rates,

    @About("of the choice; give each such step its own") @Default("1")
    long seed)
    implements DocumentStep {
  public DownSample {
    rates = Map.copyOf(rates);
    check("rates", rates);
  }

  /// Parts of categories.
  static void check(String where, Map<String, Double> parts) {
    if (parts.isEmpty()) {
      throw new UserError(where, "no category", "at least one", "Name a category.");
    }
    for (var part : new TreeMap<>(parts).entrySet()) {
      if (!(part.getValue() >= 0 && part.getValue() <= 1)) {
        throw new UserError(where + "." + part.getKey(), "" + part.getValue(), "0 to 1", "");
      }
    }
  }

  /// A number in 0 to 1 that follows from the text and the seed.
  static double draw(Doc doc, long seed) {
    return (hash(doc, seed) >>> 11) * 0x1p-53;
  }

  static long hash(Doc doc, long seed) {
    return Hashing.xxh3_64(seed).hashCharsToLong(doc.text());
  }

  /// What documents of a category are dropped for: `over-represented-arts-and-entertainment`.
  static String reason(String category) {
    return "over-represented-" + category.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\d]+", "-");
  }

  @Override
  public Verdict judge(Doc doc) {
    var category = doc.field(by);
    var rate = rates.get(category);
    return rate == null || draw(doc, seed) < rate ? new Keep(doc) : new Drop(reason(category));
  }
}
