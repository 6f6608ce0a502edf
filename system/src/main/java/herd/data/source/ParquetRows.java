package herd.data.source;

import herd.data.parquet.ParquetTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.TreeMap;
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
      return new Table(new ParquetTable(file, reading.maxBytes()));
    } catch (IOException | RuntimeException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  private final class Table implements Cursor {
    private final ParquetTable table;
    private final long count;
    private long number;
    private boolean damaged;

    Table(ParquetTable table) {
      this.table = table;
      this.count = table.rows();
    }

    @Override
    public Item next() {
      var place = file.getFileName() + ":" + number;
      try {
        var row = damaged ? null : table.next();
        if (row == null) {
          return null;
        }
        long weight = weight();
        var item = new Row(place, weight, number++, row.values());
        return row.refused() == null
            ? item
            : Item.unreadable(item.id(), weight, item.bytes(), row.refused());
      } catch (IOException | RuntimeException e) {
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
      try {
        table.close();
      } catch (IOException e) {
        throw FileBytes.unreadable(file, e);
      }
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
}
