package herd.engine.model;

import herd.engine.UserError;
import herd.engine.code.Pages;
import herd.engine.io.Encoding;
import herd.engine.io.Gguf;
import herd.engine.io.StoredTensor;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/// Models in GGUF files, as llama.cpp reads and writes them: other tensor names, and the rows of
/// query and key heads in another order, for there rotary pairs are neighbours, where here they
/// lie half a head apart.
public final class GgufModel {
  private GgufModel() {}

  /// Reads the model as F32 weights in `arena`.
  /// @throws UserError naming file and tensor or key, also for other architectures and for what
  /// they would need
  public static Llama load(Path file, Arena arena) {
    try (var mapped = Arena.ofShared()) {
      return load(Gguf.read(file, mapped), arena);
    }
  }

  /// As [#load(Path, Arena)], of a file that is open.
  public static Llama load(Gguf gguf, Arena arena) {
    return load(gguf, (stored, name) -> plain(stored, name, arena));
  }

  /// Reads the model for inference: matrices stay in their blocks, packed for `packer`'s kernels,
  /// where there are kernels for their format; the others become F32. The file's pages are given
  /// back while it is read.
  /// @throws UserError as [#load(Path, Arena)]
  public static Llama load(Gguf gguf, Arena arena, Packer packer) {
    return load(gguf, (stored, name) -> {
      var packed = name.rows() == 1
          ? null
          : packer.pack(stored, name.rows(), name.cols(), name::source, arena);
      return packed != null ? packed : plain(stored, name, arena);
    });
  }

  /// As [#load(Gguf, Arena, Packer)], of a file.
  public static Llama load(Path file, Arena arena, Packer packer) {
    try (var mapped = Arena.ofShared()) {
      return load(Gguf.read(file, mapped), arena, packer);
    }
  }

  private static Llama load(Gguf gguf, BiFunction<StoredTensor, GgufShape.Name, Weight> weights) {
    var config = GgufShape.check(gguf);
    var found = new LinkedHashMap<String, Weight>();
    for (var name : GgufShape.names(config)) {
      var stored = gguf.tensors().get(name.gguf());
      found.put(name.huggingFace(), weights.apply(stored, name));
    }
    return new Llama(config, found);
  }

  /// The model's shape, once metadata and set of tensors are found to fit each other. No weight is
  /// read.
  /// @throws UserError as [#load(Path, Arena)]
  public static LlamaConfig check(Gguf gguf) {
    return GgufShape.check(gguf);
  }

  private static Tensor plain(StoredTensor stored, GgufShape.Name name, Arena arena) {
    var tensor = Tensor.allocate(arena, DType.F32, name.rows(), name.cols());
    if (name.heads() == 0) {
      stored.floats(tensor.data());
    } else {
      try (var scratch = Arena.ofConfined()) {
        var neighbours = Tensor.allocate(scratch, DType.F32, name.rows(), name.cols());
        stored.floats(neighbours.data());
        permute(neighbours, tensor, name.heads(), false);
      }
    }
    Pages.giveBack(stored.data());
    return tensor;
  }

  /// Writes the model: norms as F32, all matrices as `matrices` or what stands in for it.
  /// @param tokenizer metadata of the tokenizer, as the text room makes it
  /// @throws UserError if the file cannot be written
  public static void save(
      Path file, Llama model, Encoding matrices, Map<String, Object> tokenizer) {
    save(file, model, matrices, matrices, Map.of(), tokenizer);
  }

  /// Writes the model: norms as F32, matrices in blocks. Rows that are not whole blocks of 256
  /// become Q5_0 instead of Q4_K and Q8_0 instead of Q6_K, rows that are not whole ones of 32
  /// F16.
  /// @param outer how the embedding and the head are stored
  /// @param importance weight of each column of a matrix under its Hugging Face name; where there
  ///     is none, all columns count the same
  /// @throws UserError if a weight is not finite, or the file cannot be written
  public static void save(
      Path file,
      Llama model,
      Encoding matrices,
      Encoding outer,
      Map<String, float[]> importance,
      Map<String, Object> tokenizer) {
    var config = model.config();
    var tensors = new ArrayList<StoredTensor>();
    var parameters = model.parameters();
    try (var arena = Arena.ofShared()) {
      if (config.ropeScaling() != null) {
        var factors = GgufShape.factors(config);
        tensors.add(
            stored(GgufShape.ROPE_FREQS, Tensor.of(arena, factors), Encoding.F32, null, arena));
      }
      for (var name : GgufShape.names(config)) {
        var tensor = parameters.get(name.huggingFace());
        var wanted = name.isOuter() ? outer : matrices;
        var encoding = name.rows() == 1 ? Encoding.F32 : fitting(wanted, name.cols());
        try (var scratch = Arena.ofShared()) {
          var floats = Tensor.allocate(scratch, DType.F32, name.rows(), name.cols());
          if (name.heads() == 0) {
            floats.copyFrom(tensor);
          } else {
            var plain = Tensor.allocate(scratch, DType.F32, name.rows(), name.cols());
            plain.copyFrom(tensor);
            permute(plain, floats, name.heads(), true);
          }
          var columns = importance.get(name.huggingFace());
          tensors.add(stored(name.gguf(), floats, encoding, columns, arena));
        }
      }
      Gguf.write(file, GgufShape.metadata(file, config, matrices, tokenizer), tensors);
    }
  }

  private static Encoding fitting(Encoding wanted, int cols) {
    if (cols % wanted.blockValues() == 0) {
      return wanted;
    }
    return switch (wanted) {
      case Q4_K -> fitting(Encoding.Q5_0, cols);
      case Q6_K -> fitting(Encoding.Q8_0, cols);
      default -> Encoding.F16;
    };
  }

  /// Writes a model of random weights, for measurements: norms 1, matrices repeat the same million
  /// normal numbers.
  /// @param embedding how the embedding and the head are stored
  /// @throws UserError if the file cannot be written
  public static void random(
      Path file,
      LlamaConfig config,
      Encoding matrices,
      Encoding embedding,
      Map<String, Object> tokenizer) {
    try (var arena = Arena.ofShared()) {
      var tensors = new ArrayList<StoredTensor>();
      if (config.ropeScaling() != null) {
        var factors = GgufShape.factors(config);
        tensors.add(
            stored(GgufShape.ROPE_FREQS, Tensor.of(arena, factors), Encoding.F32, null, arena));
      }
      for (var name : GgufShape.names(config)) {
        if (name.rows() == 1) {
          var norm = Tensor.allocate(arena, DType.F32, 1, name.cols()).fill(1);
          tensors.add(stored(name.gguf(), norm, Encoding.F32, null, arena));
        } else {
          boolean outer = name.rows() == config.vocab();
          tensors.add(noise(name, outer ? embedding : matrices, config.dim(), arena));
        }
      }
      Gguf.write(file, GgufShape.metadata(file, config, matrices, tokenizer), tensors);
    }
  }

  private static StoredTensor noise(GgufShape.Name name, Encoding encoding, int dim, Arena arena) {
    int values = 1 << 20;
    var random = new Random(name.gguf().hashCode());
    var floats = Tensor.allocate(arena, DType.F32, 1, values);
    for (int i = 0; i < values; i++) {
      floats.set(0, i, random.nextGaussian() * Math.sqrt(0.5 / dim));
    }
    var piece = arena.allocate(encoding.bytes(values), Tensor.ALIGNMENT);
    encoding.encode(floats.data(), piece);
    long size = encoding.bytes((long) name.rows() * name.cols());
    var data = arena.allocate(size, Tensor.ALIGNMENT);
    for (long at = 0; at < size; at += piece.byteSize()) {
      long count = Math.min(piece.byteSize(), size - at);
      MemorySegment.copy(piece, 0, data, at, count);
    }
    return new StoredTensor(name.gguf(), encoding, new long[] {name.rows(), name.cols()}, data);
  }

  /// Rows are encoded on all processors, each by itself.
  private static StoredTensor stored(
      String name, Tensor tensor, Encoding encoding, float[] importance, Arena arena) {
    var data = arena.allocate(encoding.bytes(tensor.size()), Tensor.ALIGNMENT);
    long rowBytes = encoding.bytes(tensor.cols());
    IntStream.range(0, tensor.rows()).parallel().forEach(row -> {
      var floats = tensor.rows(row, row + 1);
      finite(name, floats, row);
      encoding.encode(floats.data(), data.asSlice(row * rowBytes, rowBytes), importance);
    });
    long[] shape =
        tensor.rows() == 1 ? new long[] {tensor.cols()} : new long[] {tensor.rows(), tensor.cols()};
    return new StoredTensor(name, encoding, shape, data);
  }

  private static void finite(String name, Tensor row, int number) {
    for (int c = 0; c < row.cols(); c++) {
      if (!Double.isFinite(row.get(0, c))) {
        throw new UserError(
            "tensor '" + name + "', row " + number + ", column " + c,
            "" + row.get(0, c),
            "finite numbers",
            "The model is broken; take an earlier checkpoint.");
      }
    }
  }

  /// Moves the rows of each head: `toNeighbours` brings row `j` of its first half and row `j` of
  /// its second half next to each other, the other way takes them apart.
  private static void permute(Tensor from, Tensor to, int heads, boolean toNeighbours) {
    int headDim = from.rows() / heads;
    for (int h = 0; h < heads; h++) {
      for (int j = 0; j < headDim / 2; j++) {
        for (int half = 0; half < 2; half++) {
          int apart = h * headDim + half * headDim / 2 + j;
          int near = h * headDim + 2 * j + half;
          int source = toNeighbours ? apart : near;
          int target = toNeighbours ? near : apart;
          to.rows(target, target + 1).copyFrom(from.rows(source, source + 1));
        }
      }
    }
  }
}
