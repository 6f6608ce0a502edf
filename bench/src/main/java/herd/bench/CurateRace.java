package herd.bench;

import herd.data.Doc;
import herd.data.Heuristics;
import herd.data.NearDuplicates;
import herd.data.words.C4Quality;
import herd.data.words.FineWebQuality;
import herd.data.words.GopherQuality;
import herd.data.words.GopherRepetition;
import herd.data.words.WordRule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.json.JsonMapper;

/// Documents a second of one thread's processor time for the chain of filters and for MinHash
/// signatures, in turns with another program on the same documents.
public final class CurateRace {
  /// Passes over the documents in a round of ours; one pass is a second or less.
  private static final int PASSES = 5;

  private CurateRace() {}

  /// @param arguments python, its script, documents (.jsonl.gz with `text`), rounds
  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[3]);
    var docs = docs(Path.of(arguments[2]));
    long bytes = docs.stream()
        .mapToLong(doc -> doc.text().getBytes(StandardCharsets.UTF_8).length)
        .sum();
    var rates = new LinkedHashMap<String, List<Double>>();
    for (int round = 0; round < rounds; round++) {
      for (var work : works().entrySet()) {
        rate(work.getValue(), docs); // the first pass of a round warms up
        double rate = 0;
        for (int pass = 0; pass < PASSES; pass++) {
          rate = Math.max(rate, rate(work.getValue(), docs));
        }
        rates.computeIfAbsent("herd " + work.getKey(), _ -> new ArrayList<>()).add(rate);
      }
      peer(arguments, rates);
    }
    System.out.printf(
        "%d documents, %.1f MB; of one core, best / median of %d%n",
        docs.size(), bytes / 1e6, rounds);
    double size = bytes / 1e6 / docs.size();
    rates.forEach((name, all) -> System.out.printf(
        "%-30s %8.0f / %8.0f documents/s %7.2f MB/s%n",
        name, Collections.max(all), median(all), Collections.max(all) * size));
  }

  private static Map<String, Consumer<Doc>> works() {
    var works = new LinkedHashMap<String, Consumer<Doc>>();
    for (var words : WordRule.values()) {
      var judge = new Heuristics(
              words,
              List.of(
                  GopherRepetition.USUAL,
                  GopherQuality.USUAL,
                  C4Quality.USUAL,
                  FineWebQuality.USUAL))
          .ready()
          .forThread();
      works.put("filters " + words.name().toLowerCase(Locale.ROOT), judge::judge);
    }
    works.put("minhash", new NearDuplicates(5, 14, 8)::sketch);
    return works;
  }

  private static List<Doc> docs(Path file) throws IOException {
    var docs = new ArrayList<Doc>();
    try (var in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      in.lines().forEach(line -> {
        var text = JsonMapper.shared().readTree(line).path("text").stringValue();
        docs.add(new Doc("", "", "", "text", "", "", text));
      });
    }
    return docs;
  }

  private static double rate(Consumer<Doc> work, List<Doc> docs) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    docs.forEach(work);
    return docs.size() * 1e9 / (threads.getCurrentThreadCpuTime() - start);
  }

  private static void peer(String[] arguments, Map<String, List<Double>> rates) throws IOException {
    var peer = new ProcessBuilder(arguments[0], arguments[1], arguments[2])
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    try (var lines = new BufferedReader(new InputStreamReader(peer.getInputStream()))) {
      lines.lines().forEach(line -> {
        int tab = line.indexOf('\t');
        if (tab > 0) {
          rates
              .computeIfAbsent(line.substring(0, tab), _ -> new ArrayList<>())
              .add(Double.parseDouble(line.substring(tab + 1)));
        }
      });
    }
  }

  private static double median(List<Double> rates) {
    return rates.stream().sorted().skip(rates.size() / 2).findFirst().orElseThrow();
  }
}
