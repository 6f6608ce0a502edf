package herd.data;

import com.github.luben.zstd.ZstdOutputStream;
import herd.run.Disk;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// How documents are written.
public enum DocForm {
  /// Parquet, compressed by zstd ([DocFile]).
  PARQUET(".parquet"),
  /// A JSON object a line, compressed by zstd.
  JSONL(".jsonl.zst"),
  /// Herd's own, for what is read again at once ([Stored]).
  STORED(".docs.zst");

  /// Without a blank between two lines: files are the same however documents are cut into them.
  private static final JsonFactory JSON =
      JsonFactory.builder().rootValueSeparator("").build();
  private static final int BUFFER = 1 << 16;

  private final String ending;

  DocForm(String ending) {
    this.ending = ending;
  }

  /// What names of such files end in.
  public String ending() {
    return ending;
  }

  /// Writes documents.
  /// @throws herd.engine.UserError if the disk is full
  public void write(Path file, List<Doc> docs) {
    switch (this) {
      case PARQUET -> DocFile.write(file, docs);
      case STORED -> Stored.write(file, docs);
      case JSONL -> writeLines(file, docs);
    }
  }

  private static void writeLines(Path file, List<Doc> docs) {
    try (var out = lines(file);
        var json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      for (var doc : docs) {
        json.writeStartObject();
        write(json, doc);
        json.writeEndObject();
        json.writeRaw('\n');
      }
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// A document that was dropped.
  /// @param doc null if it could not be read
  record Rejected(String id, String step, String reason, Doc doc) {}

  static void writeRejected(Path file, List<Rejected> all) {
    try (var out = lines(file)) {
      writeRejected(out, all);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  /// What was dropped as the bytes of such a file; several, one after the other, are one.
  static byte[] rejected(List<Rejected> all) {
    try {
      var bytes = new ByteArrayOutputStream();
      try (var out = new ZstdOutputStream(bytes)) {
        writeRejected(out, all);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeRejected(OutputStream out, List<Rejected> all) {
    try (var json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      for (var rejected : all) {
        json.writeStartObject();
        if (rejected.doc() == null) {
          json.writeStringProperty("id", rejected.id());
        }
        json.writeStringProperty("decision", "drop");
        json.writeStringProperty("step", rejected.step());
        json.writeStringProperty("reason", rejected.reason());
        if (rejected.doc() != null) {
          write(json, rejected.doc());
        }
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }
  }

  private static OutputStream lines(Path file) throws IOException {
    return new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(file)), BUFFER);
  }

  private static void write(JsonGenerator json, Doc doc) {
    json.writeStringProperty("id", doc.id());
    json.writeStringProperty("url", doc.url());
    json.writeStringProperty("source", doc.source());
    json.writeStringProperty("kind", doc.kind());
    json.writeStringProperty("group", doc.group());
    json.writeStringProperty("title", doc.title());
    json.writeStringProperty("text", doc.text());
    json.writeStringProperty("date", doc.date());
    json.writeStringProperty("language", doc.language());
    json.writeStringProperty("file", doc.origin().file());
    json.writeNumberProperty("offset", doc.origin().offset());
    json.writeStringProperty("digest", doc.origin().digest());
    json.writeObjectPropertyStart("metadata");
    doc.metadata().forEach(json::writeStringProperty);
    json.writeEndObject();
  }

  /// JSON of a document's metadata.
  static String metadata(Doc doc) {
    if (doc.metadata().isEmpty()) {
      return "{}";
    }
    var text = new StringWriter();
    try (var json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      doc.metadata().forEach(json::writeStringProperty);
      json.writeEndObject();
    }
    return text.toString();
  }

  /// What [#metadata(Doc)] says.
  static Map<String, String> metadata(String json) {
    var metadata = new TreeMap<String, String>();
    if (json.length() > 2) {
      JsonMapper.shared()
          .readTree(json)
          .properties()
          .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asString("")));
    }
    return metadata;
  }
}
