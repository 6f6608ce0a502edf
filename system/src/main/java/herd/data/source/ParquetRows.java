package herd.data.source;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// A row a document, columns named as the keys of [JsonRows]; nested columns are passed over. A
/// column `metadata` that holds JSON objects is read as such.
record ParquetRows(Path file, Reading reading) implements Source {
  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    try {
      return new Table(
          ParquetReader.streamContent(file.toFile(), new Columns()),
          ParquetReader.readMetadata(file.toFile()).getBlocks().stream()
              .mapToLong(block -> block.getRowCount())
              .sum());
    } catch (IOException | RuntimeException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  private final class Table implements Cursor {
    private final Stream<TreeMap<String, String>> rows;
    private final Iterator<TreeMap<String, String>> each;
    private final long count;
    private long number;
    private boolean damaged;

    Table(Stream<TreeMap<String, String>> rows, long count) {
      this.rows = rows;
      this.each = rows.iterator();
      this.count = count;
    }

    @Override
    public Item next() {
      var place = file.getFileName() + ":" + number;
      try {
        if (damaged || !each.hasNext()) {
          return null;
        }
        var values = each.next();
        return new Row(place, weight(), number++, values);
      } catch (RuntimeException e) {
        damaged = true;
        return Item.unreadable(place, 0, 0, "file-damaged");
      }
    }

    private long weight() {
      long size = bytes();
      return (number + 1) * size / count - number * size / count;
    }

    @Override
    public void close() {
      rows.close();
    }
  }

  private final class Row implements Item {
    private final String place;
    private final long weight;
    private final long number;
    private final TreeMap<String, String> values;
    private final String id;

    Row(String place, long weight, long number, TreeMap<String, String> values) {
      this.place = place;
      this.weight = weight;
      this.number = number;
      this.values = values;
      id = values.getOrDefault("id", place);
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public long weight() {
      return weight;
    }

    @Override
    public long bytes() {
      var text = values.get(reading.textKey());
      return text == null ? 0 : text.length();
    }

    @Override
    public Loaded load() {
      if (bytes() > reading.maxBytes()) {
        return new Loaded.Unreadable("row-too-large");
      }
      metadata(values);
      var text = values.getOrDefault(reading.textKey(), "").getBytes(StandardCharsets.UTF_8);
      return Rows.document(values, reading, file, place, number, text);
    }
  }

  private static void metadata(TreeMap<String, String> values) {
    var json = values.get("metadata");
    if (json == null || !json.startsWith("{")) {
      return;
    }
    try {
      var object = JsonMapper.shared().readTree(json);
      values.remove("metadata");
      object.properties().forEach(entry -> {
        if (entry.getValue().isValueNode()) {
          values.putIfAbsent(entry.getKey(), entry.getValue().asString(""));
        }
      });
    } catch (JacksonException e) {
      values.put("metadata", json); // it is something else, of the same name
    }
  }

  private static final class Columns
      implements Hydrator<TreeMap<String, String>, TreeMap<String, String>, String[]> {
    @Override
    public TreeMap<String, String> start() {
      return new TreeMap<>();
    }

    @Override
    public TreeMap<String, String> add(TreeMap<String, String> row, String[] column, Object value) {
      if (column.length == 1 && value != null) {
        row.put(column[0], value.toString());
      }
      return row;
    }

    @Override
    public TreeMap<String, String> finish(TreeMap<String, String> row) {
      return row;
    }
  }
}
