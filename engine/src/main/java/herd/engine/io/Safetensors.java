package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The safetensors format: 8 bytes with the header's length, a JSON header of name, dtype, shape
/// and byte range, then the tensors one after the other without gaps. Reading maps the file into
/// memory and checks all of the header first.
/// @param tensors by name, in order of their bytes
/// @param metadata free strings of the header's `__metadata__`
public record Safetensors(
    SequencedMap<String, StoredTensor> tensors, SequencedMap<String, String> metadata) {
  /// Longest header that is read, as in the reference implementation.
  private static final long MAX_HEADER = 100_000_000;

  private static final String METADATA = "__metadata__";

  /// Reads one file, or all shards where `file` is an `….index.json`. The bytes are
  /// memory-mapped for as long as `arena` lives: the file must not be changed meanwhile.
  /// @throws UserError naming file, tensor and byte
  public static Safetensors read(Path file, Arena arena) {
    return file.getFileName().toString().endsWith(".index.json")
        ? readShards(file, arena)
        : readOne(file, arena);
  }

  /// The tensors of a model directory: its `model.safetensors`, or the shards that
  /// `model.safetensors.index.json` names.
  public static Safetensors readModel(Path directory, Arena arena) {
    Path index = directory.resolve("model.safetensors.index.json");
    Path whole = directory.resolve("model.safetensors");
    return read(Files.exists(index) && !Files.exists(whole) ? index : whole, arena);
  }

  private static Safetensors readOne(Path file, Arena arena) {
    return new Reader(file, MappedFile.of(file, arena)).read();
  }

  private static Safetensors readShards(Path index, Arena arena) {
    var tensors = new LinkedHashMap<String, StoredTensor>();
    var shards = new LinkedHashMap<String, Safetensors>();
    var map = Json.read(index).get("weight_map");
    for (String name : map.object().keySet()) {
      String shard = map.get(name).string();
      if (shard.contains("/") || shard.contains("\\") || shard.contains("..")) {
        throw map.get(name).wrong("the name of a file in the same folder");
      }
      if (!shards.containsKey(shard)) {
        shards.put(shard, readOne(index.resolveSibling(shard), arena));
      }
      var tensor = shards.get(shard).tensors.get(name);
      if (tensor == null) {
        throw new UserError(
            index.resolveSibling(shard) + ", tensor '" + name + "'",
            "missing, though the index names it",
            "Fetch the model again.");
      }
      tensors.put(name, tensor);
    }
    var metadata = new LinkedHashMap<String, String>();
    shards.values().forEach(shard -> metadata.putAll(shard.metadata));
    return new Safetensors(tensors, metadata);
  }

  /// Writes the tensors in the given order: aside, then renamed. The data starts at a multiple
  /// of 64 bytes, and `format: pt` is added to the metadata, without which transformers refuses
  /// a file.
  /// @throws UserError if the file cannot be written
  public static void write(
      Path file, Collection<StoredTensor> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    WholeFile.write(file, out -> {
      out.write(header);
      for (var tensor : tensors) {
        out.write(tensor.data());
      }
    });
  }

  /// What stands before the tensors' bytes in a file that holds them in the given order, one right
  /// after the other.
  public static byte[] header(Collection<StoredTensor> tensors, Map<String, String> metadata) {
    var header = new LinkedHashMap<String, Object>();
    var strings = new LinkedHashMap<String, Object>();
    strings.put("format", "pt");
    strings.putAll(metadata);
    header.put(METADATA, strings);
    long offset = 0;
    for (var tensor : tensors) {
      String dtype = tensor.encoding().safetensors();
      if (dtype == null) {
        throw new IllegalArgumentException("safetensors has no " + tensor.encoding());
      }
      var entry = new LinkedHashMap<String, Object>();
      entry.put("dtype", dtype);
      entry.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
      entry.put("data_offsets", List.of(offset, offset + tensor.data().byteSize()));
      if (header.put(tensor.name(), entry) != null) {
        throw new IllegalArgumentException("two tensors named " + tensor.name());
      }
      offset += tensor.data().byteSize();
    }
    String json = JsonWriter.write(header);
    int padding = -(json.getBytes(StandardCharsets.UTF_8).length + Long.BYTES) & 63;
    byte[] bytes = (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(bytes.length)
        .put(bytes)
        .array();
  }

  /// One pass over one file's header.
  record Reader(Path file, MemorySegment bytes) {
    private record Range(String name, Encoding encoding, long[] shape, long begin, long end) {}

    Safetensors read() {
      if (bytes.byteSize() < Long.BYTES) {
        throw error("", 0, bytes.byteSize() + " bytes, too few for a header's length");
      }
      long length =
          ByteBuffer.wrap(first(Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (length < 2 || length > MAX_HEADER) {
        throw error("", 0, "a header of " + Long.toUnsignedString(length) + " bytes");
      }
      if (length > bytes.byteSize() - Long.BYTES) {
        throw error(
            "", 0, "a header of %d bytes in a file of %d".formatted(length, bytes.byteSize()));
      }
      int end = (int) (Long.BYTES + length);
      var header = ByteBuffer.wrap(first(end), Long.BYTES, (int) length);
      String text = Json.text(header, file.toString(), Long.BYTES);
      String where = file + ", header from byte " + Long.BYTES;
      var json = new JsonValue(Json.read(text, where), where);
      var metadata = new LinkedHashMap<String, String>();
      var ranges = new ArrayList<Range>();
      for (String name : json.object().keySet()) {
        if (name.equals(METADATA)) {
          var strings = json.get(name);
          for (String key : strings.object().keySet()) {
            metadata.put(key, strings.get(key).string());
          }
        } else {
          ranges.add(range(name, json.get(name)));
        }
      }
      return new Safetensors(tensors(ranges, Long.BYTES + length), metadata);
    }

    private byte[] first(int count) {
      var out = new byte[count];
      MappedFile.copy(bytes, 0, out, file);
      return out;
    }

    private Range range(String name, JsonValue entry) {
      String tensor = ", tensor '" + name + "'";
      Encoding encoding = encoding(entry.get("dtype"));
      var shape = entry.get("shape").list().stream().mapToLong(this::natural).toArray();
      var offsets = entry.get("data_offsets").list();
      if (offsets.size() != 2) {
        throw error(tensor, Long.BYTES, offsets.size() + " data_offsets instead of 2");
      }
      long begin = natural(offsets.get(0));
      long end = natural(offsets.get(1));
      long needed;
      try {
        needed = encoding.bytes(StoredTensor.size(shape));
      } catch (ArithmeticException e) {
        throw error(tensor, Long.BYTES, "a shape " + Arrays.toString(shape) + " beyond any file");
      }
      if (begin > end || end - begin != needed) {
        throw error(
            tensor,
            Long.BYTES,
            "%s %s needs %d bytes, data_offsets are [%d, %d]"
                .formatted(encoding, Arrays.toString(shape), needed, begin, end));
      }
      return new Range(name, encoding, shape, begin, end);
    }

    private long natural(JsonValue value) {
      long number = value.integer();
      if (number < 0) {
        throw value.wrong("0 or more");
      }
      return number;
    }

    private static Encoding encoding(JsonValue dtype) {
      String name = dtype.string();
      for (var encoding : Encoding.values()) {
        if (name.equals(encoding.safetensors())) {
          return encoding;
        }
      }
      throw dtype.wrong(
          "F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, F8_E4M3, F8_E5M2");
    }

    private SequencedMap<String, StoredTensor> tensors(List<Range> ranges, long dataStart) {
      ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
      long size = bytes.byteSize() - dataStart;
      long at = 0;
      var out = new LinkedHashMap<String, StoredTensor>();
      for (var range : ranges) {
        String tensor = ", tensor '" + range.name + "'";
        if (range.begin < at) {
          throw error(
              tensor,
              dataStart + range.begin,
              "overlaps the tensor before it by " + (at - range.begin) + " bytes");
        }
        if (range.begin > at) {
          throw error(
              tensor,
              dataStart + at,
              "%d bytes that belong to no tensor stand before it".formatted(range.begin - at));
        }
        if (range.end > size) {
          throw error(
              tensor,
              dataStart + range.begin,
              "ends at byte %d, the file at byte %d"
                  .formatted(dataStart + range.end, bytes.byteSize()));
        }
        var data = bytes.asSlice(dataStart + range.begin, range.end - range.begin);
        String where = file + tensor + ", byte " + (dataStart + range.begin);
        out.put(range.name, new StoredTensor(range.name, range.encoding, range.shape, data, where));
        at = range.end;
      }
      if (at != size) {
        throw error("", dataStart + at, (size - at) + " bytes that belong to no tensor");
      }
      return out;
    }

    private UserError error(String tensor, long at, String found) {
      return new UserError(
          file + tensor + ", byte " + at,
          found,
          "The file is damaged or not safetensors; fetch or make it again.");
    }
  }
}
