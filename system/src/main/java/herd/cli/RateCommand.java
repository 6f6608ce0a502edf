package herd.cli;

import herd.data.fasttext.Loss;
import herd.data.fasttext.TrainSettings;
import herd.data.rate.EndpointRater;
import herd.data.rate.ModelRater;
import herd.data.rate.Rater;
import herd.data.rate.RatingLoop;
import herd.data.rate.Rubric;
import herd.engine.UserError;
import herd.engine.infer.EngineSettings;
import herd.engine.infer.Model;
import herd.run.Progress;
import herd.settings.Binder;
import herd.settings.YamlReader;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "rate",
    description = "Let a chat model label some documents by a written rubric, a classifier learn"
        + " from it, and the classifier score all documents.",
    footer = {
      "",
      "Leaves labels.jsonl, model.bin, scores.jsonl and report.json; a run that was stopped goes on.",
      "OPENAI_API_KEY is the secret of --endpoint. The step quality-model of herd curate takes the",
      "model. Example: herd rate --rubric recipes/rubrics/quality.yaml --in docs.jsonl --out rated"
          + " --keep-share 0.3"
    })
final class RateCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(names = "--rubric", required = true, paramLabel = "FILE", description = "YAML.")
  private Path rubric;

  @Option(
      names = "--in",
      required = true,
      paramLabel = "FILE",
      description = "JSON rows with id and text; .gz and .zst too.")
  private Path in;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Directory.")
  private Path out;

  @Option(
      names = "--model",
      defaultValue = ModelPlace.DEFAULT,
      paramLabel = "MODEL",
      description =
          "Chat model: a run, a directory, a GGUF file (${DEFAULT-VALUE}); with --endpoint"
              + " its name there.")
  private String model;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description = "A server that speaks OpenAI's protocol, http://HOST:PORT/v1.")
  private String endpoint;

  @Option(
      names = "--requests",
      defaultValue = "8",
      paramLabel = "N",
      description = "Requests at a time to --endpoint (${DEFAULT-VALUE}).")
  private int requests;

  @Option(
      names = "--documents",
      defaultValue = "500",
      paramLabel = "N",
      description = "Documents that the chat model labels (${DEFAULT-VALUE}).")
  private int documents;

  @Option(
      names = "--held-out",
      defaultValue = "0.2",
      paramLabel = "SHARE",
      description = "Share of them to judge the classifier by (${DEFAULT-VALUE}).")
  private double heldOut;

  @Option(names = "--keep-share", paramLabel = "SHARE", description = "Share of all to keep.")
  private Double keepShare;

  @Option(
      names = "--least",
      paramLabel = "SCORE",
      description = "Or: the score from which to keep.")
  private Double least;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "Of the choice of documents (${DEFAULT-VALUE}).")
  private long seed;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var asked = Binder.bind(YamlReader.read(rubric), Rubric.class, "the rubric");
    // Few and short texts: many rounds, runs of two words, no more rows than there are words for.
    var training = new TrainSettings(64, 40, 0.5, 1, 0, 2, 0, 0, 1 << 18, Loss.SOFTMAX, 5, 1, seed);
    var loop = new RatingLoop(
        asked,
        documents,
        heldOut,
        training,
        keepShare == null ? Double.NaN : keepShare,
        least == null ? Double.NaN : least,
        seed);
    if (requests < 1) {
      throw new UserError("--requests", "" + requests, "1 or more", "");
    }
    var progress = Says.aside(herd, Stop.listen(herd.err()));
    show(endpoint == null ? withModel(loop, progress) : withEndpoint(loop, progress));
  }

  private ObjectNode withEndpoint(RatingLoop loop, Progress progress) {
    var key = herd.environment().getOrDefault("OPENAI_API_KEY", "");
    try (Rater rater = new EndpointRater(endpoint, model, key, requests)) {
      return loop.run(in, out, rater, progress);
    }
  }

  private ObjectNode withModel(RatingLoop loop, Progress progress) {
    var place = ModelPlace.find(model, herd.environment());
    try (var loaded = new LoadedModel(place, kernels)) {
      Model chat = loaded.model();
      try (Rater rater = new ModelRater(chat, EngineSettings.DEFAULTS)) {
        return loop.run(in, out, rater, progress);
      }
    }
  }

  private void show(ObjectNode report) {
    if (shown.asJson()) {
      herd.out().println(report);
      return;
    }
    var held = report.get("heldOut");
    herd.out()
        .printf(
            Locale.ROOT,
            "labelled %d of %d documents: %s%n",
            report.get("labelled").intValue(),
            report.get("asked").intValue(),
            report.get("labels"));
    herd.out()
        .printf(
            Locale.ROOT,
            "the classifier agrees on %.1f%% of %d held out (the commonest label: %.1f%%),"
                + " kappa %.2f (95%% %.2f to %.2f)%n",
            100 * held.get("equal").doubleValue(),
            held.get("documents").intValue(),
            100 * held.get("commonest").doubleValue(),
            held.get("kappa").asDouble(Double.NaN),
            held.get("low").asDouble(Double.NaN),
            held.get("high").asDouble(Double.NaN));
    herd.out()
        .printf(
            Locale.ROOT,
            "kept %d of %d documents, score %s or more: %s%n",
            report.get("kept").intValue(),
            report.get("documents").intValue(),
            report.get("threshold"),
            out.resolve("scores.jsonl"));
  }
}
