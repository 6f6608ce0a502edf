package herd.data;

import herd.data.dedup.FirstPlaces;

/// A corpus step that cuts pieces of texts, lines or paragraphs, which occur again and again. A
/// piece's hash is its key; of keys that occur often enough the step is told where they first did.
public sealed interface PieceStep extends CorpusStep
    permits CommonLines, RepeatedParagraphs, RepeatedPassages {
  /// Hashes of the document's pieces, in order; 0 for those that always stay.
  @Override
  long[] sketch(Doc doc);

  /// How often a key must occur for documents to be told of it.
  long occurrences();

  /// The key of a piece of a document.
  /// @param hash of the piece
  default long key(long hash, long index) {
    return hash;
  }

  /// The keys of a document's pieces, in order; 0 for those that always stay.
  default long[] keys(long index, long[] sketch) {
    var keys = sketch.clone();
    for (int i = 0; i < keys.length; i++) {
      keys[i] = keys[i] == 0 ? 0 : key(keys[i], index);
    }
    return keys;
  }

  /// Judges a document.
  /// @param first where keys first occurred; it may know those of this document alone
  Verdict judge(long index, Doc doc, FirstPlaces first);

  @Override
  default Judge judge(Sketches sketches) {
    var first = FirstPlaces.of(
        rows -> sketches.forEach((index, sketch) -> rows.add(index, keys(index, sketch))),
        occurrences(),
        sketches.scratch());
    return (index, doc) -> judge(index, doc, first);
  }
}
