package herd.data.source;

import herd.engine.text.Utf8;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// A JSON object a line: `text` (or the key that the user names), and where they are given `id`,
/// `url`, `date`, `language`, `title`, `source`, `kind`, `group`; every other string or number
/// becomes metadata. `html` instead of a text is a page. Lines longer than a document may be are
/// dropped without being held in memory, bytes that are not UTF-8 are read as U+FFFD.
record JsonRows(Path file, Reading reading) implements Source {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int BLOCK = 1 << 20;

  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    return new Lines(FileBytes.open(file));
  }

  private final class Lines implements Cursor {
    private final FileBytes in;
    private byte[] block = new byte[BLOCK];
    private int at;
    private int end;
    private long offset; // of block[at] in the unpacked file
    private long number;
    private long told;
    private boolean ended;

    Lines(FileBytes in) {
      this.in = in;
    }

    @Override
    public Item next() {
      try {
        while (true) {
          int to = lineEnd();
          if (to < 0) {
            return null;
          }
          number++;
          long place = offset;
          int from = at;
          boolean tooLong = to - from > reading.maxBytes() && !skipRest(to);
          if (tooLong) {
            return Item.unreadable(id(), weight(), offset - place, "line-too-long");
          }
          offset += to - from;
          at = to;
          if (!blank(from, to)) {
            return new Row(id(), weight(), place, Arrays.copyOfRange(block, from, to));
          }
        }
      } catch (IOException e) {
        ended = true;
        at = end;
        return Item.unreadable(id(), weight(), 0, "file-damaged");
      }
    }

    private String id() {
      return file.getFileName() + ":" + number;
    }

    private long weight() {
      long before = told;
      told = in.fileBytes();
      return told - before;
    }

    /// Where the line that begins at [#at] ends in the block, past its line feed; more than the
    /// longest if it is too long; -1 at the end.
    private int lineEnd() throws IOException {
      int from = at;
      while (true) {
        for (int i = from; i < end; i++) {
          if (block[i] == '\n') {
            return i + 1;
          }
        }
        if (ended || end - at > reading.maxBytes()) {
          return end > at ? end : -1;
        }
        from = end;
        from -= fill();
      }
    }

    /// Makes room and reads on.
    /// @return how far what was there moved to the front
    private int fill() throws IOException {
      int moved = at;
      if (moved > 0) {
        System.arraycopy(block, at, block, 0, end - at);
      }
      end -= at;
      at = 0;
      if (end == block.length) {
        block = Arrays.copyOf(block, 2 * block.length);
      }
      int some = in.read(block, end, block.length - end);
      ended = some < 0;
      end += Math.max(0, some);
      return moved;
    }

    /// Passes over the rest of a line that is too long.
    /// @return false
    private boolean skipRest(int to) throws IOException {
      boolean whole = block[to - 1] == '\n';
      offset += to - at;
      at = to;
      while (!whole) {
        for (; at < end && !whole; at++, offset++) {
          whole = block[at] == '\n';
        }
        if (!whole && ended) {
          break;
        }
        if (!whole) {
          fill();
        }
      }
      return false;
    }

    private boolean blank(int from, int to) {
      for (int i = from; i < to; i++) {
        if (block[i] != ' ' && block[i] != '\n' && block[i] != '\r' && block[i] != '\t') {
          return false;
        }
      }
      return true;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw FileBytes.unreadable(file, e);
      }
    }
  }

  private final class Row implements Item {
    private final String place;
    private final long weight;
    private final long offset;
    private final byte[] line;
    private Loaded loaded;
    private String id;

    Row(String place, long weight, long offset, byte[] line) {
      this.place = place;
      this.weight = weight;
      this.offset = offset;
      this.line = line;
    }

    @Override
    public String id() {
      load();
      return id == null ? place : id;
    }

    @Override
    public long weight() {
      return weight;
    }

    @Override
    public long bytes() {
      return line.length;
    }

    @Override
    public Loaded load() {
      if (loaded == null) {
        loaded = read();
      }
      return loaded;
    }

    private Loaded read() {
      byte[] utf8 =
          Utf8.invalid(line, 0, line.length) < 0 ? line : Utf8.replaced(line, 0, line.length);
      try (var parser = JSON.createParser(ObjectReadContext.empty(), utf8, 0, utf8.length)) {
        return parser.nextToken() == JsonToken.START_OBJECT
            ? read(parser)
            : new Loaded.Unreadable("not-a-json-object");
      } catch (JacksonException e) {
        return new Loaded.Unreadable("not-json");
      }
    }

    private Loaded read(JsonParser parser) {
      var values = new TreeMap<String, String>();
      JsonToken token;
      while ((token = parser.nextToken()) == JsonToken.PROPERTY_NAME) {
        var key = parser.currentName();
        switch (parser.nextToken()) {
          case VALUE_STRING -> values.put(key, parser.getString());
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE ->
            values.put(key, parser.getString());
          case START_OBJECT -> {
            if (key.equals("metadata")) {
              metadata(parser, values);
            } else {
              parser.skipChildren();
            }
          }
          case null, default -> parser.skipChildren();
        }
      }
      if (token != JsonToken.END_OBJECT) {
        return new Loaded.Unreadable("not-json");
      }
      id = values.get("id");
      return Rows.document(values, reading, file, place, offset, line);
    }
  }

  private static void metadata(JsonParser parser, TreeMap<String, String> to) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      var key = parser.currentName();
      if (parser.nextToken().isScalarValue()) {
        to.put(key, parser.getString());
      } else {
        parser.skipChildren();
      }
    }
  }
}
