package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// One pass over the header of a GGUF file. Nothing is allocated for a count that the rest of
/// the file cannot hold.
final class GgufReader {
  private static final int MAGIC = 0x46554747;
  private static final long MAX_ARRAY = 1 << 24; // more than any vocabulary
  private static final int MAX_DEPTH = 4; // arrays in arrays
  private static final int MAX_DIMENSIONS = 4;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// A tensor as the header describes it; `at` is where it does.
  private record Entry(String name, Encoding encoding, long[] shape, long offset, long at) {}

  private final Path file;
  private final MemorySegment bytes;
  private final SequencedMap<String, Object> metadata = new LinkedHashMap<>();
  private long at;
  private String what = "header"; // what is being read, for errors

  GgufReader(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  Gguf read() {
    if (bytes.byteSize() == 0) {
      throw error(0, "an empty file");
    }
    int magic = bytes.get(INT, take(4));
    if (magic != MAGIC) {
      throw error(0, "starts with %08x instead of 'GGUF'".formatted(Integer.reverseBytes(magic)));
    }
    int version = bytes.get(INT, take(4));
    if (version != 2 && version != 3) {
      throw error(4, "version " + Integer.toUnsignedString(version) + ", known are 2 and 3");
    }
    long tensors = count("tensors", 8 + 4 + 8 + 4 + 8);
    long keys = count("keys", 8 + 4 + 1);
    for (long i = 0; i < keys; i++) {
      what = "key " + i;
      long start = at;
      String key = string();
      what = "key '" + key + "'";
      if (metadata.containsKey(key)) {
        throw error(start, "stands there a second time");
      }
      metadata.put(key, value(type(), 0));
    }
    var entries = new ArrayList<Entry>();
    for (long i = 0; i < tensors; i++) {
      what = "tensor " + i;
      entries.add(entry());
    }
    return new Gguf(file, metadata, tensors(entries));
  }

  /// The position of the next `length` bytes, which are passed over.
  private long take(long length) {
    if (length < 0 || length > bytes.byteSize() - at) {
      throw error(
          at,
          "%s bytes are needed, the file ends at byte %d"
              .formatted(Long.toUnsignedString(length), bytes.byteSize()));
    }
    long start = at;
    at += length;
    return start;
  }

  private long count(String of, int leastBytes) {
    long start = take(8);
    long count = bytes.get(LONG, start);
    if (count < 0 || count > (bytes.byteSize() - at) / leastBytes) {
      throw error(
          start,
          "%s %s in a file of %d bytes"
              .formatted(Long.toUnsignedString(count), of, bytes.byteSize()));
    }
    return count;
  }

  private String string() {
    long length = bytes.get(LONG, take(8));
    return text(take(length), length);
  }

  private String text(long start, long length) {
    if (length > Integer.MAX_VALUE) {
      throw error(start, "a string of " + length + " bytes");
    }
    return Json.text(bytes.asSlice(start, length).asByteBuffer(), file + ", " + what, start);
  }

  private GgufType type() {
    long start = take(4);
    int number = bytes.get(INT, start);
    if (number < 0 || number >= GgufType.values().length) {
      throw error(
          start, "the value type " + Integer.toUnsignedString(number) + ", known are 0 to 12");
    }
    return GgufType.values()[number];
  }

  private Object value(GgufType type, int depth) {
    return switch (type) {
      case STRING -> string();
      case ARRAY -> array(depth + 1);
      case BOOL -> {
        long start = take(1);
        if ((bytes.get(ValueLayout.JAVA_BYTE, start) & 0xFF) > 1) {
          throw error(start, "a truth value that is neither 0 nor 1");
        }
        yield number(type, start);
      }
      default -> number(type, take(type.bytes()));
    };
  }

  private Object array(int depth) {
    if (depth > MAX_DEPTH) {
      throw error(at, "arrays nested more than " + MAX_DEPTH + " deep");
    }
    var type = type();
    long start = at;
    long count = count("items", type.bytes());
    if (count > MAX_ARRAY) {
      throw error(start, count + " items, at most " + MAX_ARRAY + " are read");
    }
    if (type != GgufType.STRING && type != GgufType.ARRAY) {
      return new Numbers(type, take(count * type.bytes()), (int) count);
    }
    if (type == GgufType.STRING) {
      return strings((int) count);
    }
    var items = new ArrayList<Object>();
    for (long i = 0; i < count; i++) {
      items.add(value(type, depth));
    }
    return items;
  }

  private Strings strings(int count) {
    var starts = new long[count];
    for (int i = 0; i < count; i++) {
      long length = bytes.get(LONG, take(8));
      starts[i] = take(length);
      if (!isUtf8(starts[i], starts[i] + length)) {
        text(starts[i], length); // says where
      }
    }
    return new Strings(starts);
  }

  /// Strings that stay in the file until they are asked for; a vocabulary has hundreds of
  /// thousands.
  private final class Strings extends AbstractList<Object> {
    private final long[] starts;

    Strings(long[] starts) {
      this.starts = starts;
    }

    @Override
    public Object get(int index) {
      return text(starts[index], bytes.get(LONG, starts[index] - 8));
    }

    @Override
    public int size() {
      return starts.length;
    }
  }

  private boolean isUtf8(long from, long to) {
    for (long i = from; i < to; ) {
      int first = bytes.get(ValueLayout.JAVA_BYTE, i++);
      if (first >= 0) {
        continue;
      }
      int more = first >= -16 ? 3 : first >= -32 ? 2 : 1; // F0, E0
      if (first < -62 || first > -12 || i + more > to) { // C2 to F4
        return false;
      }
      int second = bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
      int least = first == -32 ? 0xA0 : first == -16 ? 0x90 : 0x80;
      int most = first == -19 ? 0x9F : first == -12 ? 0x8F : 0xBF;
      if (second < least || second > most) {
        return false;
      }
      for (int k = 1; k < more; k++) {
        if (bytes.get(ValueLayout.JAVA_BYTE, i + k) > -65) { // BF
          return false;
        }
      }
      i += more;
    }
    return true;
  }

  /// Numbers that stay in the file until they are asked for.
  private final class Numbers extends AbstractList<Object> {
    private final GgufType type;
    private final long start;
    private final int size;

    Numbers(GgufType type, long start, int size) {
      this.type = type;
      this.start = start;
      this.size = size;
    }

    @Override
    public Object get(int index) {
      return number(type, start + (long) Objects.checkIndex(index, size) * type.bytes());
    }

    @Override
    public int size() {
      return size;
    }
  }

  private Object number(GgufType type, long start) {
    return switch (type) {
      case U8 -> bytes.get(ValueLayout.JAVA_BYTE, start) & 0xFFL;
      case I8 -> (long) bytes.get(ValueLayout.JAVA_BYTE, start);
      case U16 -> bytes.get(SHORT, start) & 0xFFFFL;
      case I16 -> (long) bytes.get(SHORT, start);
      case U32 -> bytes.get(INT, start) & 0xFFFFFFFFL;
      case I32 -> (long) bytes.get(INT, start);
      case U64, I64 -> bytes.get(LONG, start);
      // The shortest decimal that is this float: 1e-5 stays 1e-5.
      case F32 -> Double.valueOf(Float.toString(bytes.get(FLOAT, start)));
      case F64 -> bytes.get(DOUBLE, start);
      case BOOL -> bytes.get(ValueLayout.JAVA_BYTE, start) != 0;
      case STRING, ARRAY -> throw new IllegalArgumentException(type + " is not a number");
    };
  }

  private Entry entry() {
    long described = at;
    String name = string();
    what = "tensor '" + name + "'";
    long start = take(4);
    int dimensions = bytes.get(INT, start);
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw error(
          start, Integer.toUnsignedString(dimensions) + " dimensions, at most " + MAX_DIMENSIONS);
    }
    var shape = new long[dimensions];
    for (int d = dimensions - 1; d >= 0; d--) {
      start = take(8);
      shape[d] = bytes.get(LONG, start);
      if (shape[d] < 0) {
        throw error(start, "a dimension of " + Long.toUnsignedString(shape[d]));
      }
    }
    start = take(4);
    var encoding = encoding(bytes.get(INT, start), start);
    long row = dimensions == 0 ? 1 : shape[dimensions - 1];
    if (row % encoding.blockValues() != 0) {
      throw error(
          start,
          "rows of %d numbers as %s, which has blocks of %d"
              .formatted(row, encoding, encoding.blockValues()));
    }
    return new Entry(name, encoding, shape, bytes.get(LONG, take(8)), described);
  }

  private Encoding encoding(int number, long start) {
    for (var encoding : Encoding.values()) {
      if (encoding.ggml() == number && number >= 0) {
        return encoding;
      }
    }
    throw error(
        start, "the tensor type " + Integer.toUnsignedString(number) + ", which is not known");
  }

  private SequencedMap<String, StoredTensor> tensors(List<Entry> entries) {
    int alignment = new JsonValue(
            metadata.get(Gguf.ALIGNMENT_KEY), file + ", key '" + Gguf.ALIGNMENT_KEY + "'")
        .integer(8, 1 << 20, Gguf.ALIGNMENT);
    if (Integer.bitCount(alignment) != 1) {
      what = "key '" + Gguf.ALIGNMENT_KEY + "'";
      throw error(at, alignment + " is not a power of two");
    }
    long dataStart = at + alignment - 1 & -alignment;
    var out = new LinkedHashMap<String, StoredTensor>();
    for (var entry : entries) {
      what = "tensor '" + entry.name + "'";
      long size = size(entry);
      long room = bytes.byteSize() - dataStart;
      if (entry.offset < 0 || entry.offset % alignment != 0) {
        throw error(
            entry.at,
            "the offset %s, which is not a multiple of %d"
                .formatted(Long.toUnsignedString(entry.offset), alignment));
      }
      if (entry.offset > room || size > room - entry.offset) {
        throw error(
            entry.at,
            "%d bytes at byte %s, the file ends at byte %d"
                .formatted(
                    size, Long.toUnsignedString(dataStart + entry.offset), bytes.byteSize()));
      }
      var data = bytes.asSlice(dataStart + entry.offset, size);
      var tensor =
          new StoredTensor(entry.name, entry.encoding, entry.shape, data, file + ", " + what);
      if (out.put(entry.name, tensor) != null) {
        throw error(entry.at, "stands there a second time");
      }
    }
    overlaps(entries, dataStart);
    return out;
  }

  private long size(Entry entry) {
    try {
      return entry.encoding.bytes(StoredTensor.size(entry.shape));
    } catch (ArithmeticException e) {
      throw error(entry.at, "a shape " + Arrays.toString(entry.shape) + " beyond any file");
    }
  }

  private void overlaps(List<Entry> entries, long dataStart) {
    var inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::offset));
    long end = 0;
    String before = "";
    for (var entry : inOrder) {
      long size = size(entry);
      if (size > 0 && entry.offset < end) {
        what = "tensor '" + entry.name + "'";
        throw error(dataStart + entry.offset, "overlaps the tensor '" + before + "'");
      }
      if (entry.offset + size > end) {
        end = entry.offset + size;
        before = entry.name;
      }
    }
  }

  private UserError error(long position, String found) {
    return new UserError(
        file + ", " + what + ", byte " + position,
        found,
        "The file is damaged or not GGUF; fetch or make it again.");
  }
}
