package herd.data.text;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Stream;

/// One column of a Parquet file, value after value.
final class Column implements AutoCloseable {
  private final Path file;
  private final Stream<String> rows;
  private final Iterator<String> values;

  /// @throws UserError if the file is no Parquet file or has no such column of text
  Column(Path file, String name) {
    this.file = file;
    try {
      var schema = ParquetReader.readMetadata(file.toFile()).getFileMetaData().getSchema();
      var names =
          schema.getColumns().stream().map(c -> String.join(".", c.getPath())).toList();
      if (!names.contains(name)) {
        throw new UserError(
            file.toString(), "no column " + name, String.join(", ", names), "Name it by --text.");
      }
      rows = ParquetReader.<String[], String, Boolean>streamContent(
          file.toFile(), new Row(), path -> String.join(".", Arrays.asList(path))
              .equals(name));
      values = rows.iterator();
    } catch (IOException | RuntimeException e) {
      throw trouble(e);
    }
  }

  /// The next text, null at the end; an empty one where there is none.
  String next() {
    try {
      return values.hasNext() ? values.next() : null;
    } catch (RuntimeException e) {
      throw trouble(e);
    }
  }

  private UserError trouble(Exception e) {
    return e instanceof UserError mistake ? mistake : Form.unreadable(file, e);
  }

  @Override
  public void close() {
    rows.close();
  }

  private static final class Row implements Hydrator<String[], String, Boolean> {
    @Override
    public String[] start() {
      return new String[] {""};
    }

    @Override
    public String[] add(String[] row, Boolean wanted, Object value) {
      if (wanted && value != null) {
        row[0] = value.toString();
      }
      return row;
    }

    @Override
    public String finish(String[] row) {
      return row[0];
    }
  }
}
