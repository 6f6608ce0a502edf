package herd.engine.encoder;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/// An encoder with a head that classifies. Parameters have Hugging Face's names and are F32.
public final class Encoder {
  private final EncoderConfig config;
  private final SequencedMap<String, Tensor> parameters;

  private Encoder(EncoderConfig config, SequencedMap<String, Tensor> parameters) {
    this.config = config;
    this.parameters = parameters;
  }

  /// Reads `config.json` and the safetensors of a directory.
  /// @param arena what the parameters live in
  /// @throws UserError naming the tensor that is missing or has another shape
  public static Encoder load(Path directory, Arena arena) {
    return load(directory, EncoderConfig.read(directory), null, arena);
  }

  /// An encoder that was trained on texts alone, or for other labels, with a new head: small random
  /// numbers.
  /// @param labels their names, in order
  /// @param seed of the random numbers
  public static Encoder fresh(Path directory, List<String> labels, long seed, Arena arena) {
    var config = EncoderConfig.read(directory).withLabels(labels);
    return load(directory, config, new Random(seed), arena);
  }

  /// @param head where the head's numbers come from; null for the file
  private static Encoder load(Path directory, EncoderConfig config, Random head, Arena arena) {
    try (var mapped = Arena.ofShared()) {
      var stored = Safetensors.readModel(directory, mapped).tensors();
      var parameters = new LinkedHashMap<String, Tensor>();
      shapes(config).forEach((name, shape) -> {
        int rows = shape.length == 1 ? 1 : (int) shape[0];
        var copy = Tensor.allocate(arena, DType.F32, rows, (int) shape[shape.length - 1]);
        parameters.put(name, copy);
        if (head != null && name.startsWith("classifier.")) {
          draw(copy, name.endsWith(".weight") ? head : null);
          return;
        }
        // A file of the encoder alone leaves the first word out.
        var tensor = stored.getOrDefault(name, stored.get(name.replaceFirst("^roberta\\.", "")));
        if (tensor == null || !Arrays.equals(tensor.shape(), shape)) {
          throw new UserError(
              directory + ", tensor '" + name + "'",
              tensor == null ? "missing" : "shape " + Arrays.toString(tensor.shape()),
              "shape " + Arrays.toString(shape) + ", as config.json says",
              "Take a RobertaForSequenceClassification with its own config.json.");
        }
        tensor.floats(copy.data());
      });
      return new Encoder(config, parameters);
    }
  }

  /// Normal numbers with a deviation of 0.02; zeros without a source.
  private static void draw(Tensor tensor, Random from) {
    var values = new float[(int) tensor.size()];
    for (int i = 0; i < values.length && from != null; i++) {
      values[i] = (float) (0.02 * from.nextGaussian());
    }
    tensor.copyFrom(values);
  }

  /// Writes the parameters as `model.safetensors`; `config.json` and the tokenizer are the
  /// caller's.
  public void save(Path directory) {
    var stored = new ArrayList<StoredTensor>();
    shapes(config)
        .forEach((name, shape) -> stored.add(
            new StoredTensor(name, Encoding.F32, shape, parameters.get(name).data())));
    Safetensors.write(directory.resolve("model.safetensors"), stored, Map.of());
  }

  private static SequencedMap<String, long[]> shapes(EncoderConfig config) {
    var shapes = new LinkedHashMap<String, long[]>();
    int dim = config.dim();
    var embeddings = "roberta.embeddings.";
    shapes.put(embeddings + "word_embeddings.weight", new long[] {config.vocab(), dim});
    shapes.put(embeddings + "position_embeddings.weight", new long[] {config.positions(), dim});
    shapes.put(embeddings + "token_type_embeddings.weight", new long[] {config.types(), dim});
    norm(shapes, embeddings + "LayerNorm", dim);
    for (int layer = 0; layer < config.layers(); layer++) {
      var at = layer(layer);
      for (var part : new String[] {"query", "key", "value"}) {
        linear(shapes, at + "attention.self." + part, dim, dim);
      }
      linear(shapes, at + "attention.output.dense", dim, dim);
      norm(shapes, at + "attention.output.LayerNorm", dim);
      linear(shapes, at + "intermediate.dense", config.ffnDim(), dim);
      linear(shapes, at + "output.dense", dim, config.ffnDim());
      norm(shapes, at + "output.LayerNorm", dim);
    }
    linear(shapes, "classifier.dense", dim, dim);
    linear(shapes, "classifier.out_proj", config.labels().size(), dim);
    return shapes;
  }

  /// What the names of a layer's parameters begin with.
  static String layer(int layer) {
    return "roberta.encoder.layer." + layer + ".";
  }

  private static void linear(Map<String, long[]> shapes, String name, int out, int in) {
    shapes.put(name + ".weight", new long[] {out, in});
    shapes.put(name + ".bias", new long[] {out});
  }

  private static void norm(Map<String, long[]> shapes, String name, int dim) {
    shapes.put(name + ".weight", new long[] {dim});
    shapes.put(name + ".bias", new long[] {dim});
  }

  public EncoderConfig config() {
    return config;
  }

  /// By Hugging Face's names; vectors are matrices of one row.
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  /// Zeroed tensors of the parameters' shapes, for gradients.
  public SequencedMap<String, Tensor> zeros(Arena arena) {
    var zeros = new LinkedHashMap<String, Tensor>();
    parameters.forEach((name, tensor) ->
        zeros.put(name, Tensor.allocate(arena, DType.F32, tensor.rows(), tensor.cols())));
    return zeros;
  }
}
