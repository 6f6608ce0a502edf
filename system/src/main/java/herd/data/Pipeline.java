package herd.data;

import herd.engine.UserError;
import herd.run.Interrupted;
import herd.run.Progress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;

/// Takes the documents of a source through steps on several threads, counting what each keeps and
/// drops. Order, counts and samples do not depend on the number of threads. Steps that judge single
/// documents run in one pass, in which raw documents are let go as soon as they are dropped or
/// extracted; what is left is held in memory.
/// @param steps in order
/// @param threads that work
/// @param seed of the choice of samples
record Pipeline(List<Step> steps, int threads, long seed) {
  /// Name of what happens before the first step.
  static final String READ = "read";

  /// @param documents what is left, in the order of the source
  record Result(List<Doc> documents, Funnel funnel) {}

  /// What one pass of [DocumentStep]s did to a document.
  /// @param doc what is left, null if dropped
  /// @param reason why it was dropped
  /// @param passed texts after each step that kept it, in excerpt
  /// @param dropped the text that was dropped, in excerpt
  private record Trail(
      Doc doc, String reason, List<Passed> passed, String dropped, long bytes, long nanos) {}

  private record Passed(boolean changed, long bytes, String excerpt, long nanos) {}

  /// @throws UserError if nothing is left, naming the step that dropped the most
  Result run(Source source, Progress progress) {
    var kinds = new ArrayList<>(List.of(READ));
    steps.forEach(step -> kinds.add(step.kind()));
    var tally = new Tally(kinds, seed);
    var workers =
        Executors.newFixedThreadPool(threads, Thread.ofPlatform().daemon().factory());
    try {
      var docs = read(source, firstCorpusStep(0), tally, workers, progress);
      for (int at = firstCorpusStep(0); at < steps.size() && !docs.isEmpty(); ) {
        if (steps.get(at) instanceof CorpusStep step) {
          docs = together(step, at, docs, tally, workers, progress);
          at++;
        } else {
          docs = again(docs, at, firstCorpusStep(at), tally, workers, progress);
          at = firstCorpusStep(at);
        }
      }
      var funnel = tally.funnel();
      if (docs.isEmpty()) {
        throw nothingLeft(funnel);
      }
      return new Result(Collections.unmodifiableList(docs), funnel);
    } finally {
      workers.shutdownNow();
    }
  }

  /// Index of the first [CorpusStep] from `from` on; the number of steps if there is none.
  private int firstCorpusStep(int from) {
    int at = from;
    while (at < steps.size() && steps.get(at) instanceof DocumentStep) {
      at++;
    }
    return at;
  }

  private List<Doc> read(
      Source source, int until, Tally tally, ExecutorService workers, Progress progress) {
    var items = source.items();
    long total = items.stream().mapToLong(Source.Item::weight).sum();
    var kept = new ArrayList<Doc>();
    var done = new long[1];
    inOrder(workers, progress, items.size(), i -> load(items.get(i), until), (trail, i) -> {
      var item = items.get(i);
      count(tally, item.id(), 0, trail);
      if (trail.doc() != null) {
        kept.add(trail.doc());
      }
      done[0] += item.weight();
      progress.at(done[0], total, "bytes", Map.of("documents", kept.size()));
    });
    return kept;
  }

  private Trail load(Source.Item item, int until) {
    long start = System.nanoTime();
    return switch (item.load()) {
      case Verdict.Drop(String reason) ->
        new Trail(null, reason, List.of(), "", item.bytes(), System.nanoTime() - start);
      case Verdict.Keep(Doc doc) -> {
        var read = new Passed(false, item.bytes(), excerpt(doc), System.nanoTime() - start);
        yield pass(doc, 0, until, new ArrayList<>(List.of(read)));
      }
    };
  }

  private List<Doc> again(
      List<Doc> docs,
      int from,
      int until,
      Tally tally,
      ExecutorService workers,
      Progress progress) {
    var kept = new ArrayList<Doc>(docs.size());
    inOrder(
        workers,
        progress,
        docs.size(),
        i -> pass(docs.get(i), from, until, new ArrayList<>()),
        (trail, i) -> {
          count(tally, docs.get(i).id(), from + 1, trail);
          if (trail.doc() != null) {
            kept.add(trail.doc());
          }
        });
    return kept;
  }

  /// The steps `from` to `until`, all of which judge single documents.
  private Trail pass(Doc first, int from, int until, List<Passed> passed) {
    var doc = first;
    long bytes = passed.isEmpty() ? 0 : Tally.utf8Length(doc.text());
    for (int at = from; at < until; at++) {
      long start = System.nanoTime();
      var verdict = ((DocumentStep) steps.get(at)).judge(doc);
      long nanos = System.nanoTime() - start;
      switch (verdict) {
        case Verdict.Drop(String reason) -> {
          return new Trail(null, reason, passed, excerpt(doc), Tally.utf8Length(doc.text()), nanos);
        }
        case Verdict.Keep(Doc kept) -> {
          boolean changed = !kept.text().equals(doc.text());
          bytes = changed || bytes == 0 ? Tally.utf8Length(kept.text()) : bytes;
          passed.add(new Passed(changed, bytes, excerpt(kept), nanos));
          doc = kept;
        }
      }
    }
    return new Trail(doc, "", passed, "", bytes, 0);
  }

  private static String excerpt(Doc doc) {
    return Tally.start(doc.text(), Tally.EXCERPT);
  }

  private static void count(Tally tally, String id, int firstStep, Trail trail) {
    int step = firstStep;
    for (var passed : trail.passed()) {
      tally.kept(step, id, passed.changed(), passed.bytes(), passed.excerpt());
      tally.spent(step, passed.nanos());
      step++;
    }
    if (trail.doc() == null) {
      tally.dropped(step, trail.reason(), id, trail.bytes(), trail.dropped());
      tally.spent(step, trail.nanos());
    }
  }

  private record Sketch(long[] notes, long nanos) {}

  private static Sketch sketch(CorpusStep step, Doc doc) {
    long start = System.nanoTime();
    var notes = step.sketch(doc);
    return new Sketch(notes, System.nanoTime() - start);
  }

  private List<Doc> together(
      CorpusStep step,
      int at,
      List<Doc> docs,
      Tally tally,
      ExecutorService workers,
      Progress progress) {
    var sketches = new ArrayList<long[]>(docs.size());
    inOrder(workers, progress, docs.size(), i -> sketch(step, docs.get(i)), (sketch, _) -> {
      sketches.add(sketch.notes());
      tally.spent(at + 1, sketch.nanos());
    });
    long start = System.nanoTime();
    var judge = step.judge(Sketches.of(sketches, Path.of("")));
    tally.spent(at + 1, System.nanoTime() - start);
    var kept = new ArrayList<Doc>(docs.size());
    inOrder(workers, progress, docs.size(), i -> judge.judge(i, docs.get(i)), (verdict, i) -> {
      var doc = docs.get(i);
      switch (verdict) {
        case Verdict.Drop(String reason) -> tally.dropped(at + 1, reason, doc, doc.text());
        case Verdict.Keep(Doc left) -> {
          boolean changed = !left.text().equals(doc.text());
          tally.kept(at + 1, left, changed);
          kept.add(left);
        }
      }
    });
    return kept;
  }

  /// Runs `work` for 0 to `count` on the workers and hands the results to `then` in order, on this
  /// thread. Few results are ahead of `then` at any time.
  private <R> void inOrder(
      ExecutorService workers,
      Progress progress,
      int count,
      IntFunction<R> work,
      ObjIntConsumer<R> then) {
    var ahead = new ArrayDeque<Future<R>>();
    int sent = 0;
    for (int i = 0; i < count; i++) {
      if (progress.interrupted()) {
        throw new Interrupted();
      }
      while (sent < count && ahead.size() < 8 * threads) {
        int index = sent++;
        ahead.add(workers.submit(() -> work.apply(index)));
      }
      then.accept(result(ahead.remove()), i);
    }
  }

  private static <R> R result(Future<R> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Interrupted();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  private static UserError nothingLeft(Funnel funnel) {
    long read = funnel.rows().stream()
        .filter(row -> row.step().equals(READ))
        .mapToLong(Funnel.Row::documents)
        .sum();
    if (read == 0) {
      return new UserError("curate", "nothing to read in the sources", "Name other archives.");
    }
    var worst = funnel.rows().stream()
        .filter(row -> !row.kept())
        .max(Comparator.comparingLong(Funnel.Row::documents))
        .orElseThrow();
    var step = worst.step();
    long dropped = funnel.rows().stream()
        .filter(row -> !row.kept() && row.step().equals(step))
        .mapToLong(Funnel.Row::documents)
        .sum();
    return new UserError(
        "curate",
        "no document is left of %d; the step %s dropped the most: %d, of which %d for '%s'"
            .formatted(read, step, dropped, worst.documents(), worst.reason()),
        "Loosen that step or name other sources; the samples of dropped documents show them.");
  }
}
