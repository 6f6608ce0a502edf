package herd.tokens;

import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Reading;
import herd.data.source.Source;
import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Interrupted;
import herd.run.RunLock;
import herd.train.TokenShard;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/// Makes the shards of one portion: reads its files here, has documents encoded by workers, and
/// writes them in their order. All open shards end together, before the document with which they
/// would hold more than [Tokenizing#shardTokens]; then the place of that document is noted, where
/// a run that was killed goes on.
final class PortionWork implements AutoCloseable {
  private static final int MOST_SOURCES = 500;

  private final Tokenizing task;
  private final Portion portion;
  private final Target target;
  private final Meter meter;
  private final RunLock lock;
  private final ArrayList<Shard> complete;
  private final TreeMap<String, Long> dropped;
  private final TreeMap<Key, Open> open = new TreeMap<>();
  private Note note;
  private long openTokens;

  /// Where all shards go, and what they say of their tokenizer.
  record Target(Path out, String print) {
    Path parts(int number) {
      return out.resolve(Tokenizing.PARTS).resolve("%05d".formatted(number));
    }

    Path note(int number) {
      return parts(number).resolve("note.json");
    }
  }

  private record Key(String source, boolean held) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int order = source.compareTo(other.source);
      return order == 0 ? Boolean.compare(held, other.held) : order;
    }
  }

  private static final class Open {
    final String file;
    final TokenShard.Writer writer;
    long bytes;

    Open(String file, TokenShard.Writer writer) {
      this.file = file;
      this.writer = writer;
    }
  }

  /// What became of an item.
  /// @param dropped why it has no tokens; null if it has some
  private record Encoded(Key key, int[] ids, long bytes, String dropped) {
    static Encoded none(String reason) {
      return new Encoded(null, null, 0, reason);
    }
  }

  private record Ahead(DocumentChunks.Chunk chunk, Future<List<Encoded>> encoded) {}

  PortionWork(Tokenizing task, Portion portion, Target target, Meter meter) {
    this.task = task;
    this.portion = portion;
    this.target = target;
    this.meter = meter;
    lock = RunLock.take(target.parts(portion.number()));
    note = Note.read(target.note(portion.number()));
    complete = new ArrayList<>(note.shards());
    dropped = new TreeMap<>(note.dropped());
  }

  /// @param workers encode documents
  /// @param ahead chunks that are encoded or wait at a time
  /// @param stop whether to stop at the next chance
  void run(ExecutorService workers, int ahead, BooleanSupplier stop) {
    if (note.done()) {
      meter.read(portion.bytes());
      return;
    }
    for (int f = 0; f < note.file(); f++) {
      meter.read(Portion.size(portion.files().get(f)));
    }
    var reading = new Reading(Tokenizing.LONGEST, task.textKey(), List.of(), false, false);
    var waiting = new ArrayDeque<Ahead>();
    try (var chunks = new DocumentChunks(portion.files(), reading, note.file(), note.item())) {
      while (true) {
        if (stop.getAsBoolean()) {
          throw new Interrupted();
        }
        DocumentChunks.Chunk chunk;
        while (waiting.size() < ahead && (chunk = chunks.next()) != null) {
          var items = chunk.items();
          waiting.add(new Ahead(chunk, workers.submit(() -> encode(items))));
        }
        if (waiting.isEmpty()) {
          break;
        }
        var first = waiting.remove();
        take(first.chunk, result(first.encoded));
      }
    } finally {
      waiting.forEach(each -> each.encoded.cancel(false));
    }
    cut(portion.files().size(), 0, true);
  }

  private List<Encoded> encode(List<Item> items) {
    var all = new ArrayList<Encoded>(items.size());
    for (var item : items) {
      all.add(
          switch (item.load()) {
            case Loaded.Unreadable(String reason) -> Encoded.none(reason);
            case Loaded.Document document -> encode(document);
          });
    }
    return all;
  }

  private Encoded encode(Loaded.Document document) {
    var text = document.text();
    if (text.isBlank()) {
      return Encoded.none("empty");
    }
    int[] ids = task.tokenizer().encode(text);
    return ids.length == 0
        ? Encoded.none("empty")
        : new Encoded(
            new Key(task.sorting().source(document), task.sorting().holds(document)),
            ids,
            utf8Length(text),
            null);
  }

  private static long utf8Length(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  private void take(DocumentChunks.Chunk chunk, List<Encoded> encoded) {
    for (int i = 0; i < encoded.size(); i++) {
      var one = encoded.get(i);
      if (one.dropped != null) {
        dropped.merge(one.dropped, 1L, Long::sum);
        meter.dropped();
        continue;
      }
      if (openTokens > 0 && openTokens + one.ids.length > task.shardTokens()) {
        cut(chunk.file()[i], chunk.item()[i], false);
      }
      var shard = open.computeIfAbsent(one.key, this::shard);
      shard.writer.document(one.ids);
      shard.bytes += one.bytes;
      openTokens += one.ids.length;
      meter.document(one.ids.length, one.bytes);
    }
    chunk.ended().forEach(Source.Cursor::close);
    meter.read(chunk.weight());
  }

  private Open shard(Key key) {
    if (open.size() >= MOST_SOURCES) {
      throw new UserError(
          "--by " + task.sorting().by(),
          "more than " + MOST_SOURCES + " different values",
          "a field with few",
          "Sort documents by their kind or category.");
    }
    var name =
        "%s%05d-%03d.tokens".formatted(key.held ? "held-" : "", portion.number(), note.cuts());
    var file = task.sorting().place(key.source) + name;
    var path = target.out().resolve(file);
    Disk.directory(path.toAbsolutePath().getParent());
    return new Open(file, new TokenShard.Writer(path, task.tokenizer().vocab(), target.print()));
  }

  /// Completes the open shards and notes that the work goes on at an item.
  private void cut(int file, long item, boolean done) {
    open.forEach((key, shard) -> {
      shard.writer.complete();
      complete.add(new Shard(
          key.source,
          key.held,
          shard.file,
          shard.writer.documents(),
          shard.writer.tokens(),
          shard.bytes));
    });
    open.clear();
    openTokens = 0;
    note = new Note(file, item, note.cuts() + 1, complete, dropped, done);
    note.write(target.note(portion.number()));
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

  @Override
  public void close() {
    open.values().forEach(shard -> shard.writer.close());
    lock.close();
  }
}
