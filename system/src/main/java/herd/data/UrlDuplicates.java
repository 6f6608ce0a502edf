package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import crawlercommons.filters.basic.BasicURLNormalizer;
import herd.data.spill.SortedRows;
import herd.run.About;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.BitSet;

/// Keeps the newest version of every URL (Llama 3 paper, section 3.1.1): of documents whose
/// normalised URL is the same the one with the latest date stays, the last in the order of the
/// sources where dates are equal or unknown.
@About("keep the newest document of each URL")
public record UrlDuplicates() implements CorpusStep {
  /// A hash of the URL, and the second of the date.
  @Override
  public long[] sketch(Doc doc) {
    return new long[] {Hashing.xxh3_64().hashCharsToLong(normal(doc.url())), seconds(doc.date())};
  }

  static String normal(String url) {
    if (!url.regionMatches(true, 0, "http:", 0, 5) && !url.regionMatches(true, 0, "https:", 0, 6)) {
      return url;
    }
    var normal = new BasicURLNormalizer().filter(url);
    return normal == null ? url : normal;
  }

  /// Seconds since 1970; the smallest number for a date that is unknown.
  static long seconds(String date) {
    try {
      if (date.length() == 10) {
        return LocalDate.parse(date).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
      }
      return date.isEmpty() ? Long.MIN_VALUE : Instant.parse(date).getEpochSecond();
    } catch (DateTimeParseException e) {
      return Long.MIN_VALUE;
    }
  }

  @Override
  public Judge judge(Sketches sketches) {
    var older = new BitSet();
    try (var sorted = new SortedRows(3, sketches.scratch())) {
      sketches.forEach((index, sketch) -> sorted.add(sketch[0], sketch[1], index));
      var newest = new long[3];
      var any = new boolean[1];
      sorted.forEach((row, at) -> {
        boolean same = any[0] && row[at] == newest[0];
        if (same && row[at + 1] < newest[1]) {
          older.set((int) row[at + 2]);
          return;
        }
        if (same) {
          older.set((int) newest[2]);
        }
        System.arraycopy(row, at, newest, 0, 3);
        any[0] = true;
      });
    }
    return CorpusStep.dropping(older, "older-version");
  }
}
