package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.run.About;

/// Keeps the first of documents whose texts are equal but for white space; compared by 64-bit
/// hashes.
@About("keep one of documents with the same text")
public record ExactDuplicates() implements CorpusStep {
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
    return new long[] {Hashing.xxh3_64().hashCharsToLong(normal)};
  }

  @Override
  public Judge judge(Sketches sketches) {
    return CorpusStep.firstOfEach(sketches, "same-text");
  }
}
