package herd.bench;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import herd.engine.text.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Races [Tokenizer#encode] against tiktoken and JTokkit on one thread: one text as one string,
/// taking turns, with the vocabulary of Llama 3. Processor time, so that others on the machine
/// disturb little; the best and the median of the rounds.
public final class TokenizerRace {
  private TokenizerRace() {}

  /// A contender: encodes the text, answers seconds of processor time.
  private interface Contender {
    double seconds() throws IOException;
  }

  /// @param arguments python, tiktoken's side of the race, rank file, text file, rounds
  public static void main(String[] arguments) throws IOException {
    Path ranks = Path.of(arguments[2]);
    Path file = Path.of(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    String text = Files.readString(file);
    double megabytes = Files.size(file) / 1e6;
    var ours = Tokenizer.load(ranks);
    var theirs = jtokkit(ranks);
    int[] ids = ours.encode(text);
    check("JTokkit", ids, theirs.encodeOrdinary(text).toArray());
    var command = new ProcessBuilder(arguments[0], arguments[1], ranks.toString(), file.toString());
    var process = command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var in = new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8)) {
      check(
          "tiktoken",
          ids,
          Arrays.stream(in.readLine().split(" ")).mapToInt(Integer::parseInt).toArray());
      var times = new HashMap<String, double[]>();
      Map<String, Contender> contenders = Map.of(
          "herd", () -> timed(() -> ours.encode(text).length),
          "jtokkit", () -> timed(() -> theirs.encodeOrdinary(text).size()),
          "tiktoken",
              () -> {
                out.println("run");
                return Double.parseDouble(in.readLine());
              });
      for (int round = 0; round < rounds; round++) {
        for (var contender : contenders.entrySet()) {
          times.computeIfAbsent(contender.getKey(), _ -> new double[rounds])[round] =
              contender.getValue().seconds();
        }
      }
      System.out.printf(
          Locale.ROOT, "%.1f MB, %d tokens, %d rounds, MB/s%n", megabytes, ids.length, rounds);
      times.forEach((name, seconds) -> {
        Arrays.sort(seconds);
        System.out.printf(
            Locale.ROOT,
            "%-9s best %6.1f  median %6.1f%n",
            name,
            megabytes / seconds[0],
            megabytes / seconds[rounds / 2]);
      });
    }
    for (int n : new int[] {1, 2, 4}) {
      String hostile = "a".repeat(n << 20);
      double best = Double.MAX_VALUE;
      for (int round = 0; round < 3; round++) {
        best = Math.min(best, timed(() -> ours.encode(hostile).length));
      }
      System.out.printf(Locale.ROOT, "%d MB of one letter: %.0f ms%n", n, best * 1e3);
    }
  }

  private static void check(String who, int[] ours, int[] theirs) {
    if (!Arrays.equals(ours, theirs)) {
      throw new IllegalStateException(
          who + " gives other ids from " + Arrays.mismatch(ours, theirs));
    }
  }

  private static double timed(java.util.function.IntSupplier work) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    if (work.getAsInt() == 0) {
      throw new IllegalStateException("no tokens");
    }
    return (threads.getCurrentThreadCpuTime() - start) / 1e9;
  }

  private static Encoding jtokkit(Path ranks) throws IOException {
    var tokens = new HashMap<byte[], Integer>();
    for (String line : Files.readAllLines(ranks)) {
      int space = line.indexOf(' ');
      tokens.put(
          Base64.getDecoder().decode(line.substring(0, space)),
          Integer.parseInt(line.substring(space + 1)));
    }
    var pattern = Pattern.compile(
        "'(?:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
        Pattern.UNICODE_CHARACTER_CLASS | Pattern.CASE_INSENSITIVE);
    var registry = Encodings.newLazyEncodingRegistry();
    registry.registerGptBytePairEncoding(
        new GptBytePairEncodingParams("cl100k_base-llama3", pattern, tokens, Map.of()));
    return registry.getEncoding("cl100k_base-llama3").orElseThrow();
  }
}
