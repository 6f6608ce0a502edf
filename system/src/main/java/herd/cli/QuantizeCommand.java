package herd.cli;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.score.Importance;
import herd.engine.score.Perplexity;
import herd.engine.tensor.Kernels;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "quantize",
    description = "Write a model as one GGUF file, which llama.cpp opens.",
    footer = {
      "",
      "Example: herd quantize --model runs/tiny --format Q4_K --out tiny.gguf --text test.txt"
    })
final class QuantizeCommand implements Runnable {
  /// How matrices are stored.
  enum Format {
    F32(Encoding.F32),
    F16(Encoding.F16),
    BF16(Encoding.BF16),
    Q8_0(Encoding.Q8_0),
    Q6_K(Encoding.Q6_K),
    Q5_1(Encoding.Q5_1),
    Q5_0(Encoding.Q5_0),
    Q4_K(Encoding.Q4_K),
    Q4_1(Encoding.Q4_1),
    Q4_0(Encoding.Q4_0);

    private final Encoding encoding;

    Format(Encoding encoding) {
      this.encoding = encoding;
    }

    /// Few bits hurt the embedding and the head most, so that they get six.
    private Format outer() {
      return compareTo(Q6_K) > 0 ? Q6_K : this;
    }
  }

  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a model directory, a GGUF file or hf:owner/name.")
  private String model;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path out;

  @Option(
      names = "--format",
      defaultValue = "Q8_0",
      description = "How matrices are stored: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private Format format;

  @Option(
      names = "--head",
      paramLabel = "FORMAT",
      description = "How the embedding and the head are stored; else as the matrices, but in six"
          + " bits at least.")
  private Format head;

  @Option(
      names = "--importance",
      paramLabel = "FILE",
      description = "A text like those that the model will be asked: the columns that it uses most"
          + " are rounded with most care.")
  private Path importance;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "A text on which to measure perplexity before and after.")
  private Path text;

  @Mixin
  private KernelOptions options;

  @Mixin
  private Shown shown;

  /// What was measured; `NaN` where no text was given.
  private record Report(long before, long after, double perplexityBefore, double perplexityAfter) {}

  @Override
  public void run() {
    var place = ModelPlace.find(model, herd.environment());
    var tokenizer = Tokenizer.load(place);
    var measured = text == null ? null : tokenizer.encode(PerplexityCommand.text(text));
    var calibration =
        importance == null ? null : tokenizer.encode(PerplexityCommand.text(importance));
    try (var arena = Arena.ofShared();
        var workers = options.workers()) {
      if (Files.exists(out) && Files.exists(place) && Files.isSameFile(out, place)) {
        throw new UserError("--out", "the model itself", "Write to another file.");
      }
      var kernels = options.kernels(workers);
      var llama = LoadedModel.llama(place, arena);
      double before = perplexity(llama, kernels, measured);
      var columns = calibration == null
          ? Map.<String, float[]>of()
          : Importance.of(llama, kernels, calibration);
      write(llama, columns, tokenizer);
      double after = Double.NaN;
      if (measured != null) {
        try (var second = Arena.ofShared()) {
          after = perplexity(GgufModel.load(out, second), kernels, measured);
        }
      }
      report(new Report(bytes(place), Files.size(out), before, after));
    } catch (IOException e) {
      throw Disk.trouble(e, out);
    }
  }

  private void write(Llama llama, Map<String, float[]> columns, Tokenizer tokenizer) {
    var words = GgufTokenizer.metadata(tokenizer, llama.config().vocab());
    var outer = head == null ? format.outer() : head;
    GgufModel.save(out, llama, format.encoding, outer.encoding, columns, words);
  }

  private static double perplexity(Llama llama, Kernels kernels, int[] ids) {
    if (ids == null) {
      return Double.NaN;
    }
    int context = Math.min(512, llama.config().context());
    return new Perplexity(llama, kernels).of(ids, context, -1).all();
  }

  private static long bytes(Path place) throws IOException {
    if (Files.isRegularFile(place)) {
      return Files.size(place);
    }
    long bytes = 0;
    try (var files = Files.newDirectoryStream(place, "*.safetensors")) {
      for (var file : files) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private void report(Report found) {
    if (shown.asJson()) {
      var object = JsonNodeFactory.instance
          .objectNode()
          .put("file", out.toString())
          .put("bytes", found.after)
          .put("bytesBefore", found.before);
      if (text != null) {
        object.put("perplexity", found.perplexityAfter);
        object.put("perplexityBefore", found.perplexityBefore);
      }
      herd.out().println(object);
      return;
    }
    herd.out().printf(Locale.ROOT, "%s: %,d bytes, before %,d%n", out, found.after, found.before);
    if (text != null) {
      herd.out()
          .printf(
              Locale.ROOT,
              "perplexity %.4f, before %.4f (%+.2f %%)%n",
              found.perplexityAfter,
              found.perplexityBefore,
              100 * (found.perplexityAfter / found.perplexityBefore - 1));
    }
  }
}
