package herd.data;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import herd.run.About;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;

/// Keeps the first of documents whose texts are equal but for white space; compared by 128-bit
/// hashes.
@About("keep one of documents with the same text")
public record ExactDuplicates() implements CorpusStep {
  @Override
  public String[] judge(List<Doc> docs) {
    var hashes = docs.parallelStream()
        .map(doc -> Hashing.murmur3_128().hashBytesTo128Bits(normalised(doc.text())))
        .toList();
    var seen = new HashSet<HashValue128>();
    var reasons = new String[docs.size()];
    for (int i = 0; i < reasons.length; i++) {
      reasons[i] = seen.add(hashes.get(i)) ? null : "same-text";
    }
    return reasons;
  }

  private static byte[] normalised(String text) {
    return String.join(" ", Words.of(text)).getBytes(StandardCharsets.UTF_8);
  }
}
