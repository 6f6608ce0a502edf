package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.web.Hosts;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.Arrays;
import java.util.function.LongConsumer;

/// Drops whole domains that have much personal data or many unsafe pages (Llama 3 paper, section
/// 3.1.1). Looks at what [Pii] and [DirtyWords] noted of each page; stands after them.
/// @param maxShare largest share of a domain's pages that may be flagged
/// @param leastPages of a domain before it is judged
/// @param leastPii findings that flag a page
/// @param leastDirty share of dirty words that flags a page
@About("drop domains with many pages of personal data or dirty words")
public record UnsafeDomains(
    @About("largest share of flagged pages, 0 to 1") @Default("0.3")
    double maxShare,

    @About("pages of a domain before it is judged") @Default("5")
    int leastPages,

    @About("findings of personal data that flag a page") @Default("3")
    int leastPii,

    @About("share of dirty words that flags a page") @Default("0.01")
    double leastDirty)
    implements GroupStep {
  public UnsafeDomains {
    if (!(maxShare >= 0 && maxShare < 1)) {
      throw new UserError("maxShare", "" + maxShare, "0 to less than 1", "It is a share of pages.");
    }
    if (leastPages < 1 || leastPii < 1) {
      throw new UserError("leastPages", "" + leastPages, "1 or more", "leastPii likewise.");
    }
  }

  /// A hash of the domain, 0 if there is none; whether the page is flagged.
  @Override
  public long[] sketch(Doc doc) {
    var domain = Hosts.domain(Hosts.of(doc.url()));
    if (domain.isEmpty()) {
      return new long[] {0, 0};
    }
    boolean flagged =
        number(doc, Pii.FOUND) >= leastPii || number(doc, DirtyWords.SHARE) >= leastDirty;
    return new long[] {Hashing.xxh3_64().hashCharsToLong(domain) | 1, flagged ? 1 : 0};
  }

  private static double number(Doc doc, String key) {
    var value = doc.metadata().get(key);
    try {
      return value == null ? 0 : Double.parseDouble(value);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  @Override
  public String reason() {
    return "unsafe-domain";
  }

  @Override
  public Group group(LongConsumer goes) {
    return new Group() {
      private long[] pages = new long[64];
      private int size;
      private long flagged;

      @Override
      public void next(long index, long number) {
        pages = size < pages.length ? pages : Arrays.copyOf(pages, 2 * size);
        pages[size++] = index;
        flagged += number;
      }

      @Override
      public void end() {
        if (size >= leastPages && flagged > maxShare * size) {
          Arrays.stream(pages, 0, size).forEach(goes);
        }
        size = 0;
        flagged = 0;
      }
    };
  }
}
