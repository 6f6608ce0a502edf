package herd.data;

import herd.data.DocForm.Rejected;
import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Source;
import herd.data.words.TokenCount;
import herd.run.Interrupted;
import herd.run.TimeLimit;
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
/// @param names of the steps in the funnel
/// @param extraction the last step before which pages are HTML, -1 if there is none
record Pass(
    int number,
    List<Step> steps,
    CorpusStep.Judge opening,
    int from,
    int to,
    List<DocumentStep.Judge> judges,
    boolean keepRejected,
    ConcurrentLinkedQueue<List<DocumentStep.Judge>> idle,
    List<String> names,
    int extraction,
    Care care,
    TimeLimit limit) {
  /// Why a document goes that takes too long.
  static final String TIME_LIMIT = "time-limit";

  /// What every document is given.
  /// @param seconds of processor time, for reading it and for all steps of a pass together
  /// @param tokens how its tokens are counted
  record Care(double seconds, TokenCount tokens) {
    static final Care USUAL = new Care(30, TokenCount.ESTIMATE);
  }

  /// A pass over the whole corpus or a part of it.
  /// @param opening verdicts of the step before; null in the first pass
  static Pass of(
      int number, List<Step> steps, CorpusStep.Judge opening, boolean rejected, Care care) {
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
        number,
        steps,
        opening,
        from,
        to,
        judges,
        rejected,
        new ConcurrentLinkedQueue<>(),
        Pipeline.names(steps),
        extraction(steps),
        care,
        new TimeLimit(care.seconds()));
  }

  private static int extraction(List<Step> steps) {
    for (int at = 0; at < steps.size(); at++) {
      if (steps.get(at) instanceof ExtractHtml) {
        return at;
      }
    }
    return -1;
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
  /// @param nanos of processor time in which they were found
  /// @param ended cursors that no later chunk has items of
  record Chunk(
      List<Item> items,
      long first,
      int file,
      long item,
      long weight,
      long nanos,
      List<Source.Cursor> ended) {}

  /// What became of them.
  /// @param sketches of the documents, if a step takes some
  record Done(
      Chunk chunk, List<Doc> docs, List<long[]> sketches, List<Rejected> rejected, Tally tally) {}

  /// Works a chunk off.
  /// @param tally with nothing counted
  Done work(Chunk chunk, Tally tally) {
    long start = System.nanoTime();
    long processor = TimeLimit.processorNanos();
    var done = new Done(chunk, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), tally);
    try (var watch = limit.watch()) {
      var work = new Work(done, watch);
      for (int i = 0; i < chunk.items().size(); i++) {
        work.one(chunk.items().get(i), chunk.first() + i);
        chunk.items().set(i, null); // its bytes can go
      }
      work.end();
    }
    double share = (double) (TimeLimit.processorNanos() - processor) / (System.nanoTime() - start);
    tally.scale(Math.min(1, share));
    tally.spent(0, chunk.nanos());
    return done;
  }

  /// The work of one thread on a chunk.
  private final class Work {
    private final Done done;
    private final TimeLimit.Watch watch;
    private final Tally tally;
    private List<DocumentStep.Judge> mine;

    // Of what is worked on: the document, once it is read; in which step it is, as the tally counts
    // them; its size when it came there, and when that was.
    private Doc doc;
    private int place;
    private Tally.Size size;
    private long since;

    Work(Done done, TimeLimit.Watch watch) {
      this.done = done;
      this.watch = watch;
      tally = done.tally();
      var idler = idle.poll();
      mine = idler == null ? judges() : idler;
    }

    private List<DocumentStep.Judge> judges() {
      return judges.stream().map(DocumentStep.Judge::forThread).toList();
    }

    void end() {
      for (int at = from; at < to; at++) {
        int step = at + 1;
        mine.get(at - from)
            .parts((part, documents, nanos) -> tally.part(step, part, documents, nanos));
      }
      idle.add(mine);
    }

    void one(Item item, long index) {
      watch.begin();
      since = System.nanoTime();
      doc = null;
      place = 0;
      try {
        boolean stays = opening == null ? load(item) : open(Stored.doc(item), index);
        for (int at = from; stays && at < to; at++) {
          place = at + 1;
          stays = stays(mine.get(at - from).judge(doc));
        }
        if (stays) {
          leave();
        }
      } catch (TimeLimit.Passed e) {
        if (!watch.end()) {
          Thread.currentThread().interrupt();
          throw new Interrupted();
        }
        mine = judges(); // these were stopped halfway
        giveUp(item);
      }
      watch.end();
    }

    private void giveUp(Item item) {
      if (doc == null) {
        unread(item, TIME_LIMIT);
      } else {
        dropped(TIME_LIMIT);
      }
    }

    private long lap() {
      long now = System.nanoTime();
      long spent = now - since;
      since = now;
      return spent;
    }

    private void leave() {
      if (to < steps.size()) {
        place = to + 1;
        var sketch = ((CorpusStep) steps.get(to)).sketch(doc);
        TimeLimit.heed();
        done.sketches().add(sketch);
        tally.spent(place, lap());
      }
      done.docs().add(doc);
    }

    private boolean open(Doc stored, long index) {
      doc = stored;
      place = from;
      size = size(doc, from - 1);
      since = System.nanoTime();
      return stays(opening.judge(index, doc));
    }

    private boolean load(Item item) {
      var loaded = item.load();
      TimeLimit.heed();
      if (loaded instanceof Loaded.Unreadable(String reason)) {
        unread(item, reason);
        return false;
      }
      doc = doc(item.id(), (Loaded.Document) loaded);
      long nanos = lap();
      size = size(doc, 0);
      var in = new Tally.Size(item.bytes(), size.tokens());
      tally.kept(0, new Tally.Passed(doc, in, size, nanos), false);
      since = System.nanoTime();
      return true;
    }

    private void unread(Item item, String reason) {
      tally.unread(reason, item.id(), item.bytes(), lap());
      if (keepRejected) {
        done.rejected().add(new Rejected(item.id(), Pipeline.READ, reason, null));
      }
    }

    /// Counts what a step said of the document.
    private boolean stays(Verdict verdict) {
      return switch (verdict) {
        case Verdict.Keep(Doc kept) -> {
          TimeLimit.heed();
          kept(kept, lap());
          yield true;
        }
        case Verdict.Drop(String reason) -> {
          dropped(reason);
          yield false;
        }
      };
    }

    private void kept(Doc kept, long nanos) {
      boolean changed = kept != doc && !kept.hasTextOf(doc);
      var out = changed ? size(kept, place) : size;
      tally.kept(place, new Tally.Passed(kept, size, out, nanos), changed);
      doc = kept;
      size = out;
      since = System.nanoTime();
    }

    private void dropped(String reason) {
      tally.dropped(place, reason, new Tally.Passed(doc, size, size, lap()));
      if (keepRejected) {
        done.rejected().add(new Rejected(doc.id(), names.get(place), reason, doc));
      }
    }

    /// @param next the step that it comes to: before texts are extracted a page is HTML, whose
    /// tokens nobody wants to know
    private Tally.Size size(Doc doc, int next) {
      long bytes = doc.bytes();
      boolean html = next <= extraction && doc.kind().equals("page");
      return new Tally.Size(bytes, html ? -1 : care.tokens().of(doc.text(), bytes));
    }
  }

  private static Doc doc(String id, Loaded.Document d) {
    var doc = new Doc(
        id,
        d.url(),
        d.source(),
        d.kind(),
        d.group(),
        d.title(),
        d.page() == null ? d.text() : "",
        d.date(),
        d.language(),
        new Doc.Origin(d.file(), d.offset(), d.digest()),
        Map.copyOf(d.metadata()));
    return d.page() == null ? doc : Doc.ofPage(d.page(), doc);
  }
}
