package herd.engine.io;

import herd.engine.UserError;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The GGUF format of llama.cpp, versions 2 and 3: typed metadata, then tensors at aligned
/// offsets. Reading maps the file into memory and checks all of its header first.
/// @param file where it was read from, for errors
/// @param metadata whole numbers as `Long`, others as `Double`, strings, booleans, and lists of
/// these
/// @param tensors by name in file order, shapes slowest dimension first
/// @param places where things stand in the file, for errors
public record Gguf(
    Path file,
    SequencedMap<String, Object> metadata,
    SequencedMap<String, StoredTensor> tensors,
    Places places) {
  /// Where things stand in a file's header.
  /// @param keys the byte at which each key's value begins
  /// @param keysEnd the byte after the last of them
  /// @param tensorsEnd the byte after the list of tensors
  public record Places(Map<String, Integer> keys, int keysEnd, int tensorsEnd) {}

  /// Alignment of tensors in files that are written, and in read ones that name no other.
  static final int ALIGNMENT = 32;

  static final String ALIGNMENT_KEY = "general.alignment";

  /// Reads one file, or all parts of a model whose first part `file` is. The bytes are
  /// memory-mapped for as long as `arena` lives: the files must not be changed meanwhile.
  /// @throws UserError naming file, tensor or key, and byte
  public static Gguf read(Path file, Arena arena) {
    var gguf = readOne(file, arena);
    return gguf.metadata.containsKey(GgufParts.COUNT) ? GgufParts.join(gguf, arena) : gguf;
  }

  /// The files of a model whose first part is `first`, itself included, whether they are there or
  /// not.
  public static List<Path> files(Path first) {
    return GgufParts.files(first);
  }

  static Gguf readOne(Path file, Arena arena) {
    return new GgufReader(file, MappedFile.of(file, arena)).read();
  }

  /// Writes version 3. In `metadata` an `Integer` becomes u32, a `Long` u64, a `Float` f32, a
  /// `Double` f64; `int[]`, `float[]` and a list of strings become arrays of i32, f32 and
  /// strings.
  /// @throws UserError if the file cannot be written
  public static void write(
      Path file, Map<String, Object> metadata, Collection<StoredTensor> tensors) {
    new GgufWriter(metadata, tensors).write(file);
  }

  /// The value of `key`, which must be there.
  /// @throws UserError naming the key if it is not
  public JsonValue get(String key) {
    if (!metadata.containsKey(key)) {
      throw new UserError(
          file + ", byte " + places.keysEnd + ", where the keys end",
          "no key '" + key + "'",
          "The file is incomplete.");
    }
    return find(key);
  }

  /// The value of `key`; where it is missing, a value that is null.
  public JsonValue find(String key) {
    var at = places.keys.get(key);
    var where = file + ", key '" + key + "'" + (at == null ? "" : ", byte " + at);
    return new JsonValue(metadata.get(key), where);
  }

  /// Where a tensor is described, or would be if it were there: file, tensor and byte.
  public String where(String tensor) {
    var stored = tensors.get(tensor);
    return stored != null
        ? stored.where()
        : "%s, tensor '%s', byte %d, where the list of tensors ends"
            .formatted(file, tensor, places.tensorsEnd);
  }
}
