package herd.data;

import herd.data.dedup.FirstPlaces;
import herd.data.dedup.Pieces;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Cuts paragraphs that stood in the corpus before: the first of equals stays. Compares hashes,
/// sorted on the disk. White space does not matter. Leaves source code alone.
/// @param minWords shorter paragraphs always stay
/// @param perLanguage whether paragraphs of different languages are never the same
@About("cut paragraphs that stood in the corpus before")
public record RepeatedParagraphs(
    @About("paragraphs of fewer words always stay") @Default("10")
    int minWords,

    @About("tell paragraphs of different languages apart") @Default("true")
    boolean perLanguage)
    implements PieceStep {
  public RepeatedParagraphs {
    if (minWords < 1) {
      throw new UserError("minWords", "" + minWords, "1 or more", "10 is usual.");
    }
  }

  private Pieces paragraphs(Doc doc) {
    return Pieces.paragraphs(doc.text(), minWords, CorpusStep.scope(doc, perLanguage));
  }

  @Override
  public long[] sketch(Doc doc) {
    if (doc.kind().equals("code")) {
      return new long[0];
    }
    var paragraphs = paragraphs(doc);
    var hashes = new long[paragraphs.count()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = paragraphs.hash(i);
    }
    return hashes;
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
    var paragraphs = paragraphs(doc);
    var kept = new Cut(doc.text());
    for (int i = 0; i < paragraphs.count(); i++) {
      if (first.isLater(paragraphs.hash(i), index, i)) {
        int end = Math.min(paragraphs.start(i + 1), doc.text().length());
        kept.out(paragraphs.start(i), end);
      }
    }
    return kept.verdict(doc, "repeated-paragraphs");
  }
}
