package herd.data;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import herd.data.source.FileBytes;
import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Source;
import herd.engine.UserError;
import herd.run.Disk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Documents between two passes of a pipeline: a file of Herd's own form, packed lightly.
record Stored(Path file) implements Source {
  private static final int LEVEL = 1;
  private static final int BUFFER = 1 << 16;

  /// Writes documents; what stood there is replaced.
  static void write(Path file, List<Doc> docs) {
    try (var out = Files.newOutputStream(file)) {
      write(out, docs);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// Documents as the bytes of such a file.
  static byte[] bytes(List<Doc> docs) {
    try {
      var bytes = new ByteArrayOutputStream();
      write(bytes, docs);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The items of a file that [#bytes] made.
  static List<Item> items(byte[] bytes) {
    var items = new ArrayList<Item>();
    try (var in = new DataInputStream(
        new BufferedInputStream(new ZstdInputStream(new ByteArrayInputStream(bytes)), BUFFER))) {
      while (true) {
        items.add(new Record(0, in.readNBytes(in.readInt())));
      }
    } catch (EOFException e) {
      return items;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(OutputStream file, List<Doc> docs) throws IOException {
    try (var out =
        new DataOutputStream(new BufferedOutputStream(new ZstdOutputStream(file, LEVEL), BUFFER))) {
      var record = new ByteArrayOutputStream(BUFFER);
      for (var doc : docs) {
        record.reset();
        write(new DataOutputStream(record), doc);
        out.writeInt(record.size());
        record.writeTo(out);
      }
    }
  }

  private static void write(DataOutputStream out, Doc doc) throws IOException {
    text(out, doc.id());
    text(out, doc.url());
    text(out, doc.source());
    text(out, doc.kind());
    text(out, doc.group());
    text(out, doc.title());
    text(out, doc.text());
    text(out, doc.date());
    text(out, doc.language());
    text(out, doc.origin().file());
    out.writeLong(doc.origin().offset());
    text(out, doc.origin().digest());
    out.writeInt(doc.metadata().size());
    for (var entry : doc.metadata().entrySet()) {
      text(out, entry.getKey());
      text(out, entry.getValue());
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    var utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  /// Hands over the documents of a file.
  static void each(Path file, Consumer<Doc> to) {
    try (var cursor = new Stored(file).open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        to.accept(doc(item));
      }
    }
  }

  @Override
  public long bytes() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  @Override
  public Cursor open() {
    return new Records(FileBytes.open(file));
  }

  private UserError damaged(IOException e) {
    return new UserError(
        file.toString(), "damaged (" + e + ")", "Remove this folder and run the command again.");
  }

  private final class Records implements Cursor {
    private final FileBytes file;
    private final DataInputStream in;
    private long told;

    Records(FileBytes file) {
      this.file = file;
      in = new DataInputStream(new BufferedInputStream(file, BUFFER));
    }

    @Override
    public Item next() {
      try {
        int length;
        try {
          length = in.readInt();
        } catch (EOFException e) {
          return null;
        }
        var bytes = in.readNBytes(length);
        long before = told;
        told = file.fileBytes();
        return new Record(told - before, bytes);
      } catch (IOException e) {
        throw damaged(e);
      }
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw Disk.trouble(e, Stored.this.file);
      }
    }
  }

  private record Record(long weight, byte[] record) implements Item {
    @Override
    public String id() {
      return doc().id();
    }

    @Override
    public long bytes() {
      return record.length;
    }

    @Override
    public Loaded load() {
      throw new IllegalStateException("a stored document is read by doc()");
    }

    private Doc doc() {
      try {
        return read(new DataInputStream(new ByteArrayInputStream(record)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// The document that an item of such a file is.
  static Doc doc(Item item) {
    return ((Record) item).doc();
  }

  private static Doc read(DataInputStream in) throws IOException {
    var id = text(in);
    var url = text(in);
    var source = text(in);
    var kind = text(in);
    var group = text(in);
    var title = text(in);
    var body = text(in);
    var date = text(in);
    var language = text(in);
    var origin = new Doc.Origin(text(in), in.readLong(), text(in));
    var metadata = new TreeMap<String, String>();
    for (int left = in.readInt(); left > 0; left--) {
      metadata.put(text(in), text(in));
    }
    return new Doc(id, url, source, kind, group, title, body, date, language, origin, metadata);
  }
}
