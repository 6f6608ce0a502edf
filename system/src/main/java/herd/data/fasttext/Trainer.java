package herd.data.fasttext;

import herd.engine.UserError;
import herd.engine.kernel.FeatureRows;
import herd.run.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// Trains classifiers on lines such as `__label__good the text` (Joulin et al. 2016): the mean of a
/// text's feature vectors, a linear layer, stochastic gradient descent with a rate that falls to 0.
public final class Trainer {
  /// Tokens between two looks at the clock of all threads.
  private static final int UPDATE_TOKENS = 100;

  private final TrainSettings settings;
  private final Progress progress;
  private final AtomicLong tokens = new AtomicLong();
  private final boolean vectors = FeatureRows.available();

  private Trainer(TrainSettings settings, Progress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /// Trains on a file of lines. With one thread the result depends on the settings and the file
  /// alone.
  /// @throws UserError if the file cannot be read, has no label or no word, needs more memory
  /// than
  ///     there is, or the numbers grow beyond all bounds
  public static FastText train(Path file, TrainSettings settings, Progress progress) {
    try (var text = new TrainingText(file)) {
      var counts = new WordCounts();
      var lines = text.lines(0);
      for (long line = 0; lines.next(); line++) {
        counts.line(lines.text(), 1, lines.end());
        if (line % 100_000 == 0) {
          progress.at(lines.at(), text.size(), "bytes", Map.of("tokens", counts.tokens()));
        }
      }
      var dictionary = counts.dictionary(settings.minCount(), settings.minLabels());
      if (dictionary.labels() == 0 || dictionary.words() == 0) {
        throw new UserError(
            file.toString(),
            dictionary.labels() == 0 ? "no label" : "no word",
            "lines such as '__label__good the text'",
            "Check the file, and minCount and minLabels.");
      }
      var model = start(file, dictionary, settings);
      new Trainer(settings, progress).run(text, model);
      // What is applied is made of the trained numbers.
      return new FastText(
          model.settings(), dictionary, model.buckets(), model.input(), model.output());
    }
  }

  /// Goes on training a model whose matrices are whole, in place.
  static void retrain(Path file, FastText model, TrainSettings settings, Progress progress) {
    try (var text = new TrainingText(file)) {
      new Trainer(settings, progress).run(text, model);
    }
  }

  private static FastText start(Path file, Dictionary dictionary, TrainSettings asked) {
    var settings = new Settings(
        asked.dim(),
        5,
        asked.epochs(),
        asked.minCount(),
        asked.negatives(),
        asked.wordNgrams(),
        asked.loss(),
        asked.bucket(),
        asked.minn(),
        asked.maxn(),
        UPDATE_TOKENS,
        1e-4);
    long rows = (long) dictionary.words() + asked.bucket();
    var runtime = Runtime.getRuntime();
    long room = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    if (rows * asked.dim() > Integer.MAX_VALUE - 8 || 4 * rows * asked.dim() > room) {
      throw new UserError(
          file.toString(),
          rows + " rows of " + asked.dim() + " numbers need " + (4 * rows * asked.dim() >> 20)
              + " MB",
          "up to " + (Math.min(room, 4L * Integer.MAX_VALUE) >> 20) + " MB",
          "Lower bucket or dim, raise minCount, or give the program more memory.");
    }
    var input = new Dense((int) rows, asked.dim(), new float[(int) (rows * asked.dim())]);
    fill(input.values(), 1f / asked.dim(), asked.seed());
    var output =
        new Dense(dictionary.labels(), asked.dim(), new float[dictionary.labels() * asked.dim()]);
    return new FastText(settings, dictionary, new Buckets(asked.bucket(), null), input, output);
  }

  /// Evenly spread numbers between `-bound` and `bound`, each a hash of its place.
  private static void fill(float[] values, float bound, long seed) {
    int parts = 64;
    IntStream.range(0, parts).parallel().forEach(part -> {
      int from = (int) ((long) values.length * part / parts);
      int to = (int) ((long) values.length * (part + 1) / parts);
      for (int i = from; i < to; i++) {
        long z = (seed + i + 1) * 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        values[i] = bound * ((z >> 40) * 0x1p-23f);
      }
    });
  }

  private void run(TrainingText text, FastText model) {
    var subwords = settings.maxn() > 0
        ? new Features.Subwords(model.settings(), model.dictionary(), model.buckets())
        : null;
    var tasks = new ArrayList<Callable<Void>>();
    for (int thread = 0; thread < settings.threads(); thread++) {
      int number = thread;
      tasks.add(() -> {
        try {
          learn(text, model, subwords, number);
        } catch (RuntimeException e) {
          tokens.set(Long.MAX_VALUE / 2); // the others stop
          throw e;
        }
        return null;
      });
    }
    var pool = Executors.newFixedThreadPool(
        settings.threads(), Thread.ofPlatform().daemon().factory());
    try {
      for (var done : pool.invokeAll(tasks)) {
        done.get();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while a classifier is trained", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Throwable other -> throw new IllegalStateException(other);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /// One thread's share: lines from its part of the text on, round and round, until all threads
  /// together have read enough.
  private void learn(TrainingText text, FastText model, Features.Subwords subwords, int thread) {
    var input = (Dense) model.input();
    var features = new Features(model.settings(), model.dictionary(), model.buckets(), subwords);
    var update = Update.of(
        settings.loss(),
        model,
        (Dense) model.output(),
        settings.negatives(),
        settings.seed() + thread);
    var hidden = new float[input.dim()];
    var gradient = new float[input.dim()];
    var lines = text.lines(text.size() * thread / settings.threads());
    double all = (double) settings.epochs() * model.dictionary().tokens();
    long unsaid = 0;
    double loss = 0;
    long examples = 0;
    float rate = (float) settings.rate();
    for (long shown = 0; tokens.get() < all; ) {
      if (!lines.next()) {
        lines.rewind();
        continue;
      }
      features.read(lines.text(), 1, lines.end());
      unsaid += features.tokens();
      if (features.labelCount() > 0 && features.count() > 0) {
        loss += example(input, features, update, hidden, gradient, rate);
        examples++;
      }
      if (unsaid > UPDATE_TOKENS) {
        long done = tokens.addAndGet(unsaid);
        unsaid = 0;
        rate = (float) (settings.rate() * Math.max(0, 1 - done / all));
        if (thread == 0 && done - shown > 200_000) {
          shown = done;
          progress.check();
          progress.at(done, (long) all, "tokens", Map.of("loss", loss / Math.max(1, examples)));
          loss = 0;
          examples = 0;
        }
      }
    }
  }

  private double example(
      Dense input, Features features, Update update, float[] hidden, float[] gradient, float rate) {
    int dim = input.dim();
    int count = features.count();
    int[] rows = features.rows();
    if (vectors) {
      FeatureRows.sum(input.values(), dim, rows, count, hidden);
    } else {
      input.sum(rows, count, hidden);
    }
    float scale = 1f / count;
    for (int j = 0; j < dim; j++) {
      hidden[j] *= scale;
      gradient[j] = 0;
    }
    double loss = update.step(hidden, features.labels(), features.labelCount(), rate, gradient);
    if (!Double.isFinite(loss)) {
      throw new UserError(
          "rate", settings.rate() + " lets the numbers grow beyond all bounds", "Lower it.");
    }
    for (int j = 0; j < dim; j++) {
      gradient[j] *= scale;
    }
    float[] values = input.values();
    if (vectors) {
      FeatureRows.add(values, dim, rows, count, gradient);
      return loss;
    }
    for (int i = 0; i < count; i++) {
      int from = rows[i] * dim;
      for (int j = 0; j < dim; j++) {
        values[from + j] += gradient[j];
      }
    }
    return loss;
  }

  /// The share of lines with a label whose best label is one of theirs, and how many there are.
  /// @param right of the lines with labels
  public record Test(long lines, double right) {}

  /// Applies a model to a file of lines with labels.
  public static Test test(Path file, FastText model) {
    try (var text = new TrainingText(file)) {
      var classifier = model.classifier();
      var lines = text.lines(0);
      long all = 0;
      long right = 0;
      var known = new Features(model.settings(), model.dictionary(), model.buckets(), (int[]) null);
      while (lines.next()) {
        known.read(lines.text(), 1, lines.end());
        if (known.labelCount() == 0 || known.count() == 0) {
          continue;
        }
        all++;
        classifier.classify(lines.text(), lines.end(), 1, 0);
        for (int i = 0; i < known.labelCount(); i++) {
          if (classifier.label(0) == known.labels()[i]) {
            right++;
            break;
          }
        }
      }
      return new Test(all, all == 0 ? 0 : (double) right / all);
    }
  }
}
