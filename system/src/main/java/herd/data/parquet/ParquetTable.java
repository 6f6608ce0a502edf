package herd.data.parquet;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.LocalInputFile;

/// The rows of a Parquet file, one after another; of its columns, those that are asked for and not
/// repeated. In memory is one page of each.
///
/// A page can only be unpacked as a whole. Its head says how large it is: rows of pages that are
/// too large are handed out as refused, and nothing of such a page is read.
public final class ParquetTable implements AutoCloseable {
  /// Bytes of a page, packed or unpacked: pages of usual writers have one to a hundred megabytes.
  private static final long MOST_PAGE = 128 << 20;

  private final long mostValue;
  private final long mostPage;
  private final RandomAccessFile file;
  private final ParquetMetadata footer;
  private final CompressionCodecFactory codecs;
  private final List<ColumnDescriptor> columns = new ArrayList<>();
  private final List<ColumnPages> pages = new ArrayList<>();
  private final List<ColumnReader> readers = new ArrayList<>();
  private int group;
  private long row;
  private long rows;

  /// @param values by column, without those that are null
  /// @param refused why it cannot be read, in kebab case: `page-too-large` or `row-too-large`;
  ///     else null
  public record Row(TreeMap<String, String> values, String refused) {}

  /// Opens a file for all columns that are not nested.
  /// @param mostValue bytes of a value
  /// @throws IOException if it is no Parquet file
  public ParquetTable(Path path, long mostValue) throws IOException {
    this(path, mostValue, Math.max(MOST_PAGE, 2 * mostValue), name -> !name.contains("."));
  }

  /// Opens a file for one column.
  /// @param name with dots where it is nested
  public ParquetTable(Path path, long mostValue, String name) throws IOException {
    this(path, mostValue, Math.max(MOST_PAGE, 2 * mostValue), name::equals);
  }

  /// @param mostPage bytes of a page
  ParquetTable(Path path, long mostValue, long mostPage, Predicate<String> wanted)
      throws IOException {
    this.mostValue = mostValue;
    this.mostPage = mostPage;
    var options = ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
    codecs = options.getCodecFactory();
    try (var reader = ParquetFileReader.open(new LocalInputFile(path), options)) {
      footer = reader.getFooter();
    }
    for (var column : footer.getFileMetaData().getSchema().getColumns()) {
      if (column.getMaxRepetitionLevel() == 0 && wanted.test(name(column))) {
        columns.add(column);
      }
    }
    file = new RandomAccessFile(path.toFile(), "r");
  }

  private static String name(ColumnDescriptor column) {
    return String.join(".", column.getPath());
  }

  /// The names of all columns of the file, with dots where they are nested.
  public List<String> names() {
    return footer.getFileMetaData().getSchema().getColumns().stream()
        .map(ParquetTable::name)
        .toList();
  }

  /// How many rows the file says that it has.
  public long rows() {
    return footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).sum();
  }

  /// The next row, null at the end.
  /// @throws IOException or another exception of the library, if the file is damaged: no row
  ///     after it can be read
  public Row next() throws IOException {
    while (row == rows) {
      if (group == footer.getBlocks().size()) {
        return null;
      }
      open(footer.getBlocks().get(group++));
    }
    row++;
    var values = new TreeMap<String, String>();
    String refused = null;
    for (int i = 0; i < readers.size(); i++) {
      var reader = readers.get(i);
      if (pages.get(i).refused()) {
        refused = "page-too-large";
      } else if (reader.getCurrentDefinitionLevel() == columns.get(i).getMaxDefinitionLevel()) {
        var value = value(reader, columns.get(i));
        refused = value == null && refused == null ? "row-too-large" : refused;
        values.put(name(columns.get(i)), value == null ? "" : value);
      }
      reader.consume();
    }
    return new Row(values, refused);
  }

  private ColumnPages.Packing packing(CompressionCodecName codec) throws IOException {
    if (codec == CompressionCodecName.GZIP) {
      return (packed, size) -> {
        try (var in = new GZIPInputStream(packed.toInputStream())) {
          return BytesInput.from(in.readNBytes(size));
        }
      };
    }
    try {
      return codecs.getDecompressor(codec)::decompress;
    } catch (LinkageError | RuntimeException e) { // of codecs that need Hadoop
      throw new IOException("packed by " + codec + ", which cannot be read", e);
    }
  }

  private void open(BlockMetaData block) throws IOException {
    row = 0;
    rows = block.getRowCount();
    pages.clear();
    readers.clear();
    if (rows == 0) {
      return;
    }
    for (var column : columns) {
      for (var chunk : block.getColumns()) {
        if (List.of(chunk.getPath().toArray()).equals(List.of(column.getPath()))) {
          pages.add(new ColumnPages(file, column, chunk, packing(chunk.getCodec()), mostPage));
        }
      }
    }
    var store = new PageReadStore() {
      @Override
      public PageReader getPageReader(ColumnDescriptor column) {
        return pages.get(columns.indexOf(column));
      }

      @Override
      public long getRowCount() {
        return rows;
      }
    };
    var meta = footer.getFileMetaData();
    var converter = new DummyRecordConverter(meta.getSchema()).getRootConverter();
    var opened = new ColumnReadStoreImpl(store, converter, meta.getSchema(), meta.getCreatedBy());
    columns.forEach(column -> readers.add(opened.getColumnReader(column)));
  }

  /// The value as a text, null if it is too large.
  private String value(ColumnReader reader, ColumnDescriptor column) {
    var type = column.getPrimitiveType();
    return switch (type.getPrimitiveTypeName()) {
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> {
        var binary = reader.getBinary();
        yield binary.length() > mostValue ? null : type.stringifier().stringify(binary);
      }
      case BOOLEAN -> Boolean.toString(reader.getBoolean());
      case DOUBLE -> Double.toString(reader.getDouble());
      case FLOAT -> Float.toString(reader.getFloat());
      case INT32 -> Integer.toString(reader.getInteger());
      case INT64 -> Long.toString(reader.getLong());
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
    codecs.release();
  }
}
