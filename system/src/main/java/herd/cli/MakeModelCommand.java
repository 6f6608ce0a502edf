package herd.cli;

import herd.engine.UserError;
import herd.engine.io.Encoding;
import herd.engine.model.GgufModel;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.Rotary;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "make-model",
    description = "Write a GGUF file of a well-known shape with random weights, to race with.",
    footer = {
      "",
      "Example: herd bench make-model --shape llama-1b --format Q4_0 --head Q6_K"
          + " --tokenizer tokenizer.model --out 1b.gguf"
    })
final class MakeModelCommand implements Runnable {
  @ParentCommand
  private BenchCommand bench;

  @Option(
      names = "--shape",
      required = true,
      paramLabel = "NAME",
      description = "llama-1b (Llama 3.2), llama-8b (Llama 3.1) or smollm2 (135M).")
  private String shape;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      description = "How matrices are stored, such as Q4_0.")
  private Encoding format;

  @Option(
      names = "--head",
      paramLabel = "FORMAT",
      description = "How the embedding, which is also the head, is stored; else as the others.")
  private Encoding head;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description = "A tokenizer with at most as many tokens as the shape has.")
  private Path tokenizer;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path out;

  @Mixin
  private Shown.Help help;

  @Override
  public void run() {
    var config = config();
    var words = GgufTokenizer.metadata(Tokenizer.load(tokenizer), config.vocab());
    GgufModel.random(out, config, format, head == null ? format : head, words);
    try {
      bench.herd().out().printf(Locale.ROOT, "%s: %,d bytes%n", out, Files.size(out));
    } catch (IOException e) {
      throw Disk.trouble(e, out);
    }
  }

  private LlamaConfig config() {
    return switch (shape) {
      case "smollm2" ->
        new LlamaConfig(49_152, 576, 30, 9, 3, 64, 1_536, 100_000, null, 1e-5, true, 8_192);
      case "llama-1b" -> llama(2_048, 16, 32, 64, 8_192, 32, true);
      case "llama-8b" -> llama(4_096, 32, 32, 128, 14_336, 8, false);
      default ->
        throw new UserError(
            "--shape", "'" + shape + "'", "smollm2, llama-1b, llama-8b", "Choose one of these.");
    };
  }

  private static LlamaConfig llama(
      int dim, int layers, int heads, int headDim, int ffnDim, double factor, boolean tied) {
    var scaling = new Rotary.Scaling(factor, 1, 4, 8_192);
    return new LlamaConfig(
        128_256, dim, layers, heads, 8, headDim, ffnDim, 500_000, scaling, 1e-5, tied, 131_072);
  }
}
