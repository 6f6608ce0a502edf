package herd.data.parquet;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Tables of small pages, read with small bounds.
class ParquetTableTest {
  private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
      message m { required binary id (UTF8); optional binary text (UTF8); optional int64 n;
        optional boolean yes; optional double d; repeated int32 many;
        optional group inner { optional int32 x; } }
      """);

  @TempDir
  Path dir;

  private Path write(List<Map<String, String>> rows, WriterVersion version, boolean dictionary)
      throws IOException {
    var file = dir.resolve("t.parquet");
    Files.deleteIfExists(file);
    var codec = version == WriterVersion.PARQUET_1_0
        ? CompressionCodecName.ZSTD
        : CompressionCodecName.UNCOMPRESSED;
    try (var writer = new Builder(new LocalOutputFile(file))
        .withWriterVersion(version)
        .withDictionaryEncoding(dictionary)
        .withCompressionCodec(codec)
        .withPageSize(500)
        .withDictionaryPageSize(1500)
        .withMinRowCountForPageSizeCheck(1)
        .withMaxRowCountForPageSizeCheck(1)
        .withRowGroupSize(20_000L)
        .build()) {
      for (var row : rows) {
        writer.write(row);
      }
    }
    return file;
  }

  private static List<ParquetTable.Row> read(Path file, long value, long page) throws IOException {
    var rows = new ArrayList<ParquetTable.Row>();
    try (var table = new ParquetTable(file, value, page, name -> !name.contains("."))) {
      for (var row = table.next(); row != null; row = table.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<Map<String, String>> rows(int count, int longest) {
    var random = new Random(7);
    var rows = new ArrayList<Map<String, String>>();
    for (int i = 0; i < count; i++) {
      var row = new TreeMap<String, String>();
      row.put("id", "row " + i);
      if (random.nextInt(5) > 0) {
        row.put("text", ("tea " + random.nextInt(20)).repeat(1 + random.nextInt(longest)));
        row.put("n", "" + random.nextLong());
      }
      if (random.nextBoolean()) {
        row.put("yes", "" + random.nextBoolean());
        row.put("d", "" + random.nextGaussian());
      }
      rows.add(row);
    }
    return rows;
  }

  /// As the library reads whole row groups.
  @Test
  void rowsAreThoseOfTheLibrary() throws IOException {
    var rows = rows(900, 20);
    for (var version : WriterVersion.values()) {
      for (boolean dictionary : List.of(true, false)) {
        var file = write(rows, version, dictionary);
        assertThat(read(file, 1000, 1 << 20))
            .extracting(ParquetTable.Row::values)
            .isEqualTo(library(file))
            .isEqualTo(rows);
      }
    }
  }

  private static List<TreeMap<String, String>> library(Path file) throws IOException {
    var columns = new Hydrator<TreeMap<String, String>, TreeMap<String, String>, String[]>() {
      @Override
      public TreeMap<String, String> start() {
        return new TreeMap<>();
      }

      @Override
      public TreeMap<String, String> add(
          TreeMap<String, String> row, String[] column, Object value) {
        if (column.length == 1 && value != null) {
          row.put(column[0], value.toString());
        }
        return row;
      }

      @Override
      public TreeMap<String, String> finish(TreeMap<String, String> row) {
        return row;
      }
    };
    try (var all = ParquetReader.streamContent(file.toFile(), columns)) {
      return all.toList();
    }
  }

  /// The page of a huge value costs the rows in it, and no others.
  @Test
  void rowsOfPagesThatAreTooLargeAreRefused() throws IOException {
    for (var version : WriterVersion.values()) {
      for (var column : List.of("id", "text")) {
        var rows = rows(200, 5);
        rows.get(50).put(column, "huge ".repeat(20_000));
        rows.get(120).put(column, "large ".repeat(400));
        var read = read(write(rows, version, false), 2000, 50_000);
        assertThat(read.get(50).refused()).isEqualTo("page-too-large");
        assertThat(read.get(120).refused()).isEqualTo("row-too-large");
        int refused = 0;
        for (int i = 0; i < rows.size(); i++) {
          if (read.get(i).refused() == null) {
            assertThat(read.get(i).values()).isEqualTo(rows.get(i));
          } else {
            refused++;
            assertThat(Math.min(Math.abs(i - 50), Math.abs(i - 120))).isLessThan(60);
          }
        }
        assertThat(refused).isBetween(2, 70);
      }
    }
  }

  @Test
  void aDictionaryThatIsTooLargeCostsThePagesThatUseIt() throws IOException {
    var rows = rows(200, 5);
    var read = read(write(rows, WriterVersion.PARQUET_2_0, true), 2000, 700);
    assertThat(read).extracting(ParquetTable.Row::refused).contains("page-too-large");
    for (int i = 0; i < rows.size(); i++) {
      if (read.get(i).refused() == null) {
        assertThat(read.get(i).values()).isEqualTo(rows.get(i));
      }
    }
  }

  @Test
  void oneColumnIsReadByItself() throws IOException {
    var file = write(rows(20, 5), WriterVersion.PARQUET_2_0, true);
    try (var table = new ParquetTable(file, 1000, "n")) {
      assertThat(table.names()).contains("id", "text", "inner.x");
      var first = table.next();
      assertThat(first.values().keySet()).isSubsetOf("n");
    }
  }

  /// A file of pyarrow's, with pages of the second form.
  @Test
  void pagesThatArePackedByGzipAreRead() throws IOException {
    var file = Path.of("src/test/resources/herd/data/parquet/gzip.parquet");
    assertThat(read(file, 1000, 1 << 20))
        .extracting(ParquetTable.Row::values)
        .containsExactly(
            new TreeMap<>(Map.of("id", "a", "text", "tea one", "n", "1")),
            new TreeMap<>(Map.of("id", "b", "text", "tea two ".repeat(3))),
            new TreeMap<>(Map.of("id", "c", "n", "3")));
  }

  @Test
  void damagedFilesAreReadUntilTheDamage() throws IOException {
    var whole = Files.readAllBytes(write(rows(60, 5), WriterVersion.PARQUET_1_0, true));
    var random = new Random(5);
    for (int i = 0; i < 300; i++) {
      var bytes = whole.clone();
      for (int flips = 0; flips < 3; flips++) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      var file = Files.write(dir.resolve("damaged.parquet"), bytes);
      try {
        read(file, 1000, 1 << 20);
      } catch (IOException | RuntimeException e) {
        assertThat(e).isNotNull(); // and no error
      }
    }
  }

  // The deprecated methods are abstract in the library, so both forms must stand here.
  @SuppressWarnings("deprecation")
  private static final class Builder extends ParquetWriter.Builder<Map<String, String>, Builder> {
    Builder(OutputFile file) {
      super(file);
      withConf(new PlainParquetConfiguration());
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<Map<String, String>> getWriteSupport(
        org.apache.hadoop.conf.Configuration conf) {
      return new Rows();
    }

    @Override
    protected WriteSupport<Map<String, String>> getWriteSupport(ParquetConfiguration conf) {
      return new Rows();
    }
  }

  @SuppressWarnings("deprecation")
  private static final class Rows extends WriteSupport<Map<String, String>> {
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
    public void write(Map<String, String> row) {
      out.startMessage();
      row.forEach((name, value) -> {
        int at = SCHEMA.getFieldIndex(name);
        out.startField(name, at);
        switch (name) {
          case "n" -> out.addLong(Long.parseLong(value));
          case "yes" -> out.addBoolean(Boolean.parseBoolean(value));
          case "d" -> out.addDouble(Double.parseDouble(value));
          default -> out.addBinary(Binary.fromString(value));
        }
        out.endField(name, at);
      });
      out.startField("many", 5);
      out.addInteger(row.size());
      out.addInteger(1);
      out.endField("many", 5);
      out.endMessage();
    }
  }
}
