package herd.data;

import herd.data.Pass.Chunk;
import herd.data.source.Item;
import herd.data.source.Source;
import herd.run.TimeLimit;
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
      cursor = sources.get(file).openOrUnreadable();
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
        cursor = sources.get(file).openOrUnreadable();
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

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
    }
    ended.forEach(Source.Cursor::close);
  }
}
