package herd.data;

import herd.data.dedup.KeyFile;
import herd.data.dedup.Mix;
import herd.data.dedup.Pieces;
import herd.data.spill.SortedRows;
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
    implements CorpusStep {
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
    return Pieces.lines(doc.text(), minWords, Scope.of(doc, perLanguage));
  }

  /// Hashes of the lines that may go.
  @Override
  public long[] sketch(Doc doc) {
    return doc.kind().equals("code") ? new long[0] : lines(doc).filledHashes();
  }

  /// A line's hash in its bucket.
  private long key(long line, long index) {
    return line ^ Mix.of(index / bucket);
  }

  @Override
  public Judge judge(Sketches sketches) {
    var file = sketches.scratch().resolve("common-lines");
    try (var sorted = new SortedRows(1, sketches.scratch());
        var common = new KeyFile.Writer(file, 0)) {
      sketches.forEach((index, lines) -> {
        for (long line : lines) {
          sorted.add(key(line, index));
        }
      });
      var run = new long[2];
      sorted.forEach((row, at) -> {
        run[1] = row[at] == run[0] ? run[1] + 1 : 1;
        run[0] = row[at];
        if (run[1] == maxOccurrences + 1L) {
          common.add(run[0], 0);
        }
      });
    }
    var common = KeyFile.open(file, 0);
    return (index, doc) -> doc.kind().equals("code") || common.count() == 0
        ? new Verdict.Keep(doc)
        : without(doc, index, common);
  }

  private Verdict without(Doc doc, long index, KeyFile common) {
    var lines = lines(doc);
    var kept = new Cut(doc.text());
    for (int i = 0; i < lines.count(); i++) {
      long hash = lines.hash(i);
      boolean goes = hash != 0 && common.find(key(hash, index)) != KeyFile.ABSENT;
      kept.line(lines.start(i), lines.start(i + 1) - 1, goes);
    }
    return kept.verdict(doc, "no-line-left");
  }
}
