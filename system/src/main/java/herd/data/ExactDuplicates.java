package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.run.About;
import java.util.function.LongConsumer;

/// Keeps the first of documents whose texts are equal but for white space; compared by 64-bit
/// hashes.
@About("keep one of documents with the same text")
public record ExactDuplicates() implements GroupStep {
  /// A hash of the text.
  @Override
  public long[] sketch(Doc doc) {
    var text = doc.text();
    var normal = new StringBuilder(text.length());
    boolean blank = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        blank = !normal.isEmpty();
      } else {
        if (blank) {
          normal.append(' ');
          blank = false;
        }
        normal.append(c);
      }
    }
    return new long[] {Hashing.xxh3_64().hashCharsToLong(normal), 0};
  }

  @Override
  public String reason() {
    return "same-text";
  }

  @Override
  public Group group(LongConsumer goes) {
    return new Group() {
      private boolean again;

      @Override
      public void next(long index, long number) {
        if (again) {
          goes.accept(index);
        }
        again = true;
      }

      @Override
      public void end() {
        again = false;
      }
    };
  }
}
