package herd.data;

import herd.data.Pass.Chunk;
import herd.data.source.Item;
import herd.data.source.Source;
import herd.engine.UserError;
import herd.run.TimeLimit;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/// Cuts the items of sources, one after the other, into chunks. Where a chunk ends depends on the
/// items alone, and a feeder that begins at the end of a chunk makes the same chunks from there on.
final class Feeder implements AutoCloseable {
  /// Items of a chunk, and bytes of them, at most but for the last.
  private static final int ITEMS = 256;

  private static final long BYTES = 2 << 20;

  private final List<Source> sources;
  private int file;
  private long item;
  private long documents;
  private Source.Cursor cursor;
  private List<Source.Cursor> ended = new ArrayList<>();

  /// @param file and item: where to begin
  /// @param documents that were handed out before
  Feeder(List<Source> sources, int file, long item, long documents) {
    this.sources = sources;
    this.file = file;
    this.item = item;
    this.documents = documents;
    if (item > 0) {
      cursor = open(sources.get(file));
      cursor.skip(item);
    }
  }

  /// The next chunk, null at the end.
  Chunk next() {
    var items = new ArrayList<Item>();
    long bytes = 0;
    long weight = 0;
    long start = TimeLimit.processorNanos();
    while (items.size() < ITEMS && bytes < BYTES && file < sources.size()) {
      if (cursor == null) {
        cursor = open(sources.get(file));
      }
      var found = cursor.next();
      if (found == null) {
        ended.add(cursor);
        cursor = null;
        file++;
        item = 0;
        continue;
      }
      items.add(found);
      item++;
      bytes += found.bytes();
      weight += found.weight();
    }
    if (items.isEmpty()) {
      return null;
    }
    long nanos = TimeLimit.processorNanos() - start;
    var chunk = new Chunk(items, documents, file, item, weight, nanos, ended);
    ended = new ArrayList<>();
    documents += items.size();
    return chunk;
  }

  /// The items of a source. A file that is there but not of its form is one that cannot be read.
  private static Source.Cursor open(Source source) {
    try {
      return source.open();
    } catch (UserError e) {
      if (!Files.isRegularFile(source.file())) {
        throw e;
      }
      return new Unreadable(source);
    }
  }

  private static final class Unreadable implements Source.Cursor {
    private final Source source;
    private boolean told;

    Unreadable(Source source) {
      this.source = source;
    }

    @Override
    public Item next() {
      if (told) {
        return null;
      }
      told = true;
      long bytes = source.bytes();
      return Item.unreadable(source.file().toString(), bytes, bytes, "unreadable-file");
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
    }
    ended.forEach(Source.Cursor::close);
  }
}
