package herd.data.dedup;

import herd.data.spill.SortedRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which of many texts are nearly the same: signatures and sets of shingles lie on the disk, memory
/// holds a few numbers a text.
public final class NearPairs implements AutoCloseable {
  private final MinHash minHash;
  private final Path scratch;
  private final Bands bands;
  private final SetFile signatures;
  private final SetFile sets;
  private int size;

  /// @param scratch a directory for what does not fit in memory
  public NearPairs(MinHash minHash, Path scratch) {
    this.minHash = minHash;
    this.scratch = scratch;
    bands = new Bands(scratch);
    signatures = new SetFile(scratch);
    sets = new SetFile(scratch);
  }

  /// What is noted of a text.
  /// @param signature empty if the text has fewer words than a shingle
  /// @param set its shingles, sorted, each once
  public record Note(long[] signature, long[] set) {}

  /// Two texts that share a band.
  /// @param one less than `other`
  /// @param estimated share of the places in which the signatures agree
  /// @param jaccard exact similarity of the sets of shingles
  /// @param bands in which the signatures agree
  public record Pair(int one, int other, double estimated, double jaccard, List<Integer> bands) {}

  /// Takes a pair.
  @FunctionalInterface
  public interface Each {
    void take(Pair pair);
  }

  /// Looks at a text. May be called from several threads.
  public Note note(String text) {
    var simple = new Simplifier(true);
    simple.read(text);
    var shingles = minHash.shingles(simple);
    var signature = shingles.length == 0 ? shingles : minHash.signature(shingles);
    return new Note(signature, MinHash.set(shingles));
  }

  /// Adds the next text.
  public void add(Note note) {
    var signature = note.signature();
    bands.add(size++, signature.length == 0 ? signature : minHash.keys(signature, 0));
    signatures.add(signature, 0, signature.length);
    sets.add(note.set(), 0, note.set().length);
  }

  /// Joins texts over the bands that they share.
  /// @param verify least exact similarity of the pairs that are joined
  /// @param each takes the pairs, in the order of their first texts
  public Groups join(double verify, Each each) {
    var groups = new Groups(size);
    try (var found = new SortedRows(1, scratch)) {
      bands.pairs((one, other) -> found.add((long) one << 32 | other));
      var last = new long[] {-1};
      found.forEach((row, at) -> {
        if (row[at] != last[0]) {
          last[0] = row[at];
          var pair = pair((int) (row[at] >> 32), (int) row[at]);
          if (pair.jaccard() >= verify) {
            groups.join(pair.one(), pair.other());
            each.take(pair);
          }
        }
      });
    }
    return groups;
  }

  private Pair pair(int one, int other) {
    var mine = signatures.get(one);
    var theirs = signatures.get(other);
    var equal = new ArrayList<Integer>();
    var myKeys = minHash.keys(mine, 0);
    var theirKeys = minHash.keys(theirs, 0);
    for (int band = 0; band < myKeys.length; band++) {
      if (myKeys[band] == theirKeys[band]) {
        equal.add(band);
      }
    }
    return new Pair(
        one,
        other,
        MinHash.similarity(mine, theirs),
        MinHash.jaccard(sets.get(one), sets.get(other)),
        equal);
  }

  @Override
  public void close() {
    bands.close();
    signatures.close();
    sets.close();
  }
}
