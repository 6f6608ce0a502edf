package herd.bench;

import herd.data.html.Extractor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// Pages a second of one thread's processor time, in turns with another program.
public final class ExtractRace {
  private ExtractRace() {}

  /// @param arguments python, its script, folder of pages, rounds
  public static void main(String[] arguments) throws IOException {
    int rounds = Integer.parseInt(arguments[3]);
    var pages = pages(Path.of(arguments[2]));
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    var extractor = new Extractor();
    for (int round = 0; round < rounds; round++) {
      ours.add(round(extractor, pages));
      theirs.add(peer(arguments));
    }
    System.out.printf(
        "%d pages, pages/s of processor time, best / median of %d%n", pages.size(), rounds);
    System.out.printf("herd         %6.0f / %6.0f%n", Collections.max(ours), median(ours));
    System.out.printf("resiliparse  %6.0f / %6.0f%n", Collections.max(theirs), median(theirs));
  }

  private static List<byte[]> pages(Path folder) throws IOException {
    var pages = new ArrayList<byte[]>();
    try (var files = Files.list(folder)) {
      for (var file : files.sorted().toList()) {
        try (var page = new GZIPInputStream(Files.newInputStream(file), 1 << 16)) {
          pages.add(page.readAllBytes());
        }
      }
    }
    return pages;
  }

  private static double round(Extractor extractor, List<byte[]> pages) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    for (var page : pages) {
      extractor.read(page, "");
    }
    return pages.size() * 1e9 / (threads.getCurrentThreadCpuTime() - start);
  }

  private static double peer(String[] arguments) throws IOException {
    var peer = new ProcessBuilder(arguments[0], arguments[1], arguments[2], "1")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (var lines = new BufferedReader(new InputStreamReader(peer.getInputStream()))) {
      return Double.parseDouble(lines.readLine());
    }
  }

  private static double median(List<Double> rates) {
    return rates.stream().sorted().skip(rates.size() / 2).findFirst().orElseThrow();
  }
}
