package herd.data;

import herd.data.DocForm.Rejected;
import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What happens to documents between two places where all of them must be known: first the verdict
/// of the [CorpusStep] before, then [DocumentStep]s, then the sketch of the [CorpusStep] after.
/// @param number of the pass, from 0
/// @param steps of the whole pipeline
/// @param opening verdicts of step `from - 1`; null in the first pass
/// @param from first step that judges single documents
/// @param to the step after the last such; the one that is sketched, or the number of steps
/// @param judges of the steps `from` to `to`
record Pass(
    int number,
    List<Step> steps,
    CorpusStep.Judge opening,
    int from,
    int to,
    List<DocumentStep.Judge> judges,
    boolean keepRejected,
    ConcurrentLinkedQueue<List<DocumentStep.Judge>> idle) {

  /// A pass over the whole corpus or a part of it.
  /// @param opening verdicts of the step before; null in the first pass
  static Pass of(int number, List<Step> steps, CorpusStep.Judge opening, boolean rejected) {
    int from = number == 0 ? 0 : place(steps, number) + 1;
    int to = from;
    while (to < steps.size() && steps.get(to) instanceof DocumentStep) {
      to++;
    }
    var judges = new ArrayList<DocumentStep.Judge>();
    for (int at = from; at < to; at++) {
      judges.add(((DocumentStep) steps.get(at)).ready());
    }
    return new Pass(
        number, steps, opening, from, to, judges, rejected, new ConcurrentLinkedQueue<>());
  }

  /// How many passes there are: one more than steps that must know all documents.
  static int passes(List<Step> steps) {
    return 1 + (int) steps.stream().filter(CorpusStep.class::isInstance).count();
  }

  /// Which step's verdicts open a pass.
  /// @param number of the pass, above 0
  static int place(List<Step> steps, int number) {
    int at = -1;
    for (int corpus = 0; corpus < number; ) {
      corpus += steps.get(++at) instanceof CorpusStep ? 1 : 0;
    }
    return at;
  }

  /// Whether what the pass keeps leaves the pipeline.
  boolean last() {
    return to == steps.size();
  }

  /// Raw documents that one thread works on.
  /// @param first index of the first one in the pass
  /// @param file and item: where the source stands after the last one
  /// @param weight bytes of files
  /// @param ended cursors that no later chunk has items of
  record Chunk(
      List<Item> items, long first, int file, long item, long weight, List<Source.Cursor> ended) {}

  /// What became of them.
  /// @param sketches of the documents, if a step takes some
  record Done(
      Chunk chunk, List<Doc> docs, List<long[]> sketches, List<Rejected> rejected, Tally tally) {}

  /// Works a chunk off.
  /// @param tally with nothing counted
  Done work(Chunk chunk, Tally tally) {
    var mine = idle.poll();
    mine =
        mine != null ? mine : judges.stream().map(DocumentStep.Judge::forThread).toList();
    var done = new Done(chunk, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), tally);
    for (int i = 0; i < chunk.items().size(); i++) {
      one(chunk.items().get(i), chunk.first() + i, mine, done);
      chunk.items().set(i, null); // its bytes can go
    }
    idle.add(mine);
    return done;
  }

  private void one(Item item, long index, List<DocumentStep.Judge> mine, Done done) {
    var doc = opening == null ? load(item, done) : open(Stored.doc(item), index, done);
    long bytes = -1;
    for (int at = from; doc != null && at < to; at++) {
      long start = System.nanoTime();
      var verdict = mine.get(at - from).judge(doc);
      bytes = count(done, at + 1, doc, verdict, bytes, System.nanoTime() - start);
      doc = verdict instanceof Verdict.Keep(Doc kept) ? kept : null;
    }
    if (doc == null) {
      return;
    }
    if (to < steps.size()) {
      long start = System.nanoTime();
      done.sketches().add(((CorpusStep) steps.get(to)).sketch(doc));
      done.tally().spent(to + 1, System.nanoTime() - start);
    }
    done.docs().add(doc);
  }

  private Doc open(Doc doc, long index, Done done) {
    long start = System.nanoTime();
    var verdict = opening.judge(index, doc);
    count(done, from, doc, verdict, -1, System.nanoTime() - start);
    return verdict instanceof Verdict.Keep(Doc kept) ? kept : null;
  }

  private Doc load(Item item, Done done) {
    long start = System.nanoTime();
    var loaded = item.load();
    var tally = done.tally();
    tally.spent(0, System.nanoTime() - start);
    return switch (loaded) {
      case Loaded.Unreadable(String reason) -> {
        tally.dropped(0, reason, item.id(), item.bytes(), "");
        if (keepRejected) {
          done.rejected().add(new Rejected(item.id(), Pipeline.READ, reason, null));
        }
        yield null;
      }
      case Loaded.Document d -> {
        var doc = new Doc(
            item.id(),
            d.url(),
            d.source(),
            d.kind(),
            d.group(),
            d.title(),
            d.text(),
            d.date(),
            d.language(),
            new Doc.Origin(d.file(), d.offset(), d.digest()),
            Map.copyOf(d.metadata()));
        tally.kept(0, doc.id(), false, item.bytes(), doc.text());
        yield doc;
      }
    };
  }

  /// @param bytes of the document's text, negative if not counted yet
  /// @return those of the text that is kept
  private long count(Done done, int at, Doc doc, Verdict verdict, long bytes, long nanos) {
    var tally = done.tally();
    tally.spent(at, nanos);
    return switch (verdict) {
      case Verdict.Drop(String reason) -> {
        long before = bytes >= 0 ? bytes : Tally.utf8Length(doc.text());
        tally.dropped(at, reason, doc.id(), before, doc.text());
        if (keepRejected) {
          var step = Pipeline.names(steps).get(at);
          done.rejected().add(new Rejected(doc.id(), step, reason, doc));
        }
        yield before;
      }
      case Verdict.Keep(Doc kept) -> {
        boolean changed = !kept.text().equals(doc.text());
        long after = changed || bytes < 0 ? Tally.utf8Length(kept.text()) : bytes;
        tally.kept(at, doc.id(), changed, after, kept.text());
        yield after;
      }
    };
  }
}
