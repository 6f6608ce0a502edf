package herd.tokens;

import herd.data.source.Item;
import herd.data.source.Reading;
import herd.data.source.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The items of files one after the other, a few at a time, each with its place. For one thread;
/// items may be loaded by others until the cursors of their chunk are closed.
final class DocumentChunks implements AutoCloseable {
  private static final int ITEMS = 256;
  private static final long BYTES = 1 << 20;

  private final List<Path> files;
  private final Reading reading;
  private final List<Source.Cursor> ended = new ArrayList<>();
  private int file;
  private long item;
  private long told; // bytes of the open file that were told in weights
  private Source.Cursor cursor;

  /// Items in a row.
  /// @param file and item: places of each, numbers of the file and of the item in it
  /// @param weight bytes of files that lead to their end
  /// @param ended files that no later chunk has items of
  record Chunk(List<Item> items, int[] file, long[] item, long weight, List<Source.Cursor> ended) {}

  /// @param file and item: where to begin
  DocumentChunks(List<Path> files, Reading reading, int file, long item) {
    this.files = files;
    this.reading = reading;
    this.file = file;
    this.item = item;
    if (item > 0) {
      cursor = open(files.get(file));
      cursor.skip(item);
    }
  }

  /// The next ones, null at the end.
  Chunk next() {
    var items = new ArrayList<Item>();
    var fileOf = new int[ITEMS];
    var itemOf = new long[ITEMS];
    long bytes = 0;
    long weight = 0;
    while (items.size() < ITEMS && bytes < BYTES && file < files.size()) {
      if (cursor == null) {
        cursor = open(files.get(file));
      }
      var found = cursor.next();
      if (found == null) {
        weight += Portion.size(files.get(file)) - told; // packed ends, and what was passed over
        told = 0;
        ended.add(cursor);
        cursor = null;
        file++;
        item = 0;
        continue;
      }
      fileOf[items.size()] = file;
      itemOf[items.size()] = item++;
      items.add(found);
      bytes += found.bytes();
      weight += found.weight();
      told += found.weight();
    }
    if (items.isEmpty() && weight == 0) {
      return null;
    }
    var over = List.copyOf(ended);
    ended.clear();
    return new Chunk(items, fileOf, itemOf, weight, over);
  }

  private Source.Cursor open(Path path) {
    return Source.of(path, reading).openOrUnreadable();
  }

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
    }
    ended.forEach(Source.Cursor::close);
  }
}
