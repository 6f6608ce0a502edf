package herd.data;

import herd.data.spill.SortedRows;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.Arrays;
import java.util.BitSet;

/// Drops near copies over the whole corpus (paper, section 3.1.1): MinHash signatures of word
/// n-grams, cut into bands; documents that share a band are joined, also over others, and of each
/// group the longest is kept, the first of equals. With the defaults half of the pairs of Jaccard
/// similarity 0.70 share a band, one in a hundred at 0.40, and 99 of a hundred at 0.87.
/// @param shingle words of it
/// @param bands in which one agreement is enough
/// @param rows places of a band, all of which must agree
@About("keep one of documents that are nearly the same")
public record NearDuplicates(
    @About("words in a shingle") @Default("5") int shingle,

    @About("bands, any of which betrays a pair") @Default("14")
    int bands,

    @About("hashes in a band, all of which must agree") @Default("8")
    int rows)
    implements CorpusStep {
  /// Orders are the same in every run, so that corpora curated apart can be compared.
  private static final long SEED = 1;

  private static final int MOST = 4096;

  public NearDuplicates {
    check("shingle", shingle, 100);
    check("bands", bands, MOST);
    check("rows", rows, MOST / bands);
  }

  private static void check(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new UserError(
          name,
          Integer.toString(value),
          "1 to " + most,
          "5 words, 14 bands of 8 rows are usual; bands times rows is at most " + MOST + ".");
    }
  }

  /// The keys of its bands, then the length of its text.
  @Override
  public long[] sketch(Doc doc) {
    var signature = new MinHash(bands * rows, SEED).signature(new Words(doc.text()), shingle);
    var sketch = Arrays.copyOf(MinHash.bands(signature, rows), bands + 1);
    sketch[bands] = doc.text().length();
    return sketch;
  }

  @Override
  public Judge judge(Sketches sketches) {
    int size = Math.toIntExact(sketches.size());
    var groups = new Groups(size);
    for (int band = 0; band < bands; band++) {
      join(groups, sketches, band);
    }
    var lengths = new int[size];
    sketches.forEach((index, sketch) -> lengths[(int) index] = (int) sketch[bands]);
    var best = new int[size];
    Arrays.fill(best, -1);
    for (int i = 0; i < best.length; i++) {
      int root = groups.root(i);
      int kept = best[root];
      if (kept < 0 || lengths[i] > lengths[kept]) {
        best[root] = i;
      }
    }
    var dropped = new BitSet(size);
    for (int i = 0; i < size; i++) {
      dropped.set(i, best[groups.root(i)] != i);
    }
    return CorpusStep.dropping(dropped, "near-duplicate");
  }

  private static void join(Groups groups, Sketches sketches, int band) {
    try (var sorted = new SortedRows(2, sketches.scratch())) {
      sketches.forEach((index, sketch) -> sorted.add(sketch[band], index));
      var last = new long[2];
      var any = new boolean[1];
      sorted.forEach((row, at) -> {
        if (any[0] && row[at] == last[0]) {
          groups.join((int) last[1], (int) row[at + 1]);
        }
        last[0] = row[at];
        last[1] = row[at + 1];
        any[0] = true;
      });
    }
  }

  /// Sets of documents, joined two at a time; the smallest index of a set stands for it.
  private static final class Groups {
    private final int[] parent;

    Groups(int size) {
      parent = new int[size];
      for (int i = 0; i < size; i++) {
        parent[i] = i;
      }
    }

    int root(int i) {
      int at = i;
      while (parent[at] != at) {
        at = parent[at];
      }
      return at;
    }

    void join(int i, int j) {
      int a = flat(i);
      int b = flat(j);
      parent[Math.max(a, b)] = Math.min(a, b);
    }

    /// The root, with the way to it shortened.
    private int flat(int i) {
      int root = root(i);
      for (int at = i; parent[at] != root; ) {
        int next = parent[at];
        parent[at] = root;
        at = next;
      }
      return root;
    }
  }
}
