package herd.data.source;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// A file with raw documents, in an order that is always the same. Whatever its size, only what is
/// between the first and the last item that was handed out and not yet loaded is in memory.
public interface Source {
  /// The file, as the user named it.
  Path file();

  /// Bytes of the file: the unit of progress.
  long bytes();

  /// Opens the file at its beginning.
  /// @throws herd.engine.UserError if it is missing or not of its form at all
  Cursor open();

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
