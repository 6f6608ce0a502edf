package herd.cli;

import herd.engine.io.WholeFile;
import herd.engine.score.Perplexity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "perplexity",
    description = "Measure how well a model predicts a text.",
    footer = {"", "Example: herd perplexity --model runs/tiny --file text.txt"})
final class PerplexityCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      defaultValue = ModelPlace.DEFAULT,
      paramLabel = "MODEL",
      description = "A run, a model directory, a GGUF file or hf:owner/name (${DEFAULT-VALUE}).")
  private String model;

  @Option(names = "--file", required = true, paramLabel = "FILE", description = "The text.")
  private Path file;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "512",
      description = "The text is cut into chunks of so many tokens, each computed from an empty"
          + " cache (${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--bos",
      description = "Put the begin-of-text token in place of each chunk's first one, as llama.cpp"
          + " does for models that want it.")
  private boolean begin;

  @Mixin
  private KernelOptions options;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    var place = ModelPlace.find(model, herd.environment());
    String text = text(file);
    try (var loaded = new LoadedModel(place, options)) {
      int first = begin ? ScoreCommand.begin(loaded.tokenizer()) : -1;
      int[] ids = loaded.tokenizer().encode(text);
      var result = new Perplexity(loaded.llama(), loaded.kernels()).of(ids, context, first);
      if (json) {
        herd.out()
            .println(JsonNodeFactory.instance
                .objectNode()
                .put("perplexity", result.all())
                .put("perplexitySecondHalf", result.secondHalf())
                .put("predictions", result.counts()[0])
                .put("predictionsSecondHalf", result.counts()[1])
                .put("tokens", ids.length)
                .put("chunks", result.chunks())
                .put("context", context));
      } else {
        herd.out()
            .printf(
                Locale.ROOT,
                "perplexity %.4f over %,d predictions, %.4f over the %,d of second halves (%d"
                    + " chunks of %d tokens)%n",
                result.all(),
                result.counts()[0],
                result.secondHalf(),
                result.counts()[1],
                result.chunks(),
                context);
      }
    }
  }

  /// A whole text file, as UTF-8.
  static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }
}
