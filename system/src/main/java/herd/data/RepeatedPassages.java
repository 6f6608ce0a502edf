package herd.data;

import herd.data.dedup.FirstPlaces;
import herd.data.dedup.Pieces;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Cuts passages that stood in the corpus before, word for word (Lee et al. 2022, exact substring
/// de-duplication, over words rather than tokens): the first of equals stays. Compares hashes of
/// all runs of so many words, sorted on the disk: about three times the size of the text. White
/// space does not matter. Leaves source code alone.
/// @param words a passage's least length
/// @param perLanguage whether passages of different languages are never the same
@About("cut passages that stood in the corpus before, word for word")
public record RepeatedPassages(
    @About("least words of a passage") @Default("50") int words,

    @About("tell passages of different languages apart") @Default("true")
    boolean perLanguage)
    implements PieceStep {
  public RepeatedPassages {
    if (words < 2 || words > 10_000) {
      throw new UserError("words", "" + words, "2 to 10000", "50 is usual.");
    }
  }

  private Pieces runs(Doc doc) {
    return Pieces.runs(doc.text(), words, CorpusStep.scope(doc, perLanguage));
  }

  @Override
  public long[] sketch(Doc doc) {
    return doc.kind().equals("code") ? new long[0] : runs(doc).filledHashes();
  }

  @Override
  public long occurrences() {
    return 2;
  }

  @Override
  public Verdict judge(long index, Doc doc, FirstPlaces first) {
    if (doc.kind().equals("code") || first.isEmpty()) {
      return new Verdict.Keep(doc);
    }
    var runs = runs(doc);
    var found = Pieces.words(doc.text());
    var kept = new Cut(doc.text());
    int n = found.count();
    int until = 0; // words before it are dealt with
    for (int i = 0; i < runs.count(); i++) {
      if (first.isLater(runs.hash(i), index, i)) {
        int from = Math.max(i, until);
        int to = i + words;
        int end = to < n ? found.start(to) : doc.text().length();
        if (to > from) {
          kept.out(found.start(from), end);
        }
        until = to;
      }
    }
    return kept.verdict(doc, "repeated-passages");
  }
}
