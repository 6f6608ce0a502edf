package herd.data.text;

import herd.data.parquet.ParquetTable;
import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Path;

/// One column of a Parquet file, value after value.
final class Column implements AutoCloseable {
  /// Bytes of a text; one that is larger is passed over.
  private static final long MOST = 128 << 20;

  private final Path file;
  private final String name;
  private final ParquetTable table;

  /// @throws UserError if the file is no Parquet file or has no such column of text
  Column(Path file, String name) {
    this.file = file;
    this.name = name;
    try {
      table = new ParquetTable(file, MOST, name);
    } catch (IOException | RuntimeException e) {
      throw Form.unreadable(file, e);
    }
    if (!table.names().contains(name)) {
      close();
      throw new UserError(
          file.toString(),
          "no column " + name,
          String.join(", ", table.names()),
          "Name it by --text.");
    }
  }

  /// The next text, null at the end; an empty one where there is none.
  String next() {
    try {
      var row = table.next();
      return row == null ? null : row.values().getOrDefault(name, "");
    } catch (IOException | RuntimeException e) {
      throw Form.unreadable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      table.close();
    } catch (IOException e) {
      throw Form.unreadable(file, e);
    }
  }
}
