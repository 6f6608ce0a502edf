package herd.bench;

import herd.data.fasttext.Classifier;
import herd.data.fasttext.FastText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Short texts a second and megabytes of documents a second of one thread's processor time, in
/// turns with fastText.
public final class LanguageRace {
  private static final long LEAST = 1_000_000_000L;
  private static final int TOGETHER = 40;

  private LanguageRace() {}

  /// @param arguments python, its script, model, rows of texts, rounds
  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[4]);
    var texts = new ArrayList<String>();
    var json = new JsonMapper();
    for (var line : Files.readAllLines(Path.of(arguments[3]))) {
      texts.add(json.readTree(line).get("text").stringValue());
    }
    var documents = new ArrayList<String>();
    for (int i = 0; i + TOGETHER < texts.size(); i += TOGETHER) {
      documents.add(String.join(" ", texts.subList(i, i + TOGETHER)));
    }
    var classifier = FastText.read(Path.of(arguments[2])).classifier();
    double[][] rates = new double[4][rounds];
    for (int round = 0; round < rounds; round++) {
      rates[0][round] = rate(classifier, texts) * texts.size();
      rates[1][round] = rate(classifier, documents) * bytes(documents) / 1e6;
      var peer = peer(arguments);
      rates[2][round] = peer[0];
      rates[3][round] = peer[1];
    }
    System.out.printf("of one thread's processor time, best / median of %d%n", rounds);
    System.out.printf("            short texts/s           MB/s of documents%n");
    System.out.printf("herd     %s  %s%n", shown(rates[0]), shown(rates[1]));
    System.out.printf("fastText %s  %s%n", shown(rates[2]), shown(rates[3]));
    System.out.printf(
        "ratio    %.2f / %.2f                %.2f / %.2f%n",
        best(rates[0]) / best(rates[2]),
        median(rates[0]) / median(rates[2]),
        best(rates[1]) / best(rates[3]),
        median(rates[1]) / median(rates[3]));
  }

  private static long bytes(List<String> texts) {
    return texts.stream()
        .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  /// How often a second all texts are classified.
  private static double rate(Classifier classifier, List<String> texts) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    int done = 0;
    long took;
    do {
      for (var text : texts) {
        classifier.classify(text, 1, 0);
      }
      done++;
      took = threads.getCurrentThreadCpuTime() - start;
    } while (took < LEAST);
    return done * 1e9 / took;
  }

  private static double[] peer(String[] arguments) throws IOException {
    var peer = new ProcessBuilder(arguments[0], arguments[1], "predict", arguments[2], arguments[3])
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (var lines = new BufferedReader(new InputStreamReader(peer.getInputStream()))) {
      return Arrays.stream(lines.readLine().split(" "))
          .mapToDouble(Double::parseDouble)
          .toArray();
    }
  }

  private static String shown(double[] rates) {
    return "%,10.1f / %,10.1f".formatted(best(rates), median(rates));
  }

  private static double best(double[] rates) {
    return Arrays.stream(rates).max().orElseThrow();
  }

  private static double median(double[] rates) {
    return Arrays.stream(rates).sorted().skip(rates.length / 2).findFirst().orElseThrow();
  }
}
