package herd.data.source;

import herd.run.Interrupted;
import herd.run.Progress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Raw documents of files, worked on by several threads and handed over in their order.
/// @param files in order
/// @param threads that work
public record Ordered(List<Path> files, Reading reading, int threads) {
  private static final int AHEAD = 32; // documents for each thread

  /// Works on all documents.
  /// @param work on a document and its id, on any thread
  /// @param then takes the results, in order, on this thread
  public <R> void each(BiFunction<String, Loaded, R> work, Consumer<R> then, Progress progress) {
    var sources = files.stream().map(file -> Source.of(file, reading)).toList();
    long total = sources.stream().mapToLong(Source::bytes).sum();
    long done = 0;
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (var source : sources) {
        done = each(source, pool, work, then, new Place(progress, done, total));
      }
    }
  }

  private record Place(Progress progress, long done, long total) {}

  private <R> long each(
      Source source,
      ExecutorService pool,
      BiFunction<String, Loaded, R> work,
      Consumer<R> then,
      Place place) {
    long done = place.done();
    var ahead = new ArrayDeque<Future<R>>();
    try (var items = source.open()) {
      for (var item = items.next(); item != null; item = items.next()) {
        place.progress().check();
        done += item.weight();
        var one = item;
        ahead.add(pool.submit(() -> {
          var loaded = one.load();
          return work.apply(one.id(), loaded);
        }));
        if (ahead.size() >= AHEAD * threads) {
          then.accept(result(ahead.remove()));
        }
        place.progress().at(done, place.total(), "bytes");
      }
      while (!ahead.isEmpty()) {
        then.accept(result(ahead.remove()));
      }
    }
    return done;
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
}
