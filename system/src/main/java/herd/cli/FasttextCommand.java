package herd.cli;

import herd.data.fasttext.LabelledLines;
import herd.data.fasttext.Loss;
import herd.data.fasttext.TrainSettings;
import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "fasttext",
    description = "Train classifiers of texts in fastText's form, apply them, make them small.",
    subcommands = {
      FasttextTrainCommand.class,
      FasttextPredictCommand.class,
      FasttextQuantizeCommand.class
    },
    footer = {"", "Example: herd fasttext train --in labelled.txt --out quality.bin"})
final class FasttextCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  Main herd() {
    return herd;
  }

  @Override
  public void run() {
    spec.commandLine().usage(herd.out());
  }

  /// How a classifier is trained, with fastText's names and defaults.
  static final class Training {
    @Option(
        names = "--dim",
        defaultValue = "100",
        paramLabel = "N",
        description = "Numbers in a vector (${DEFAULT-VALUE}).")
    private int dim;

    @Option(
        names = {"--epochs", "--epoch"},
        defaultValue = "5",
        paramLabel = "N",
        description = "How often each line is read (${DEFAULT-VALUE}).")
    private int epochs;

    @Option(
        names = {"--rate", "--lr"},
        defaultValue = "0.1",
        paramLabel = "R",
        description = "Rate of learning at the start (${DEFAULT-VALUE}).")
    private double rate;

    @Option(
        names = "--min-count",
        defaultValue = "1",
        paramLabel = "N",
        description = "Rarer words are left out (${DEFAULT-VALUE}).")
    private int minCount;

    @Option(
        names = "--min-count-label",
        defaultValue = "0",
        paramLabel = "N",
        description = "Rarer labels are left out (${DEFAULT-VALUE}).")
    private int minLabels;

    @Option(
        names = "--word-ngrams",
        defaultValue = "1",
        paramLabel = "N",
        description = "Longest run of words that is a feature (${DEFAULT-VALUE}).")
    private int wordNgrams;

    @Option(
        names = "--minn",
        defaultValue = "0",
        paramLabel = "N",
        description = "Shortest run of characters that is a feature (${DEFAULT-VALUE}).")
    private int minn;

    @Option(
        names = "--maxn",
        defaultValue = "0",
        paramLabel = "N",
        description = "Longest, 0 for none (${DEFAULT-VALUE}).")
    private int maxn;

    @Option(
        names = "--bucket",
        defaultValue = "2000000",
        paramLabel = "N",
        description = "Rows that runs of words and characters share (${DEFAULT-VALUE}).")
    private int bucket;

    @Option(
        names = "--loss",
        defaultValue = "softmax",
        paramLabel = "NAME",
        description = "softmax, hs (a tree, for many labels), ova (each label alone), ns.")
    private String loss;

    @Option(
        names = "--neg",
        defaultValue = "5",
        paramLabel = "N",
        description = "With ns, labels drawn for each line (${DEFAULT-VALUE}).")
    private int negatives;

    @Option(
        names = "--threads",
        defaultValue = "1",
        paramLabel = "N",
        description = "More are faster, and no two results alike (${DEFAULT-VALUE}).")
    private int threads;

    @Option(
        names = "--seed",
        defaultValue = "0",
        paramLabel = "N",
        description = "Of all that is random (${DEFAULT-VALUE}).")
    private long seed;

    TrainSettings settings() {
      var kind = Arrays.stream(Loss.values())
          .filter(one -> one.shortName().equals(loss))
          .findFirst()
          .orElseThrow(() -> new UserError(
              "--loss",
              loss,
              Arrays.stream(Loss.values()).map(Loss::shortName).collect(Collectors.joining(", ")),
              ""));
      return new TrainSettings(
          dim,
          epochs,
          rate,
          minCount,
          minLabels,
          wordNgrams,
          minn,
          maxn,
          bucket,
          kind,
          negatives,
          threads,
          seed);
    }

    /// Hands over the lines of a file: as they stand, or of JSON rows with `text` and `label`.
    static void withLines(Path file, Consumer<Path> then) {
      if (!file.toString().endsWith(".jsonl")) {
        then.accept(file);
        return;
      }
      Path lines = null;
      try {
        lines = Files.createTempFile("labelled", ".txt");
        try (var rows = Files.newBufferedReader(file);
            var out = Files.newBufferedWriter(lines, StandardCharsets.UTF_8)) {
          long number = 0;
          for (String row = rows.readLine(); row != null; row = rows.readLine()) {
            number++;
            if (!row.isBlank()) {
              out.write(line(row, file + ":" + number));
            }
          }
        }
        then.accept(lines);
      } catch (IOException e) {
        throw WholeFile.unreadable(file, e);
      } finally {
        discard(lines);
      }
    }

    private static void discard(Path lines) {
      try {
        if (lines != null) {
          Files.deleteIfExists(lines);
        }
      } catch (IOException _) {
        // A temporary file that stays does no harm.
      }
    }

    private static String line(String row, String place) {
      try {
        JsonNode json = new JsonMapper().readTree(row);
        var text = json.path("text");
        var label = json.path("label");
        var labels = new ArrayList<String>();
        if (label.isArray()) {
          label.forEach(one -> labels.add(one.asString("")));
        } else if (label.isString()) {
          labels.add(label.stringValue());
        }
        if (!text.isString() || labels.isEmpty()) {
          throw new UserError(place, "no text or no label", "{\"text\": …, \"label\": …}", "");
        }
        return LabelledLines.line(labels, text.stringValue());
      } catch (JacksonException e) {
        throw new UserError(place, "not JSON: " + e.getOriginalMessage(), "One object a line.");
      } catch (UserError e) {
        throw e.where().equals("label") ? e.in(place) : e;
      }
    }
  }
}
