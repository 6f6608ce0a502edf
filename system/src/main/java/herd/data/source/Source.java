package herd.data.source;

import herd.engine.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// A file with raw documents, in an order that is always the same. Whatever its size, only what is
/// between the first and the last item that was handed out and not yet loaded is in memory.
public interface Source {
  /// The file, as the user named it.
  Path file();

  /// Bytes of the file: the unit of progress.
  long bytes();

  /// Opens the file at its beginning.
  /// @throws UserError if it is missing or not of its form at all
  Cursor open();

  /// As [#open]; a file that is there but not of its form is one item that cannot be read.
  /// @throws UserError if it is missing
  default Cursor openOrUnreadable() {
    try {
      return open();
    } catch (UserError e) {
      if (!Files.isRegularFile(file())) {
        throw e;
      }
      return Cursor.of(Item.unreadable(file().toString(), bytes(), bytes(), "unreadable-file"));
    }
  }

  /// Hands out items; one thread at a time.
  interface Cursor extends AutoCloseable {
    /// The next one, null at the end. What cannot be read is an item that cannot be loaded.
    Item next();

    /// Passes over `items` items, as fast as it can.
    default void skip(long items) {
      for (long i = 0; i < items; i++) {
        next();
      }
    }

    /// Items that were handed out cannot be loaded any more.
    @Override
    void close();

    /// Hands out one item.
    static Cursor of(Item item) {
      var items = List.of(item).iterator();
      return new Cursor() {
        @Override
        public Item next() {
          return items.hasNext() ? items.next() : null;
        }

        @Override
        public void close() {}
      };
    }
  }

  /// The source that a file is, by its name; a folder is one if it is read as a repository.
  static Source of(Path file, Reading reading) {
    if (reading.repositories() && Files.isDirectory(file)) {
      return new Folder(file, reading);
    }
    var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    var plain = name.replaceFirst("\\.(gz|zst)$", "");
    if (plain.endsWith(".warc") || plain.endsWith(".wet")) {
      return new Warc(file, reading);
    }
    if (plain.endsWith(".jsonl") || plain.endsWith(".ndjson")) {
      return new JsonRows(file, reading);
    }
    if (plain.endsWith(".parquet")) {
      return new ParquetRows(file, reading);
    }
    if (plain.endsWith(".zip") || plain.endsWith(".jar")) {
      return new Zip(file, reading);
    }
    if (plain.endsWith(".tar") || plain.endsWith(".tgz")) {
      return new Tar(file, reading);
    }
    return new SingleFile(file, reading);
  }
}
