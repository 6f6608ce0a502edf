package herd.data;

import herd.data.spill.SortedRows;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/// A corpus step that decides within groups, each of which it sees from the lowest rank to the
/// highest, knowing beforehand how much every group is. Of one group the decisions depend on the
/// documents of no other, so that groups can be decided far from each other.
public sealed interface RankedStep extends CorpusStep permits BestShare, LimitShares {
  /// Three numbers: the document's group, 0 if it is in none and stays; its rank; how much it is.
  @Override
  long[] sketch(Doc doc);

  /// Why a document goes.
  String reason(Doc doc);

  /// Decides on all groups.
  /// @param sums how much all documents of each group are together, also of 0
  Ranking ranking(Map<Long, Long> sums);

  /// Decides on groups: the documents of each come in the order of their ranks, of equal ranks in
  /// that of the corpus.
  @FunctionalInterface
  interface Ranking {
    /// Whether the next document of a group goes.
    /// @param size how much it is
    boolean goes(long group, long size);
  }

  @Override
  default Judge judge(Sketches sketches) {
    var sums = new HashMap<Long, Long>();
    sketches.forEach((_, sketch) -> sums.merge(sketch[0], sketch[2], Long::sum));
    var ranking = ranking(sums);
    var dropped = new BitSet();
    try (var sorted = new SortedRows(4, sketches.scratch())) {
      sketches.forEach((index, sketch) -> {
        if (sketch[0] != 0) {
          sorted.add(sketch[1], sketch[0], sketch[2], index);
        }
      });
      sorted.forEach((row, at) -> {
        if (ranking.goes(row[at + 1], row[at + 2])) {
          dropped.set((int) row[at + 3]);
        }
      });
    }
    return (index, doc) ->
        dropped.get((int) index) ? new Verdict.Drop(reason(doc)) : new Verdict.Keep(doc);
  }
}
