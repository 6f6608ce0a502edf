package herd.data;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import herd.engine.UserError;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/// Documents in a Parquet file, compressed by zstd: one row a document. Columns of UTF-8 text are
/// named as the components of [Doc] (`id`, `url`, `source`, `kind`, `group`, `title`, `text`,
/// `date`, `language`); `file`, `offset` (64-bit) and `digest` say where it was read, `metadata` is
/// a JSON object of texts. None is null. A file that has only the first seven can be read too.
public final class DocFile {
  private static final List<String> COLUMNS = List.of(
      "id",
      "url",
      "source",
      "kind",
      "group",
      "title",
      "text",
      "date",
      "language",
      "file",
      "offset",
      "digest",
      "metadata");

  /// Columns without which a file is none of documents.
  private static final List<String> NEEDED = COLUMNS.subList(0, 7);

  private static final int OFFSET = COLUMNS.indexOf("offset");

  /// Bytes of a row group, about: what a reader holds at a time.
  private static final long ROW_GROUP = 16 << 20;

  private static final MessageType SCHEMA = schema();

  private DocFile() {}

  private static MessageType schema() {
    var message = Types.buildMessage();
    for (var column : COLUMNS) {
      if (column.equals("offset")) {
        message.required(PrimitiveTypeName.INT64).named(column);
      } else {
        message
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(column);
      }
    }
    return message.named("document");
  }

  /// Writes all documents aside and renames the file into place.
  /// @throws UserError if the disk is full or the directory cannot be written
  public static void write(Path path, List<Doc> docs) {
    try (var writer = new Writer(path)) {
      docs.forEach(writer::write);
      writer.complete();
    }
  }

  /// Writes documents one after another, aside until they are complete.
  static final class Writer implements AutoCloseable {
    private final Path path;
    private final Path aside;
    private final ParquetWriter<Doc> writer;

    Writer(Path path) {
      this.path = path;
      aside = path.resolveSibling("." + path.getFileName() + ".part");
      try {
        Disk.delete(aside);
        writer = new Builder(new LocalOutputFile(aside)).build();
      } catch (IOException | RuntimeException e) {
        throw Disk.trouble(e, path);
      }
    }

    void write(Doc doc) {
      try {
        writer.write(doc);
      } catch (IOException | RuntimeException e) {
        throw Disk.trouble(e, path);
      }
    }

    /// Puts the file into place.
    void complete() {
      try {
        writer.close();
        Files.move(
            aside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException | RuntimeException e) {
        throw Disk.trouble(e, path);
      }
    }

    /// Removes what is not complete.
    @Override
    public void close() {
      if (!Files.exists(aside)) {
        return;
      }
      try {
        writer.close();
      } catch (IOException | RuntimeException e) {
        // What is half written goes anyway; the first trouble is the one to tell.
      } finally {
        Disk.delete(aside);
      }
    }
  }

  /// All documents of a file, in order.
  /// @throws UserError if the file is missing, damaged or of another schema
  public static List<Doc> read(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new UserError(
          path.toString(), "no such file", "a Parquet file of documents", "Run curate first.");
    }
    try (var rows = ParquetReader.streamContent(path.toFile(), new Row())) {
      return rows.toList();
    } catch (IOException | RuntimeException e) {
      throw new UserError(
          path.toString(),
          "not a readable file of documents (" + cause(e) + ")",
          "Parquet with the columns " + String.join(", ", NEEDED),
          "Remove it and run curate again.");
    }
  }

  /// The first line of what the library says.
  private static String cause(Exception e) {
    var message = e.getMessage() == null ? "" : e.getMessage();
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }

  private static final class Row implements Hydrator<Map<String, Object>, Doc, String[]> {
    @Override
    public Map<String, Object> start() {
      return new HashMap<>();
    }

    @Override
    public Map<String, Object> add(Map<String, Object> row, String[] column, Object value) {
      row.put(column[0], value);
      return row;
    }

    @Override
    public Doc finish(Map<String, Object> row) {
      for (var column : NEEDED) {
        if (row.get(column) == null) {
          throw new IllegalStateException("no column " + column);
        }
      }
      return new Doc(
          text(row, "id"),
          text(row, "url"),
          text(row, "source"),
          text(row, "kind"),
          text(row, "group"),
          text(row, "title"),
          text(row, "text"),
          text(row, "date"),
          text(row, "language"),
          new Doc.Origin(
              text(row, "file"),
              row.get("offset") instanceof Long offset ? offset : 0,
              text(row, "digest")),
          DocForm.metadata(text(row, "metadata")));
    }

    private static String text(Map<String, Object> row, String column) {
      return row.get(column) instanceof String text ? text : "";
    }
  }

  // The deprecated methods are abstract in the library, so both forms must stand here.
  @SuppressWarnings("deprecation")
  private static final class Builder extends ParquetWriter.Builder<Doc, Builder> {
    Builder(OutputFile file) {
      super(file);
      withConf(new PlainParquetConfiguration());
      withCompressionCodec(CompressionCodecName.ZSTD);
      withRowGroupSize(ROW_GROUP);
      withDictionaryEncoding("text", false);
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<Doc> getWriteSupport(org.apache.hadoop.conf.Configuration conf) {
      return new DocSupport();
    }

    @Override
    protected WriteSupport<Doc> getWriteSupport(ParquetConfiguration conf) {
      return new DocSupport();
    }
  }

  @SuppressWarnings("deprecation")
  private static final class DocSupport extends WriteSupport<Doc> {
    private RecordConsumer out;

    @Override
    public WriteContext init(org.apache.hadoop.conf.Configuration conf) {
      return new WriteContext(SCHEMA, Map.of());
    }

    @Override
    public WriteContext init(ParquetConfiguration conf) {
      return new WriteContext(SCHEMA, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      out = consumer;
    }

    @Override
    public void write(Doc doc) {
      out.startMessage();
      var values = List.of(
          doc.id(),
          doc.url(),
          doc.source(),
          doc.kind(),
          doc.group(),
          doc.title(),
          doc.text(),
          doc.date(),
          doc.language(),
          doc.origin().file(),
          "",
          doc.origin().digest(),
          DocForm.metadata(doc));
      for (int i = 0; i < values.size(); i++) {
        out.startField(COLUMNS.get(i), i);
        if (i == OFFSET) {
          out.addLong(doc.origin().offset());
        } else {
          out.addBinary(Binary.fromString(values.get(i)));
        }
        out.endField(COLUMNS.get(i), i);
      }
      out.endMessage();
    }
  }
}
