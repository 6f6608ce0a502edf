package herd.data;

import herd.data.LanguageFilter.ClassifierJudge;
import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.engine.UserError;
import herd.engine.encoder.TextEncoder;
import herd.engine.kernel.KernelChoice;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Workers;
import herd.pull.Cache;
import herd.run.About;
import herd.run.Default;
import herd.run.TimeLimit;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/// Scores each text by an encoder of RoBERTa's kind, and drops those with low scores (Llama 3
/// paper, section 3.1.1: classifiers of DistilRoBERTa's kind find what is worth learning from, and
/// pages of code, of mathematics and of reasoning). Leaves the score in the document, for a
/// threshold here or for [BestShare].
///
/// A text is read in windows of what the encoder can read at a time. Each is computed by itself,
/// so that a score depends on its text alone, never on other documents or threads; it is the mean
/// of the windows' probabilities, weighted by their tokens, and rounded to six places before it is
/// compared.
/// @param model folder in the Hugging Face layout: `config.json`, `model.safetensors`,
/// `tokenizer.json`
/// @param label whose probability is the score
/// @param name of the score in the document's metadata, and in the reason for dropping
/// @param least score that is kept; 0 keeps all and only scores
/// @param leastOf the same for texts in single languages, by code
/// @param windows that are read of a long text, from its beginning
@About("score texts by an encoder, drop those with low scores")
public record EncoderQuality(
    @About("folder of the encoder: config.json, model.safetensors, tokenizer.json")
    String model,

    @About("label whose probability is the score") @Default("good")
    String label,

    @About("name of the score") @Default("quality") String name,
    @About("least score; 0 only scores") double least,

    @About("least score of texts in single languages, by code") @Default("{}")
    Map<String, Double> leastOf,

    @About("windows that are read of a long text, from its beginning") @Default("1")
    int windows)
    implements DocumentStep {
  private static final int MOST_WINDOWS = 1024;

  public EncoderQuality {
    leastOf = Map.copyOf(leastOf);
    ClassifierJudge.check(least, leastOf);
    if (!name.matches("[a-z][a-zA-Z0-9]*")) {
      throw new UserError("name", name, "letters and digits, first a small letter", "");
    }
    if (windows < 1 || windows > MOST_WINDOWS) {
      throw new UserError("windows", "" + windows, "1 to " + MOST_WINDOWS, "The usual is 1.");
    }
  }

  @Override
  public List<String> files() {
    return Stream.of("config.json", "model.safetensors", "tokenizer.json")
        .map(Path.of(model)::resolve)
        .filter(Files::exists)
        .map(Path::toString)
        .toList();
  }

  @Override
  public Judge ready() {
    var texts = TextEncoder.load(Path.of(model), Arena.ofAuto());
    var labels = texts.encoder().config().labels();
    int number = labels.indexOf(label);
    if (number < 0) {
      throw new UserError(
          "label", label, String.join(", ", labels), "These are the labels that the model knows.");
    }
    return new Scoring(this, texts, number, new ConcurrentLinkedQueue<>());
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  /// @param idle what computes, each for one thread at a time
  private record Scoring(
      EncoderQuality step, TextEncoder texts, int label, ConcurrentLinkedQueue<Kernels> idle)
      implements Judge {
    @Override
    public Verdict judge(Doc doc) {
      var kernels = idle.poll();
      kernels = kernels == null ? kernels() : kernels;
      try {
        return step.verdict(doc, score(doc.text(), kernels));
      } finally {
        idle.add(kernels);
      }
    }

    /// The best that this machine can run; the pipeline's threads are all the threads there are.
    private static Kernels kernels() {
      var verdicts = Cache.ofUser(System.getenv()).root().resolve("kernels");
      return KernelChoice.best(new Workers(1), verdicts);
    }

    private double score(String text, Kernels kernels) {
      double sum = 0;
      long tokens = 0;
      for (int[] window : texts.windows(text, step.windows)) {
        TimeLimit.heed();
        sum += window.length * texts.probabilities(kernels, window)[0][label];
        tokens += window.length;
      }
      return Math.round(1e6 * sum / tokens) / 1e6;
    }
  }

  private Verdict verdict(Doc doc, double score) {
    if (score < leastOf.getOrDefault(doc.language(), least)) {
      return new Drop("low-" + name);
    }
    return new Keep(doc.with(name, Double.toString(score)));
  }
}
