package herd.bench;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.json.JsonMapper;

/// Makes documents of random lines of real texts, each line with two words and the document's
/// number after it; every twentieth document is nearly the same as the one before.
public final class LargeCorpus {
  private static final int FILES = 5;
  private static final int LEAST_LINE = 20;
  private static final int LINES = 60;
  private static final int COPIES = 20;
  private static final int WORDS = 30_000;

  private final List<byte[]> lines = new ArrayList<>();
  private final List<byte[]> words = new ArrayList<>();
  private final Random random = new Random(7);

  private LargeCorpus(Path texts) throws IOException {
    var json = JsonMapper.shared();
    try (var in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(Files.newInputStream(texts)), StandardCharsets.UTF_8))) {
      in.lines()
          .flatMap(row -> json.readTree(row).path("text").stringValue().lines())
          .filter(line -> line.length() > LEAST_LINE)
          .forEach(line -> {
            var quoted = json.writeValueAsString(line);
            lines.add(utf8(quoted.substring(1, quoted.length() - 1)));
            for (var word : line.split(" ")) {
              if (words.size() < WORDS && word.matches("\\p{L}+")) {
                words.add(utf8(word));
              }
            }
          });
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// @param arguments documents (.jsonl.gz with `text`), gigabytes, the folder for the new ones
  public static void main(String[] arguments) throws IOException {
    var folder = Files.createDirectories(Path.of(arguments[2]));
    long bytes = (long) (Double.parseDouble(arguments[1]) * 1e9);
    new LargeCorpus(Path.of(arguments[0])).write(folder, bytes);
  }

  private void write(Path folder, long bytes) throws IOException {
    long size = 0;
    int number = 0;
    var text = new byte[0];
    for (int file = 1; file <= FILES; file++) {
      var to = folder.resolve("%03d.jsonl".formatted(file));
      try (var out = new BufferedOutputStream(Files.newOutputStream(to), 1 << 20)) {
        for (; size < bytes * file / FILES; number++) {
          boolean copy = number % COPIES == COPIES - 1;
          text = copy ? text : text(number);
          var row = "{\"id\":\"d%d\",\"url\":\"https://host%d.example/%d\",\"text\":\""
              .formatted(number, number % 50_000, number);
          out.write(utf8(row));
          out.write(text);
          out.write(utf8(copy ? "A copy.\"}\n" : "\"}\n"));
          size += row.length() + text.length + 3;
        }
      }
    }
    System.out.println(number + " documents, " + size + " bytes");
  }

  private byte[] text(int number) {
    var text = new ByteArrayOutputStream();
    for (int left = 5 + random.nextInt(LINES - 4); left > 0; left--) {
      text.writeBytes(lines.get(random.nextInt(lines.size())));
      for (int word = 0; word < 2; word++) {
        text.write(' ');
        text.writeBytes(words.get(random.nextInt(words.size())));
      }
      text.writeBytes(utf8(" " + number + ".\\n"));
    }
    return text.toByteArray();
  }
}
