package herd.cli;

import herd.engine.io.Encoding;
import herd.engine.model.GgufModel;
import herd.engine.text.GgufTokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "quantize",
    description = "Write a model as one GGUF file, which llama.cpp opens.",
    footer = {"", "Example: herd quantize --model runs/tiny --out tiny.gguf"})
final class QuantizeCommand implements Runnable {
  /// How matrices are stored.
  enum Format {
    F32(Encoding.F32),
    F16(Encoding.F16),
    Q8_0(Encoding.Q8_0);

    private final Encoding encoding;

    Format(Encoding encoding) {
      this.encoding = encoding;
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
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    var place = ModelPlace.find(model, herd.environment());
    var tokenizer = LoadedModel.tokenizer(place);
    try (var arena = Arena.ofShared()) {
      var llama = LoadedModel.llama(place, arena);
      var words = GgufTokenizer.metadata(tokenizer, llama.config().vocab());
      GgufModel.save(out, llama, format.encoding, words);
      herd.out().printf(Locale.ROOT, "%s: %,d bytes%n", out, Files.size(out));
    } catch (IOException e) {
      throw Disk.trouble(e, out);
    }
  }
}
