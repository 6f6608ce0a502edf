package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import crawlercommons.filters.basic.BasicURLNormalizer;
import herd.run.About;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.function.LongConsumer;

/// Keeps the newest version of every URL (Llama 3 paper, section 3.1.1): of documents whose
/// normalised URL is the same the one with the latest date stays, the last in the order of the
/// sources where dates are equal or unknown.
@About("keep the newest document of each URL")
public record UrlDuplicates() implements GroupStep {
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
  public String reason() {
    return "older-version";
  }

  @Override
  public Group group(LongConsumer goes) {
    return new Group() {
      private boolean any;
      private long newest;
      private long seconds;

      @Override
      public void next(long index, long date) {
        if (any && date < seconds) {
          goes.accept(index);
          return;
        }
        if (any) {
          goes.accept(newest);
        }
        any = true;
        newest = index;
        seconds = date;
      }

      @Override
      public void end() {
        any = false;
      }
    };
  }
}
