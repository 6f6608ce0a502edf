package herd.data.text;

import herd.engine.UserError;
import herd.engine.text.Utf8;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Reads the texts of files on several threads.
/// @param files plain text, `.jsonl` or `.ndjson` (both also as `.gz` or `.zst`), `.parquet`
/// @param column the key or column of the text in the latter
/// @param replace whether bytes that are not UTF-8 are read as U+FFFD; else they are an error
/// @param threads that work
public record CorpusReader(List<Path> files, String column, boolean replace, int threads) {
  private static final JsonFactory JSON = new JsonFactory();

  /// Takes texts; called by several threads at a time.
  public interface Sink {
    /// Takes a document, or a part of one: valid UTF-8.
    void take(byte[] utf8, int from, int to);

    /// The last place in `utf8[from..to)` where a document may be cut, `from` if there is none.
    int cut(byte[] utf8, int from, int to);
  }

  /// What was read.
  /// @param bytes of text
  /// @param replaced bytes that were not UTF-8
  /// @param without lines of JSON and rows without text
  public record Totals(long documents, long bytes, long characters, long replaced, long without) {}

  private record Counts(
      LongAdder documents,
      LongAdder bytes,
      LongAdder characters,
      LongAdder replaced,
      LongAdder without) {}

  /// Reads everything.
  /// @throws UserError naming file and place for what cannot be read
  /// @throws herd.run.Interrupted if the user asked to stop
  public Totals each(Sink sink, Progress progress) {
    long total = 0;
    for (var file : files) {
      try {
        total += Files.size(file);
      } catch (IOException e) {
        throw Form.unreadable(file, e);
      }
    }
    var counts = new Counts(
        new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
    var failure = new AtomicReference<Throwable>();
    try (var blocks = new TextBlocks(files, column, sink::cut)) {
      var workers = new ArrayList<Thread>();
      long all = total;
      Runnable work = () -> {
        try {
          var block = new TextBlocks.Block();
          while (failure.get() == null && blocks.next(block)) {
            progress.check();
            count(block, sink, counts);
            progress.at(blocks.bytesRead(), all, "bytes");
          }
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        }
      };
      for (int t = 1; t < threads; t++) {
        workers.add(Thread.ofPlatform().name("reader-" + t).start(work));
      }
      work.run();
      for (var worker : workers) {
        join(worker);
      }
      counts.documents.add(blocks.documents());
    }
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    return new Totals(
        counts.documents.sum(),
        counts.bytes.sum(),
        counts.characters.sum(),
        counts.replaced.sum(),
        counts.without.sum());
  }

  private static void join(Thread worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void count(TextBlocks.Block block, Sink sink, Counts counts) {
    if (block.lines) {
      lines(block, sink, counts);
      return;
    }
    int from = 0;
    for (int d = 0; d < block.documents; d++) {
      text(block, block.bytes, from, block.ends[d], sink, counts);
      from = block.ends[d];
    }
  }

  private void text(
      TextBlocks.Block block, byte[] bytes, int from, int to, Sink sink, Counts counts) {
    int bad = Utf8.invalid(bytes, from, to);
    if (bad < 0) {
      take(bytes, from, to, sink, counts);
      return;
    }
    if (!replace) {
      throw new UserError(
          block.file + ", byte " + (block.place + bad),
          "not UTF-8 (0x%02X)".formatted(bytes[bad]),
          "UTF-8 text",
          "Convert or remove the file, or give --replace to read such bytes as U+FFFD.");
    }
    counts.replaced.add(Utf8.invalidCount(bytes, from, to));
    byte[] valid = Utf8.replaced(bytes, from, to);
    take(valid, 0, valid.length, sink, counts);
  }

  private static void take(byte[] utf8, int from, int to, Sink sink, Counts counts) {
    if (to == from) {
      counts.without.increment();
      return;
    }
    sink.take(utf8, from, to);
    counts.bytes.add(to - from);
    counts.characters.add(Utf8.characters(utf8, from, to));
  }

  private void lines(TextBlocks.Block block, Sink sink, Counts counts) {
    long line = block.place;
    int from = 0;
    for (int at = 0; at < block.length; at++) {
      boolean last = at == block.length - 1;
      if (block.bytes[at] != '\n' && !last) {
        continue;
      }
      int to = at + 1;
      if (!new String(block.bytes, from, Math.min(to - from, 64)).isBlank() || to - from > 64) {
        String where = block.file + ":" + line;
        byte[] utf8 = line(block, from, to, where, counts);
        counts.documents.increment();
        text(block, utf8, 0, utf8.length, sink, counts);
      }
      line++;
      from = to;
    }
  }

  private byte[] line(TextBlocks.Block block, int from, int to, String where, Counts counts) {
    byte[] bytes = block.bytes;
    int end = to;
    int start = from;
    int bad = Utf8.invalid(bytes, from, to);
    if (bad >= 0) {
      if (!replace) {
        throw new UserError(
            where,
            "not UTF-8 (0x%02X at byte %d of the line)".formatted(bytes[bad], bad - from + 1),
            "UTF-8 text",
            "Convert or remove the line, or give --replace to read such bytes as U+FFFD.");
      }
      counts.replaced.add(Utf8.invalidCount(bytes, from, to));
      bytes = Utf8.replaced(bytes, from, to);
      start = 0;
      end = bytes.length;
    }
    try (var parser = JSON.createParser(ObjectReadContext.empty(), bytes, start, end - start)) {
      return text(parser, where);
    } catch (JacksonException e) {
      throw new UserError(
          where,
          "not a JSON object (" + e.getOriginalMessage().lines().findFirst().orElse("") + ")",
          "one object a line",
          "The file may be cut short.");
    }
  }

  private byte[] text(JsonParser parser, String where) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new UserError(where, "no JSON object", "one object a line", "Check the file.");
    }
    byte[] text = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = parser.currentName().equals(column);
      var value = parser.nextToken();
      if (wanted && value == JsonToken.VALUE_STRING) {
        text = Utf8.encode(parser.getString());
      } else if (wanted && value == JsonToken.VALUE_NULL) {
        text = new byte[0];
      } else {
        parser.skipChildren();
      }
    }
    if (text != null) {
      return text;
    }
    throw new UserError(where, "no text under \"" + column + "\"", "Name the key by --text.");
  }
}
