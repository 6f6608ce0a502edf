package herd.data;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import herd.run.About;
import java.util.List;

/// Keeps the first of documents whose texts are equal but for white space; compared by 128-bit
/// hashes.
@About("keep one of documents with the same text")
public record ExactDuplicates() implements CorpusStep<HashValue128> {
  @Override
  public HashValue128 sketch(Doc doc) {
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
    return Hashing.xxh3_128().hashCharsTo128Bits(normal);
  }

  @Override
  public Judge judge(List<HashValue128> sketches) {
    return CorpusStep.firstOfEach(sketches, "same-text");
  }
}
