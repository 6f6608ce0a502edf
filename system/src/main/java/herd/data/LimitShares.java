package herd.data;

import herd.data.spill.SortedRows;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
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
    implements CorpusStep {
  private static final int NONE = -1;

  public LimitShares {
    shares = Map.copyOf(shares);
    DownSample.check("shares", shares);
  }

  private List<String> categories() {
    return List.copyOf(new TreeMap<>(shares).keySet());
  }

  /// The category's number, or -1; bytes; a hash of the text.
  @Override
  public long[] sketch(Doc doc) {
    var category = doc.field(by);
    int number = shares.containsKey(category) ? categories().indexOf(category) : NONE;
    return new long[] {number, Tally.utf8Length(doc.text()), DownSample.hash(doc, seed)};
  }

  @Override
  public Judge judge(Sketches sketches) {
    var categories = categories();
    var bytes = new double[categories.size()];
    var free = new double[1];
    sketches.forEach((_, sketch) -> {
      if (sketch[0] == NONE) {
        free[0] += sketch[1];
      } else {
        bytes[(int) sketch[0]] += sketch[1];
      }
    });
    var left = allowed(categories, bytes, free[0]);
    var dropped = new BitSet();
    try (var sorted = new SortedRows(4, sketches.scratch())) {
      sketches.forEach((index, sketch) -> {
        if (sketch[0] != NONE) {
          sorted.add(sketch[2], sketch[0], sketch[1], index);
        }
      });
      sorted.forEach((row, at) -> {
        int category = (int) row[at + 1];
        left[category] -= row[at + 2];
        if (left[category] < 0) {
          left[category] = Double.NEGATIVE_INFINITY; // nothing after the first that does not fit
          dropped.set((int) row[at + 3]);
        }
      });
    }
    return (index, doc) -> dropped.get((int) index)
        ? new Verdict.Drop(DownSample.reason(doc.field(by)))
        : new Verdict.Keep(doc);
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
