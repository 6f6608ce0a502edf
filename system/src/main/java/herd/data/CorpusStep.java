package herd.data;

import herd.data.spill.SortedRows;
import java.util.BitSet;

/// A step that needs all documents to judge one. It looks twice: first at each document by itself,
/// from several threads, to note what it has to know of it; then, with all notes in the documents'
/// order, it judges each. Notes lie on the disk: neither they nor the documents need fit in memory.
public sealed interface CorpusStep extends Step
    permits BestShare,
        LimitShares,
        UrlDuplicates,
        ExactDuplicates,
        NearDuplicates,
        CommonLines,
        RepeatedParagraphs,
        RepeatedPassages,
        UnsafeDomains {
  /// What this step must know of `doc` beside others, as numbers: hashes, lengths, scores.
  long[] sketch(Doc doc);

  /// Makes up its mind on the whole corpus. The outcome depends on the sketches and their order
  /// alone. What grows with the corpus by more than a few bytes a document is sorted on the disk
  /// ([SortedRows]).
  Judge judge(Sketches sketches);

  /// Judges single documents of a corpus. Called from several threads at once.
  @FunctionalInterface
  interface Judge {
    /// @param index of the document in the corpus
    Verdict judge(long index, Doc doc);
  }

  /// Keeps the first of documents whose sketches begin with the same number.
  static Judge firstOfEach(Sketches sketches, String reason) {
    var again = new BitSet();
    try (var rows = new SortedRows(2, sketches.scratch())) {
      sketches.forEach((index, sketch) -> rows.add(sketch[0], index));
      var last = new long[1];
      var any = new boolean[1];
      rows.forEach((row, at) -> {
        if (any[0] && row[at] == last[0]) {
          again.set((int) row[at + 1]);
        }
        last[0] = row[at];
        any[0] = true;
      });
    }
    return dropping(again, reason);
  }

  /// Drops the documents whose bits are set.
  static Judge dropping(BitSet dropped, String reason) {
    return (index, doc) ->
        dropped.get((int) index) ? new Verdict.Drop(reason) : new Verdict.Keep(doc);
  }
}
