package herd.spark;

import herd.data.CorpusStep;
import herd.data.Doc;
import herd.data.GroupStep;
import herd.data.JoinRepository;
import herd.data.LicenceFilter;
import herd.data.NearDuplicates;
import herd.data.PieceStep;
import herd.data.RankedStep;
import herd.data.Verdict;
import herd.data.dedup.FirstPlaces;
import java.util.HashMap;
import java.util.Iterator;
import org.apache.spark.sql.Row;

/// Verdicts of a corpus step on documents that come in order, from what was found of them. A
/// finding is a row of a document's index, a key and a number: of pieces where the key first
/// occurred; of near duplicates 1 if they are known from an earlier corpus. A document of which
/// nothing was found stays.
final class Findings implements CorpusStep.Judge {
  private final CorpusStep step;
  private final Iterator<Row> rows;
  private Row next;

  /// Verdicts on the documents of a part.
  /// @param rows what [Decisions#of] found of them, sorted by index
  static CorpusStep.Judge of(CorpusStep step, Iterator<Row> rows) {
    return switch (step) {
      case LicenceFilter filter -> Licences.judge(filter, rows);
      case JoinRepository _ -> Repositories.judge(rows);
      case GroupStep _, PieceStep _, RankedStep _, NearDuplicates _ -> new Findings(step, rows);
    };
  }

  private Findings(CorpusStep step, Iterator<Row> rows) {
    this.step = step;
    this.rows = rows;
    next = rows.hasNext() ? rows.next() : null;
  }

  @Override
  public Verdict judge(long index, Doc doc) {
    var found = new HashMap<Long, Long>();
    while (next != null && next.getLong(0) <= index) {
      found.put(next.getLong(1), next.getLong(2));
      next = rows.hasNext() ? rows.next() : null;
    }
    if (found.isEmpty()) {
      return new Verdict.Keep(doc);
    }
    return switch (step) {
      case PieceStep pieces -> pieces.judge(index, doc, FirstPlaces.of(found));
      case GroupStep group -> new Verdict.Drop(group.reason());
      case RankedStep ranked -> new Verdict.Drop(ranked.reason(doc));
      case NearDuplicates _ -> new Verdict.Drop(NearDuplicates.reason(found.containsValue(1L)));
      case LicenceFilter _, JoinRepository _ -> throw new IllegalStateException(step.kind());
    };
  }
}
