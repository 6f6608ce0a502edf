package herd.cli;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import herd.engine.score.Divergence;
import herd.engine.score.LogitsFile;
import herd.engine.score.ModelPredictions;
import herd.engine.score.Perplexity;
import herd.engine.score.Predictions;
import herd.engine.tensor.Workers;
import herd.run.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
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
    description = {
      "Measure how well a model predicts a text, or how far it is from what another model says.",
      "With --against: the Kullback-Leibler divergence and how often both find the same token"
          + " likeliest, over the second halves of chunks."
    },
    footer = {
      "",
      "Example: herd perplexity --model tiny-q4.gguf --file text.txt",
      "Example: herd perplexity --model tiny-q4.gguf --file text.txt --against runs/tiny"
    })
final class PerplexityCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private AskedModel asked;

  @Option(names = "--file", paramLabel = "FILE", description = "The text.")
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

  @Option(
      names = "--kv",
      paramLabel = "FORMAT",
      defaultValue = "f32",
      description = "How keys and values are kept: f32, f16 or int8 (${DEFAULT-VALUE}).")
  private String kv;

  @Option(
      names = "--against",
      paramLabel = "MODEL|FILE",
      description = "Compare with a model, computed in 32-bit floats, or with a file of logits.")
  private String against;

  @Option(
      names = "--logits",
      paramLabel = "FILE",
      description = "Judge a file of logits in place of a model: what --save-logits wrote, or"
          + " llama-perplexity --kl-divergence-base.")
  private Path logits;

  @Option(
      names = "--save-logits",
      paramLabel = "FILE",
      description = "Write what the model says of the second halves, for --against and for"
          + " llama-perplexity --kl-divergence.")
  private Path save;

  @Override
  public void run() {
    if (logits != null) {
      if (against == null || save != null) {
        throw new UserError("--logits", "alone", "--against MODEL or FILE", "Name the base.");
      }
      try (var tested = LogitsFile.open(logits);
          var workers = Workers.perProcessor()) {
        report(compare(tested, workers));
      }
      return;
    }
    if (file == null) {
      throw new UserError("--file", "missing", "a text file", "Name the text.");
    }
    String text = text(file);
    try (var loaded = asked.load(herd)) {
      int first = begin ? ScoreCommand.begin(loaded.tokenizer()) : -1;
      int[] ids = loaded.tokenizer().encode(text);
      if (against == null && save == null) {
        var format = EngineOptions.kv(kv);
        var measured = new Perplexity(loaded.llama(), loaded.kernels(), format);
        report(measured.of(ids, context, first), ids);
        return;
      }
      try (var tested =
          new ModelPredictions(loaded.llama(), loaded.kernels(), ids, context, first)) {
        if (save != null) {
          save(tested);
        }
        if (against != null) {
          report(compare(tested, loaded.kernels().workers()));
        }
      }
    }
  }

  private void save(Predictions predictions) {
    try {
      LogitsFile.save(save, predictions);
      herd.err().printf(Locale.ROOT, "%s: %,d bytes%n", save, Files.size(save));
    } catch (UncheckedIOException e) {
      throw Disk.trouble(e.getCause(), save);
    } catch (IOException e) {
      throw Disk.trouble(e, save);
    }
  }

  private Divergence.Result compare(Predictions tested, Workers workers) {
    if (LogitsFile.isOne(Path.of(against))) {
      try (var base = LogitsFile.open(Path.of(against))) {
        return Divergence.of(base, tested, workers);
      }
    }
    var floats = new KernelOptions().in(herd.environment());
    floats.name = KernelOptions.floats();
    try (var loaded = new LoadedModel(ModelPlace.find(against, herd.environment()), floats)) {
      int first = begin ? ScoreCommand.begin(loaded.tokenizer()) : -1;
      try (var base = new ModelPredictions(
          loaded.llama(), loaded.kernels(), tested.ids(), tested.context(), first)) {
        return Divergence.of(base, tested, workers);
      }
    }
  }

  private void report(Perplexity.Result result, int[] ids) {
    if (asked.json()) {
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
      return;
    }
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

  private void report(Divergence.Result result) {
    if (asked.json()) {
      herd.out()
          .println(JsonNodeFactory.instance
              .objectNode()
              .put("divergence", result.mean())
              .put("divergenceError", result.error())
              .put("divergenceMedian", result.quantile(0.5))
              .put("divergence99", result.quantile(0.99))
              .put("divergenceLargest", result.quantile(1))
              .put("sameTop", result.agreement())
              .put("perplexitySecondHalf", result.perplexity())
              .put("perplexitySecondHalfBase", result.basePerplexity())
              .put("predictions", result.divergences().length));
      return;
    }
    herd.out()
        .printf(
            Locale.ROOT,
            "KL divergence %.6f ± %.6f nats (median %.6f, 99 %% at most %.5f, largest %.4f)%n"
                + "same likeliest token %.2f %%%n"
                + "perplexity %.4f, of the base %.4f (%+.3f %%), over %,d predictions of second"
                + " halves%n",
            result.mean(),
            result.error(),
            result.quantile(0.5),
            result.quantile(0.99),
            result.quantile(1),
            100 * result.agreement(),
            result.perplexity(),
            result.basePerplexity(),
            100 * (result.perplexity() / result.basePerplexity() - 1),
            result.divergences().length);
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
