package herd.data;

import herd.data.dedup.FirstPlaces;
import herd.data.dedup.Mix;
import herd.data.dedup.Pieces;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Cuts lines that occur often (Llama 3 paper, section 3.1.1, as CCNet): left-over menus and
/// notices, and sentences that a generator writes into each page. The corpus is looked at in
/// buckets, in which lines are counted by their hashes; what does not fit in memory lies on the
/// disk. Leaves source code alone: there, repeated lines are part of the language. The order and
/// shape of the other lines stay.
/// @param maxOccurrences how often a line may occur in a bucket
/// @param bucket documents of one
/// @param minWords shorter lines always stay: labels, headings, names
/// @param perLanguage whether lines of different languages are never the same
@About("cut lines that occur often")
public record CommonLines(
    @About("how often a line may occur in a bucket") @Default("6")
    int maxOccurrences,

    @About("documents of a bucket") @Default("30000000") int bucket,

    @About("lines of fewer words always stay") @Default("1") int minWords,

    @About("tell lines of different languages apart") @Default("true")
    boolean perLanguage)
    implements PieceStep {
  public CommonLines {
    check("maxOccurrences", maxOccurrences);
    check("bucket", bucket);
    check("minWords", minWords);
  }

  private static void check(String name, int value) {
    if (value < 1) {
      throw new UserError(name, Integer.toString(value), "1 or more", "Correct it.");
    }
  }

  private Pieces lines(Doc doc) {
    return Pieces.lines(doc.text(), minWords, CorpusStep.scope(doc, perLanguage));
  }

  /// Hashes of the lines that may go.
  @Override
  public long[] sketch(Doc doc) {
    return doc.kind().equals("code") ? new long[0] : lines(doc).filledHashes();
  }

  /// A line's hash in its bucket.
  @Override
  public long key(long line, long index) {
    return line ^ Mix.of(index / bucket);
  }

  @Override
  public long occurrences() {
    return maxOccurrences + 1L;
  }

  @Override
  public Verdict judge(long index, Doc doc, FirstPlaces common) {
    if (doc.kind().equals("code") || common.isEmpty()) {
      return new Verdict.Keep(doc);
    }
    var lines = lines(doc);
    var kept = new Cut(doc.text());
    for (int i = 0; i < lines.count(); i++) {
      long hash = lines.hash(i);
      boolean goes = hash != 0 && common.knows(key(hash, index));
      kept.line(lines.start(i), lines.start(i + 1) - 1, goes);
    }
    return kept.verdict(doc, "no-line-left");
  }
}
