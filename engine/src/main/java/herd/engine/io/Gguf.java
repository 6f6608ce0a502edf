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
public record Gguf(
    Path file, SequencedMap<String, Object> metadata, SequencedMap<String, StoredTensor> tensors) {
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
      throw new UserError(file.toString(), "no key '" + key + "'", "The file is incomplete.");
    }
    return find(key);
  }

  /// The value of `key`; where it is missing, a value that is null.
  public JsonValue find(String key) {
    return new JsonValue(metadata.get(key), file + ", key '" + key + "'");
  }
}
