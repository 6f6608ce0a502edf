package herd.engine.io;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// One pass over the header of a GGUF file. Nothing is allocated for a count that the rest of
/// the file cannot hold.
final class GgufReader {
  private static final int MAGIC = 0x46554747;
  private static final long MAX_ARRAY = 1 << 24; // more than any vocabulary
  private static final int MAX_DEPTH = 4; // arrays in arrays
  private static final int MAX_DIMENSIONS = 4;

  /// A tensor as the header describes it; `at` is where it does.
  private record Entry(String name, Encoding encoding, long[] shape, long offset, long at) {}

  private final Path file;
  private final MemorySegment data;
  private final GgufBytes bytes;
  private final SequencedMap<String, Object> metadata = new LinkedHashMap<>();
  private final Map<String, Integer> places = new HashMap<>();

  GgufReader(Path file, MemorySegment data) {
    this.file = file;
    this.data = data;
    this.bytes = new GgufBytes(file, data);
  }

  Gguf read() {
    if (bytes.size() == 0) {
      throw bytes.error(0, "an empty file");
    }
    int magic = bytes.nextInteger();
    if (magic != MAGIC) {
      throw bytes.error(
          0, "starts with %08x instead of 'GGUF'".formatted(Integer.reverseBytes(magic)));
    }
    int version = bytes.nextInteger();
    if (version != 2 && version != 3) {
      throw bytes.error(4, "version " + Integer.toUnsignedString(version) + ", known are 2 and 3");
    }
    long tensors = count("tensors", 8 + 4 + 8 + 4 + 8);
    long keys = count("keys", 8 + 4 + 1);
    for (long i = 0; i < keys; i++) {
      bytes.in("key " + i);
      int start = bytes.at();
      String key = bytes.nextString();
      bytes.in("key '" + key + "'");
      if (metadata.containsKey(key)) {
        throw bytes.error(start, "stands there a second time");
      }
      places.put(key, bytes.at());
      metadata.put(key, value(type(), 0));
    }
    int keysEnd = bytes.at();
    var entries = new ArrayList<Entry>();
    for (long i = 0; i < tensors; i++) {
      bytes.in("tensor " + i);
      entries.add(entry());
    }
    int tensorsEnd = bytes.at();
    return new Gguf(file, metadata, tensors(entries), new Gguf.Places(places, keysEnd, tensorsEnd));
  }

  private long count(String of, int leastBytes) {
    int start = bytes.take(8);
    long count = bytes.number(start);
    if (count < 0 || count > bytes.left() / leastBytes) {
      throw bytes.error(
          start,
          "%s %s in a file of %d bytes".formatted(Long.toUnsignedString(count), of, bytes.size()));
    }
    return count;
  }

  private GgufType type() {
    int start = bytes.take(4);
    int number = bytes.integer(start);
    if (number < 0 || number >= GgufType.values().length) {
      throw bytes.error(
          start, "the value type " + Integer.toUnsignedString(number) + ", known are 0 to 12");
    }
    return GgufType.values()[number];
  }

  private Object value(GgufType type, int depth) {
    return switch (type) {
      case STRING -> bytes.nextString();
      case ARRAY -> array(depth + 1);
      case BOOL -> {
        int start = bytes.take(1);
        if (bytes.unsigned(start) > 1) {
          throw bytes.error(start, "a truth value that is neither 0 nor 1");
        }
        yield GgufNumbers.scalar(bytes, type, start);
      }
      default -> GgufNumbers.scalar(bytes, type, bytes.take(type.bytes()));
    };
  }

  private Object array(int depth) {
    if (depth > MAX_DEPTH) {
      throw bytes.error(bytes.at(), "arrays nested more than " + MAX_DEPTH + " deep");
    }
    var type = type();
    int start = bytes.at();
    long count = count("items", type.bytes());
    if (count > MAX_ARRAY) {
      throw bytes.error(start, count + " items, at most " + MAX_ARRAY + " are read");
    }
    if (type == GgufType.STRING) {
      return bytes.nextTexts((int) count);
    }
    if (type != GgufType.ARRAY) {
      return new GgufNumbers(bytes, type, bytes.take(count * type.bytes()), (int) count);
    }
    var items = new ArrayList<Object>();
    for (long i = 0; i < count; i++) {
      items.add(value(type, depth));
    }
    return items;
  }

  private Entry entry() {
    int described = bytes.at();
    String name = bytes.nextString();
    bytes.in("tensor '" + name + "'");
    int start = bytes.take(4);
    int dimensions = bytes.integer(start);
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw bytes.error(
          start, Integer.toUnsignedString(dimensions) + " dimensions, at most " + MAX_DIMENSIONS);
    }
    var shape = new long[dimensions];
    for (int d = dimensions - 1; d >= 0; d--) {
      start = bytes.take(8);
      shape[d] = bytes.number(start);
      if (shape[d] < 0) {
        throw bytes.error(start, "a dimension of " + Long.toUnsignedString(shape[d]));
      }
    }
    start = bytes.take(4);
    var encoding = encoding(bytes.integer(start), start);
    long row = dimensions == 0 ? 1 : shape[dimensions - 1];
    if (row % encoding.blockValues() != 0) {
      throw bytes.error(
          start,
          "rows of %d numbers as %s, which has blocks of %d"
              .formatted(row, encoding, encoding.blockValues()));
    }
    return new Entry(name, encoding, shape, bytes.nextNumber(), described);
  }

  private Encoding encoding(int number, long start) {
    for (var encoding : Encoding.values()) {
      if (encoding.ggml() == number && number >= 0) {
        return encoding;
      }
    }
    throw bytes.error(
        start, "the tensor type " + Integer.toUnsignedString(number) + ", which is not known");
  }

  private SequencedMap<String, StoredTensor> tensors(List<Entry> entries) {
    int alignment = new JsonValue(
            metadata.get(Gguf.ALIGNMENT_KEY),
            "%s, key '%s', byte %d"
                .formatted(file, Gguf.ALIGNMENT_KEY, places.getOrDefault(Gguf.ALIGNMENT_KEY, 0)))
        .integer(8, 1 << 20, Gguf.ALIGNMENT);
    if (Integer.bitCount(alignment) != 1) {
      bytes.in("key '" + Gguf.ALIGNMENT_KEY + "'");
      throw bytes.error(places.get(Gguf.ALIGNMENT_KEY), alignment + " is not a power of two");
    }
    long dataStart = (long) bytes.at() + alignment - 1 & -alignment;
    var out = new LinkedHashMap<String, StoredTensor>();
    for (var entry : entries) {
      bytes.in("tensor '" + entry.name + "'");
      long size = size(entry);
      long room = bytes.size() - dataStart;
      if (entry.offset < 0 || entry.offset % alignment != 0) {
        throw bytes.error(
            entry.at,
            "the offset %s, which is not a multiple of %d"
                .formatted(Long.toUnsignedString(entry.offset), alignment));
      }
      if (entry.offset > room || size > room - entry.offset) {
        throw bytes.error(
            entry.at,
            "%d bytes at byte %s, the file ends at byte %d"
                .formatted(size, Long.toUnsignedString(dataStart + entry.offset), bytes.size()));
      }
      var numbers = data.asSlice(dataStart + entry.offset, size);
      var tensor = new StoredTensor(
          entry.name,
          entry.encoding,
          entry.shape,
          numbers,
          file + ", tensor '" + entry.name + "', byte " + entry.at);
      if (out.put(entry.name, tensor) != null) {
        throw bytes.error(entry.at, "stands there a second time");
      }
    }
    overlaps(entries, dataStart);
    return out;
  }

  private long size(Entry entry) {
    try {
      return entry.encoding.bytes(StoredTensor.size(entry.shape));
    } catch (ArithmeticException e) {
      throw bytes.error(entry.at, "a shape " + Arrays.toString(entry.shape) + " beyond any file");
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
        bytes.in("tensor '" + entry.name + "'");
        throw bytes.error(dataStart + entry.offset, "overlaps the tensor '" + before + "'");
      }
      if (entry.offset + size > end) {
        end = entry.offset + size;
        before = entry.name;
      }
    }
  }
}
