package herd.train.encoder;

import herd.engine.encoder.Encoder;
import herd.engine.encoder.TextEncoder;
import herd.engine.io.WholeFile;
import herd.engine.tensor.Kernels;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// An encoder with its tokenizer, that says how probable each label of a text is.
public final class EncoderClassifier implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Path directory;
  private final TextEncoder texts;
  private final Kernels kernels;

  /// Opens a directory in the Hugging Face layout: `config.json`, `model.safetensors`,
  /// `tokenizer.json`.
  /// @param labels of a new head that is to be trained; null for the labels that it knows
  /// @param seed of a new head
  /// @throws herd.engine.UserError if one of the files is missing or does not fit the others
  public EncoderClassifier(Path directory, List<String> labels, long seed, Kernels kernels) {
    this.directory = directory;
    this.kernels = kernels;
    try {
      var encoder = labels == null
          ? Encoder.load(directory, arena)
          : Encoder.fresh(directory, labels, seed, arena);
      texts = new TextEncoder(encoder, Tokenizer.load(directory));
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// Names of the labels, in order.
  public List<String> labels() {
    return encoder().config().labels();
  }

  Encoder encoder() {
    return texts.encoder();
  }

  Kernels kernels() {
    return kernels;
  }

  /// The tokens of a text as the encoder wants them; what is too long is cut.
  int[] tokens(String text) {
    return texts.tokens(text);
  }

  /// The probability of each label of each text.
  public double[][] classify(List<String> texts) {
    return this.texts.probabilities(
        kernels, texts.stream().map(this::tokens).toArray(int[][]::new));
  }

  /// Writes it in the Hugging Face layout, with the names of its labels.
  public void save(Path out) {
    Disk.directory(out);
    try {
      var json = new JsonMapper();
      var config = (ObjectNode) json.readTree(Files.readAllBytes(directory.resolve("config.json")));
      var names = config.putObject("id2label");
      var ids = config.putObject("label2id");
      for (int i = 0; i < labels().size(); i++) {
        names.put("" + i, labels().get(i));
        ids.put(labels().get(i), i);
      }
      config.putArray("architectures").add("RobertaForSequenceClassification");
      Disk.write(out.resolve("config.json"), config.toPrettyString() + "\n");
      WholeFile.write(
          out.resolve("tokenizer.json"), Files.readString(directory.resolve("tokenizer.json")));
    } catch (IOException e) {
      throw WholeFile.unreadable(directory, e);
    }
    encoder().save(out);
  }

  @Override
  public void close() {
    arena.close();
  }
}
