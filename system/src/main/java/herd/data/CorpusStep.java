package herd.data;

import java.util.HashSet;
import java.util.List;

/// A step that needs all documents to judge one. It looks twice: first at each document by itself,
/// from several threads, to note what it has to know of it; then, with all notes in the documents'
/// order, it judges each. Where documents do not fit in memory the notes alone do.
/// @param <S> what is noted of a document, small
sealed interface CorpusStep<S> extends Step
    permits UrlDuplicates, ExactDuplicates, NearDuplicates, CommonLines {
  /// What this step must know of `doc` beside others.
  S sketch(Doc doc);

  /// Makes up its mind on the whole corpus. The outcome depends on the sketches and their order
  /// alone.
  /// @param sketches of all documents, in their order
  Judge judge(List<S> sketches);

  /// Judges single documents of a corpus. Called from several threads at once.
  @FunctionalInterface
  interface Judge {
    /// @param index of the document in the corpus
    Verdict judge(int index, Doc doc);
  }

  /// Keeps the first of documents with equal sketches.
  static Judge firstOfEach(List<?> sketches, String reason) {
    var seen = new HashSet<Object>();
    var again = new boolean[sketches.size()];
    for (int i = 0; i < again.length; i++) {
      again[i] = !seen.add(sketches.get(i));
    }
    return (index, doc) -> again[index] ? new Verdict.Drop(reason) : new Verdict.Keep(doc);
  }
}
