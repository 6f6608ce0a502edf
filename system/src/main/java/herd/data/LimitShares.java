package herd.data;

import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Thins out categories until none has more than its share of the text that is left (Llama 3 paper,
/// section 3.1.2). Text is counted in bytes of UTF-8. Which documents stay follows from a hash of
/// their text: the same ones whatever their order, and a larger share keeps all that a smaller one
/// keeps. Categories without a limit stay whole; documents are not cut, so that a category ends
/// up below its share by less than a document.
/// @param by what says the category: `kind`, `source`, `language` or a name in the metadata
/// @param shares category to its most of the bytes that are left, 0 to 1
/// @param seed of the choice
@About("thin out categories until none has more than its share of the text")
public record LimitShares(
    @About("what says the category: kind, source, language or a name in the metadata")
    @Default("category")
    String by,

    @About("category to its most of the bytes that are left, 0 to 1")
    Map<String, Double> shares,

    @About("of the choice") @Default("1") long seed)
    implements RankedStep {
  public LimitShares {
    shares = Map.copyOf(shares);
    DownSample.check("shares", shares);
  }

  private List<String> categories() {
    return List.copyOf(new TreeMap<>(shares).keySet());
  }

  /// The category's number from 1 on, or 0; a hash of the text; bytes.
  @Override
  public long[] sketch(Doc doc) {
    int number = 1 + categories().indexOf(doc.field(by));
    return new long[] {number, DownSample.hash(doc, seed), Tally.utf8Length(doc.text())};
  }

  @Override
  public String reason(Doc doc) {
    return DownSample.reason(doc.field(by));
  }

  /// Nothing of a category stays after the first document that does not fit.
  @Override
  public Ranking ranking(Map<Long, Long> sums) {
    var categories = categories();
    var bytes = new double[categories.size()];
    Arrays.setAll(bytes, c -> sums.getOrDefault(1L + c, 0L));
    var left = allowed(categories, bytes, sums.getOrDefault(0L, 0L));
    return (category, size) -> {
      int c = (int) category - 1;
      left[c] -= size;
      if (left[c] < 0) {
        left[c] = Double.NEGATIVE_INFINITY;
      }
      return left[c] < 0;
    };
  }

  /// Bytes of each category that may stay: of a category beyond its share just that share of what
  /// is left in all, which is what the others have over what the limits leave to them.
  private double[] allowed(List<String> categories, double[] bytes, double free) {
    var most = bytes.clone();
    var limited = new BitSet();
    for (boolean more = true; more; ) {
      double whole = free;
      double rest = 1;
      for (int c = 0; c < bytes.length; c++) {
        whole += limited.get(c) ? 0 : bytes[c];
        rest -= limited.get(c) ? shares.get(categories.get(c)) : 0;
      }
      if (whole == 0 && !limited.isEmpty()) {
        throw new UserError(
            "shares",
            "limits on all categories that there are, less than 1 together",
            "room for some text",
            "Raise a share, or leave a category out.");
      }
      more = false;
      for (int c = 0; c < bytes.length; c++) {
        double share = shares.get(categories.get(c)) * whole / rest;
        if (limited.get(c)) {
          most[c] = share;
        } else if (bytes[c] > share * (1 + 1e-12)) {
          limited.set(c);
          more = true;
        }
      }
    }
    return most;
  }
}
