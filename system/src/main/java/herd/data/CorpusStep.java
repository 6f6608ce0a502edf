package herd.data;

import herd.data.dedup.Mix;
import java.util.BitSet;

/// A step that needs all documents to judge one. It looks twice: first at each document by itself,
/// from several threads, to note what it has to know of it; then, with all notes in the documents'
/// order, it judges each. Notes lie on the disk: neither they nor the documents need fit in memory.
/// Most such steps decide within groups of documents or pieces that have a number in common
/// ([GroupStep], [PieceStep], [RankedStep]), which may be on different machines ([CorpusPart]).
public sealed interface CorpusStep extends Step
    permits GroupStep, PieceStep, RankedStep, NearDuplicates, LicenceFilter, JoinRepository {
  /// What this step must know of `doc` beside others, as numbers: hashes, lengths, scores.
  long[] sketch(Doc doc);

  /// Makes up its mind on the whole corpus. The outcome depends on the sketches and their order
  /// alone. What grows with the corpus by more than a few bytes a document is sorted on the disk
  /// ([herd.data.spill.SortedRows]).
  Judge judge(Sketches sketches);

  /// Judges single documents of a corpus. Called from several threads at once.
  @FunctionalInterface
  interface Judge {
    /// @param index of the document in the corpus
    Verdict judge(long index, Doc doc);
  }

  /// Drops the documents whose bits are set.
  static Judge dropping(BitSet dropped, String reason) {
    return (index, doc) ->
        dropped.get((int) index) ? new Verdict.Drop(reason) : new Verdict.Keep(doc);
  }

  /// Within what a document is compared with others: a number for its language, if that matters and
  /// is known, or else 0.
  static long scope(Doc doc, boolean perLanguage) {
    return perLanguage && !doc.language().isEmpty() ? Mix.of(doc.language().hashCode()) : 0;
  }
}
