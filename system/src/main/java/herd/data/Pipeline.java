package herd.data;

import herd.data.Pass.Chunk;
import herd.data.Pass.Done;
import herd.data.source.Source;
import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Interrupted;
import herd.run.Progress;
import herd.run.TimeLimit;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Takes the documents of sources through steps on several threads, counting what each keeps and
/// drops, in bounded memory whatever the sources' size. What comes out does not depend on the
/// number of threads, nor on how often the work was interrupted.
///
/// Steps that judge single documents run in one pass. Where a step must know all documents the pass
/// ends: documents and sketches go to the disk, and the next pass begins with that step's verdicts.
/// Documents leave in files; each time one is complete, the place in the sources and all counts are
/// noted, and a run that finds such a note goes on from there.
/// @param steps in order
/// @param form of the files that come out
/// @param shardBytes of text in a file, about
/// @param keepRejected whether what is dropped is written too
/// @param threads that work
/// @param seed of the choice of samples
/// @param care what every document is given
record Pipeline(
    List<Step> steps,
    DocForm form,
    long shardBytes,
    boolean keepRejected,
    int threads,
    long seed,
    Pass.Care care) {
  /// Name of what happens before the first step.
  static final String READ = "read";

  /// @param documents files of documents, in order
  /// @param rejected files of what was dropped
  record Result(List<Path> documents, List<Path> rejected, Funnel funnel) {}

  /// `read`, then the steps' kinds; the second of a kind is `kind-2`.
  static List<String> names(List<Step> steps) {
    var names = new ArrayList<>(List.of(READ));
    for (var step : steps) {
      int same = 2;
      var name = step.kind();
      while (names.contains(name)) {
        name = step.kind() + "-" + same++;
      }
      names.add(name);
    }
    return names;
  }

  /// @param work a directory of this run's own, in which an interrupted run finds its state
  /// @throws UserError if nothing is left, naming the step that dropped the most
  /// @throws Interrupted if the user asked to stop; the same call goes on
  Result run(List<Source> sources, Path work, Progress progress) {
    var tally = new Tally(names(steps), seed);
    var shards = new Shards(Disk.directory(work), form, shardBytes);
    shards.restore(tally);
    var workers =
        Executors.newFixedThreadPool(threads, Thread.ofPlatform().daemon().factory());
    try {
      while (shards.pass() < Pass.passes(steps)) {
        pass(sources, shards, tally, workers, progress);
      }
    } finally {
      workers.shutdownNow();
    }
    var funnel = tally.funnel(care.tokens());
    if (shards.documents() == 0) {
      throw nothingLeft(funnel);
    }
    return new Result(shards.files(), shards.rejectedFiles(), funnel);
  }

  private void pass(
      List<Source> sources,
      Shards shards,
      Tally tally,
      ExecutorService workers,
      Progress progress) {
    int number = shards.pass();
    CorpusStep.Judge opening = null;
    if (number > 0) {
      long start = TimeLimit.processorNanos();
      int step = Pass.place(steps, number);
      opening = ((CorpusStep) steps.get(step)).judge(shards.sketches());
      tally.spent(step + 1, TimeLimit.processorNanos() - start);
    }
    var pass = Pass.of(number, steps, opening, keepRejected, care);
    var inputs = number == 0 ? sources : shards.stored();
    var name = "pass " + (number + 1) + "/" + Pass.passes(steps);
    work(
        pass, inputs, shards.begin(pass.last()), tally, workers, new Bytes(inputs, name, progress));
    shards.end(tally);
  }

  /// How far a pass is, by bytes of its inputs.
  private static final class Bytes {
    private final String name;
    private final Progress progress;
    private final long total;
    private long done;

    Bytes(List<Source> inputs, String name, Progress progress) {
      this.name = name;
      this.progress = progress;
      total = inputs.stream().mapToLong(Source::bytes).sum();
    }

    void start(List<Source> inputs, int file) {
      done = inputs.stream().limit(file).mapToLong(Source::bytes).sum();
    }

    void at(long more, long documents) {
      done += more;
      progress.at(Math.min(done, total), total, "bytes", Map.of(name, documents + " documents"));
    }
  }

  private void work(
      Pass pass,
      List<Source> inputs,
      Shards shards,
      Tally tally,
      ExecutorService workers,
      Bytes bytes) {
    var ahead = new ArrayDeque<Future<Done>>();
    var names = names(steps);
    bytes.start(inputs, shards.file());
    try (var feeder = new Feeder(inputs, shards.file(), shards.item(), shards.read())) {
      while (true) {
        if (bytes.progress.interrupted()) {
          throw new Interrupted();
        }
        Chunk chunk;
        while (ahead.size() < 2 * threads + 2 && (chunk = feeder.next()) != null) {
          var next = chunk;
          ahead.add(workers.submit(() -> pass.work(next, new Tally(names, seed))));
        }
        if (ahead.isEmpty()) {
          return;
        }
        var done = result(ahead.remove());
        done.chunk().ended().forEach(Source.Cursor::close);
        tally.add(done.tally());
        shards.take(done, tally, workers);
        bytes.at(done.chunk().weight(), shards.documents());
      }
    } finally {
      ahead.forEach(future -> future.cancel(false));
    }
  }

  static <R> R result(Future<R> future) {
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

  static UserError nothingLeft(Funnel funnel) {
    long read = funnel.rows().stream()
        .filter(row -> row.step().equals(READ))
        .mapToLong(Funnel.Row::documents)
        .sum();
    if (read == 0) {
      return new UserError("curate", "nothing to read in the sources", "Name other sources.");
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
