package herd.train;

import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// One `NAME.json` with its `NAME.bin` of the golden training folder: settings, token ids, and
/// float64 tensors by name.
record GoldenCase(Path file, JsonValue json, MemorySegment bytes) {
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static GoldenCase read(Path file) {
    try {
      var bin = Path.of(file.toString().replaceAll("\\.json$", ".bin"));
      return new GoldenCase(file, Json.read(file), MemorySegment.ofArray(Files.readAllBytes(bin)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Another case of the same folder.
  GoldenCase beside(String name) {
    return read(file.resolveSibling(name + ".json"));
  }

  String name() {
    return json.get("case").string();
  }

  double scalar(String name) {
    return json.get("scalars").get(name).number();
  }

  boolean hasScalar(String name) {
    return json.get("scalars").has(name);
  }

  double[] scalars(String name) {
    return json.get("scalars").get(name).list().stream()
        .mapToDouble(JsonValue::number)
        .toArray();
  }

  boolean hasInts(String name) {
    return json.get("ints").has(name);
  }

  JsonValue ints(String name) {
    return json.get("ints").get(name);
  }

  int[] row(String name) {
    return ids(ints(name));
  }

  int[][] rows(String name) {
    return rows(ints(name));
  }

  static int[][] rows(JsonValue list) {
    return list.list().stream().map(GoldenCase::ids).toArray(int[][]::new);
  }

  private static int[] ids(JsonValue list) {
    return list.list().stream().mapToInt(v -> (int) v.integer()).toArray();
  }

  LlamaConfig config() {
    var c = json.get("config");
    return new LlamaConfig(
        (int) c.get("vocab").integer(),
        (int) c.get("dim").integer(),
        (int) c.get("layers").integer(),
        (int) c.get("heads").integer(),
        (int) c.get("kv_heads").integer(),
        (int) c.get("head_dim").integer(),
        (int) c.get("ffn").integer(),
        c.get("rope_theta").number(),
        null,
        c.get("norm_eps").number(),
        c.get("tied").bool(),
        8192);
  }

  /// The tensors whose names begin with `prefix/`, without it.
  SequencedMap<String, Tensor> tensors(String prefix, Arena arena, DType type) {
    var out = new LinkedHashMap<String, Tensor>();
    for (var entry : json.get("tensors").list()) {
      String name = entry.get("name").string();
      if (name.equals(prefix) || name.startsWith(prefix + "/")) {
        var shape = ids(entry.get("shape"));
        int cols = shape[shape.length - 1];
        int rows = 1;
        for (int i = 0; i < shape.length - 1; i++) {
          rows *= shape[i];
        }
        var tensor = Tensor.allocate(arena, type, rows, cols);
        long at = entry.get("offset").integer();
        for (int i = 0; i < rows * cols; i++) {
          tensor.set(i / cols, i % cols, bytes.get(DOUBLE, at + 8L * i));
        }
        out.put(name.equals(prefix) ? name : name.substring(prefix.length() + 1), tensor);
      }
    }
    return out;
  }

  Llama model(String prefix, Arena arena, DType type) {
    return new Llama(config(), tensors(prefix, arena, type));
  }

  /// Rows of equal length, each a segment; targets where they are given and `mask`, if given, is
  /// not 0.
  static Batch batch(int[][] inputs, int[][] targets, int[][] mask) {
    return batch(inputs, targets, mask, new int[inputs.length][inputs[0].length], null);
  }

  /// As above, cut where `doc` changes; the rotary position of a segment is that of its first
  /// token, 0 if `positions` is null.
  static Batch batch(
      int[][] inputs, int[][] targets, int[][] mask, int[][] doc, int[][] positions) {
    int width = inputs[0].length;
    var tokens = new int[inputs.length * width];
    var wanted = new int[tokens.length];
    List<Integer> lengths = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    for (int r = 0; r < inputs.length; r++) {
      for (int i = 0; i < width; i++) {
        tokens[r * width + i] = inputs[r][i];
        wanted[r * width + i] = mask != null && mask[r][i] == 0 ? -100 : targets[r][i];
        if (i == 0 || doc[r][i] != doc[r][i - 1]) {
          lengths.add(0);
          starts.add(positions == null ? 0 : positions[r][i]);
        }
        lengths.set(lengths.size() - 1, lengths.getLast() + 1);
      }
    }
    var segments = Segments.packed(
        lengths.stream().mapToInt(i -> i).toArray(),
        starts.stream().mapToInt(i -> i).toArray());
    return new Batch(tokens, segments, wanted);
  }

  /// Inputs are all but the last of each row, targets all but the first.
  static Batch next(int[][] rows) {
    var inputs = new int[rows.length][];
    var targets = new int[rows.length][];
    for (int r = 0; r < rows.length; r++) {
      inputs[r] = java.util.Arrays.copyOf(rows[r], rows[r].length - 1);
      targets[r] = java.util.Arrays.copyOfRange(rows[r], 1, rows[r].length);
    }
    return batch(inputs, targets, null);
  }
}
