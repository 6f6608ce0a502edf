package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Near-duplicates over the whole corpus by MinHash and locality-sensitive hashing (Llama 3 paper,
/// section 3.1.1). Documents that agree in all rows of a band are joined; of each connected group
/// the longest stays, among equals the first.
/// @param shingle words in a shingle
/// @param bands groups of hashes, any of which may betray a pair
/// @param rows hashes in a band, all of which must agree
@About("keep one of documents that are nearly the same")
public record NearDuplicates(
    @About("words in a shingle") @Default("5") int shingle,

    @About("bands, any of which betrays a pair") @Default("14")
    int bands,

    @About("hashes in a band, all of which must agree") @Default("8")
    int rows)
    implements CorpusStep {
  private static final long STREAM = 0x9E3779B97F4A7C15L;

  public NearDuplicates {
    positive("shingle", shingle);
    positive("bands", bands);
    positive("rows", rows);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new UserError(name, "" + value, "1 or more", "The usual are 5, 14 and 8.");
    }
  }

  @Override
  public String[] judge(List<Doc> docs) {
    var signatures = new long[docs.size()][];
    IntStream.range(0, signatures.length)
        .parallel()
        .forEach(i -> signatures[i] = signature(docs.get(i).text()));
    var parent = IntStream.range(0, signatures.length).toArray();
    for (int band = 0; band < bands; band++) {
      var first = new HashMap<Long, Integer>();
      for (int i = 0; i < signatures.length; i++) {
        if (signatures[i].length > 0) {
          Integer other = first.putIfAbsent(key(signatures[i], band), i);
          if (other != null) {
            join(parent, other, i);
          }
        }
      }
    }
    return reasons(docs, parent);
  }

  /// The smallest hash of any shingle, for each of `bands * rows` hash functions; empty if the text
  /// is shorter than a shingle.
  long[] signature(String text) {
    var words = Words.of(text.toLowerCase(Locale.ROOT));
    if (words.size() < shingle) {
      return new long[0];
    }
    var hashes = words.stream().mapToLong(Hashing.xxh3_64()::hashCharsToLong).toArray();
    var smallest = new long[bands * rows];
    Arrays.fill(smallest, Long.MAX_VALUE);
    for (int i = 0; i + shingle <= hashes.length; i++) {
      long hash = 0;
      for (int j = 0; j < shingle; j++) {
        hash = mixed(hash * 31 + hashes[i + j]);
      }
      for (int f = 0; f < smallest.length; f++) {
        smallest[f] = Math.min(smallest[f], mixed(hash + (f + 1) * STREAM));
      }
    }
    return smallest;
  }

  /// SplitMix64's finishing function.
  private static long mixed(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  private long key(long[] signature, int band) {
    long key = band;
    for (int r = 0; r < rows; r++) {
      key = mixed(key * 31 + signature[band * rows + r]);
    }
    return key;
  }

  private static int root(int[] parent, int i) {
    while (parent[i] != i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  private static void join(int[] parent, int a, int b) {
    int rootA = root(parent, a);
    int rootB = root(parent, b);
    parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  private static String[] reasons(List<Doc> docs, int[] parent) {
    var best = new HashMap<Integer, Integer>();
    for (int i = 0; i < parent.length; i++) {
      int at = i;
      best.merge(
          root(parent, i),
          i,
          (kept, _) -> docs.get(at).text().length() > docs.get(kept).text().length() ? at : kept);
    }
    var reasons = new String[parent.length];
    for (int i = 0; i < parent.length; i++) {
      reasons[i] = best.get(root(parent, i)) == i ? null : "near-duplicate";
    }
    return reasons;
  }
}
