package herd.data.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/// The pages of one column of a row group, each read and unpacked when it is asked for. In the
/// place of a page that is too large, packed or unpacked as its head says, stands one of as many
/// empty values.
final class ColumnPages implements PageReader {
  /// How pages are unpacked.
  @FunctionalInterface
  interface Packing {
    /// @param size of what comes out
    BytesInput unpack(BytesInput packed, int size) throws IOException;
  }

  /// Old writers forget the heads of dictionaries when they count a column's bytes.
  private static final int SLACK = 100;

  private final RandomAccessFile file;
  private final ColumnDescriptor column;
  private final ColumnChunkMetaData chunk;
  private final Packing codec;
  private final long most;
  private long at;
  private final long end;
  private long values;
  private boolean noDictionary;
  private boolean refused;

  /// @param most bytes of a page
  ColumnPages(
      RandomAccessFile file,
      ColumnDescriptor column,
      ColumnChunkMetaData chunk,
      Packing codec,
      long most) {
    this.file = file;
    this.column = column;
    this.chunk = chunk;
    this.codec = codec;
    this.most = most;
    at = chunk.getStartingPos();
    end = at + chunk.getTotalSize() + SLACK;
  }

  /// Whether the page that was read last is one of those that were too large.
  boolean refused() {
    return refused;
  }

  @Override
  public long getTotalValueCount() {
    return chunk.getValueCount();
  }

  @Override
  public DictionaryPage readDictionaryPage() {
    try {
      long start = at;
      var head = head();
      if (head.getType() != PageType.DICTIONARY_PAGE) {
        at = start;
        return null;
      }
      var dictionary = head.getDictionary_page_header();
      if (tooLarge(head)) {
        noDictionary = true;
        at += head.getCompressed_page_size();
        return null;
      }
      var bytes = codec.unpack(take(head.getCompressed_page_size()), unpacked(head));
      return new DictionaryPage(
          bytes, dictionary.getNum_values(), encoding(dictionary.getEncoding()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public DataPage readPage() {
    try {
      while (values < chunk.getValueCount()) {
        var head = head();
        if (head.isSetData_page_header() || head.isSetData_page_header_v2()) {
          return page(head);
        }
        at += head.getCompressed_page_size();
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataPage page(PageHeader head) throws IOException {
    boolean second = head.isSetData_page_header_v2();
    int count = second
        ? head.getData_page_header_v2().getNum_values()
        : head.getData_page_header().getNum_values();
    var encoding = encoding(
        second
            ? head.getData_page_header_v2().getEncoding()
            : head.getData_page_header().getEncoding());
    if (count < 0 || count > chunk.getValueCount() - values) {
      throw damaged("a page of " + count + " values");
    }
    values += count;
    refused = tooLarge(head) || noDictionary && encoding.usesDictionary();
    if (refused) {
      at += head.getCompressed_page_size();
      return empty(count);
    }
    return second ? second(head) : first(head);
  }

  private DataPage first(PageHeader head) throws IOException {
    var first = head.getData_page_header();
    return new DataPageV1(
        codec.unpack(take(head.getCompressed_page_size()), unpacked(head)),
        first.getNum_values(),
        unpacked(head),
        null,
        encoding(first.getRepetition_level_encoding()),
        encoding(first.getDefinition_level_encoding()),
        encoding(first.getEncoding()));
  }

  private DataPage second(PageHeader head) throws IOException {
    var second = head.getData_page_header_v2();
    int levels = levels(head, second);
    var repetitions = take(second.getRepetition_levels_byte_length());
    var definitions = take(second.getDefinition_levels_byte_length());
    var data = take(head.getCompressed_page_size() - levels);
    return DataPageV2.uncompressed(
        second.getNum_rows(),
        second.getNum_nulls(),
        second.getNum_values(),
        repetitions,
        definitions,
        encoding(second.getEncoding()),
        second.isIs_compressed() ? codec.unpack(data, unpacked(head) - levels) : data,
        null);
  }

  /// Bytes before a page's values, which are not packed.
  private int levels(PageHeader head, DataPageHeaderV2 second) throws IOException {
    int repetitions = second.getRepetition_levels_byte_length();
    int definitions = second.getDefinition_levels_byte_length();
    long levels = (long) repetitions + definitions;
    if (repetitions < 0
        || definitions < 0
        || levels > head.getCompressed_page_size()
        || levels > unpacked(head)) {
      throw damaged("levels that are larger than their page");
    }
    return (int) levels;
  }

  /// As many values as the page that was too large has: none where the column may have none, else
  /// empty texts.
  private DataPage empty(int count) throws IOException {
    int deepest = column.getMaxDefinitionLevel();
    boolean text = column.getPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
    if (deepest == 0 && (!text || 4L * count > most)) {
      throw damaged("a page of more than " + most + " bytes, which is no text");
    }
    var levels = deepest == 0
        ? BytesInput.empty()
        : BytesInput.concat(
            BytesInput.fromUnsignedVarInt(count << 1),
            BytesInput.from(
                new byte
                    [BytesUtils.paddedByteCountFromBits(BytesUtils.getWidthFromMaxInt(deepest))]));
    return DataPageV2.uncompressed(
        count,
        deepest == 0 ? 0 : count,
        count,
        BytesInput.empty(),
        levels,
        Encoding.PLAIN,
        deepest == 0 ? BytesInput.from(new byte[4 * count]) : BytesInput.empty(),
        null);
  }

  private boolean tooLarge(PageHeader head) {
    return head.getCompressed_page_size() > most || head.getUncompressed_page_size() > most;
  }

  private int unpacked(PageHeader head) throws IOException {
    if (head.getUncompressed_page_size() < 0) {
      throw damaged("a page of less than nothing");
    }
    return head.getUncompressed_page_size();
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }

  private IOException damaged(String how) {
    return new IOException("column " + String.join(".", column.getPath()) + ": " + how);
  }

  /// The head of the page that begins here, and the place after it.
  private PageHeader head() throws IOException {
    if (at >= end) {
      throw damaged("fewer values than it should have");
    }
    var rest = new Rest();
    var head = Util.readPageHeader(rest);
    at = rest.place();
    if (head.getCompressed_page_size() < 0 || head.getCompressed_page_size() > end - at) {
      throw damaged("a page that ends behind its column");
    }
    return head;
  }

  private BytesInput take(int count) throws IOException {
    if (count < 0 || count > end - at) {
      throw damaged("a page that ends behind its column");
    }
    var bytes = new byte[count];
    file.seek(at);
    file.readFully(bytes);
    at += count;
    return BytesInput.from(ByteBuffer.wrap(bytes));
  }

  /// What is left of the column.
  private final class Rest extends InputStream {
    private final byte[] ahead = new byte[1024];
    private long next = at;
    private int from;
    private int to;

    /// Of what was not yet looked at.
    long place() {
      return next - (to - from);
    }

    @Override
    public int read() throws IOException {
      return fill() ? ahead[from++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] bytes, int at, int length) throws IOException {
      if (!fill()) {
        return -1;
      }
      int some = Math.min(length, to - from);
      System.arraycopy(ahead, from, bytes, at, some);
      from += some;
      return some;
    }

    private boolean fill() throws IOException {
      if (from == to && next < end) {
        file.seek(next);
        from = 0;
        to = Math.max(0, file.read(ahead, 0, (int) Math.min(ahead.length, end - next)));
        next += to;
      }
      return from < to;
    }
  }
}
