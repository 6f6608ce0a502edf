package herd.cli;

import herd.data.fasttext.Classifier;
import herd.data.fasttext.FastText;
import herd.engine.UserError;
import herd.pull.Cache;
import herd.pull.ClassifierFile;
import herd.pull.Pull;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "predict",
    description = "Say which label fits texts best, by a model in fastText's form.",
    footer = {
      "",
      "Rows are {\"id\", \"text\"}; answers {\"id\", \"label\", \"probability\"}.",
      "Example: herd fasttext predict --model quality.bin --in texts.jsonl --top 2"
    })
final class FasttextPredictCommand implements Runnable {
  @ParentCommand
  private FasttextCommand parent;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A .bin or .ftz file, or what holds one: hf:owner/name.")
  private String model;

  @Mixin
  private Rows rows;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var herd = parent.herd();
    var pull = new Pull(Cache.ofUser(herd.environment()), herd.environment());
    var file = ClassifierFile.find(model, pull, Says.aside(herd, Stop.listen(herd.err())));
    rows.answer(herd, FastText.read(file));
  }

  /// Texts of rows classified on several threads, one row out for each in.
  static final class Rows {
    /// Rows that are read before the first is written.
    private static final int BATCH = 1024;

    /// Rows that a thread takes at a time.
    private static final int SHARE = 64;

    @Option(
        names = "--in",
        defaultValue = "-",
        paramLabel = "FILE",
        description = "JSON objects with a text, one a line; - for standard input (the default).")
    private String in;

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "Where the answers go, one object a line; else standard output.")
    private Path out;

    @Option(
        names = "--text",
        defaultValue = "text",
        paramLabel = "KEY",
        description = "Where the text stands in a row. Default: ${DEFAULT-VALUE}")
    private String key;

    @Option(
        names = "--top",
        paramLabel = "N",
        description = "Also the best N labels, best first, as \"top\".")
    private Integer top;

    @Option(
        names = "--least",
        defaultValue = "0",
        paramLabel = "P",
        description = "Labels with a smaller probability are not given.")
    private double least;

    @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
    private Integer threads;

    /// Answers all rows.
    void answer(Main herd, FastText model) {
      int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
      if (workers < 1) {
        throw new UserError("--threads", "" + workers, "1 or more", "Leave it out for all.");
      }
      if (top != null && top < 1) {
        throw new UserError("--top", "" + top, "1 or more", "");
      }
      var classifiers = new ArrayList<Classifier>();
      for (int i = 0; i < workers; i++) {
        classifiers.add(model.classifier());
      }
      try (var pool = Executors.newFixedThreadPool(workers);
          var to = open(herd)) {
        JsonLines.batches(
            herd,
            in,
            to,
            BATCH,
            row -> JsonLines.text(row, key),
            texts -> all(texts, classifiers, pool));
        if (to.checkError() && out != null) {
          throw new UserError(out.toString(), "cannot be written to its end", "Is the disk full?");
        }
      }
    }

    private PrintStream open(Main herd) {
      try {
        OutputStream to = out == null ? herd.out() : Files.newOutputStream(out);
        return new PrintStream(
            new BufferedOutputStream(to, 1 << 16), false, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UserError(out.toString(), "cannot be written: " + e, "Choose another place.");
      }
    }

    private List<ObjectNode> all(
        List<String> texts, List<Classifier> classifiers, ExecutorService pool) {
      var answers = new ObjectNode[texts.size()];
      var next = new AtomicInteger();
      var tasks = new ArrayList<Callable<Void>>();
      for (var classifier : classifiers) {
        tasks.add(() -> {
          for (int from = next.getAndAdd(SHARE);
              from < answers.length;
              from = next.getAndAdd(SHARE)) {
            for (int i = from; i < Math.min(answers.length, from + SHARE); i++) {
              answers[i] = answer(texts.get(i), classifier);
            }
          }
          return null;
        });
      }
      try {
        for (var done : pool.invokeAll(tasks)) {
          done.get();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while texts are classified", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a text could not be classified", e.getCause());
      }
      return List.of(answers);
    }

    private ObjectNode answer(String text, Classifier classifier) {
      int found = classifier.classify(text, top == null ? 1 : top, least);
      var answer = JsonNodeFactory.instance.objectNode();
      if (found == 0) {
        answer.putNull("label").put("probability", 0);
      } else {
        answer
            .put("label", classifier.name(0))
            .put("probability", rounded(classifier.probability(0)));
      }
      if (top != null) {
        var best = answer.putArray("top");
        for (int i = 0; i < found; i++) {
          best.addArray().add(classifier.name(i)).add(rounded(classifier.probability(i)));
        }
      }
      return answer;
    }

    /// Six decimals, as much as the floats behind them hold.
    private static double rounded(float probability) {
      return Math.round(probability * 1e6) / 1e6;
    }
  }
}
