package herd.spark;

import herd.data.Doc;
import herd.data.DocFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.json.JsonMapper;

/// Files of many forms whose documents repeat each other in every way that steps know.
final class Corpus {
  private final Random random;
  private final List<String> lines = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();

  Corpus(long seed) {
    random = new Random(seed);
    for (int i = 0; i < 25; i++) {
      lines.add(words(4 + random.nextInt(6)));
    }
  }

  private String words(int count) {
    var words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(i == 0 ? "" : " ").append(word());
    }
    return words.toString();
  }

  /// Of letters: near duplicates look at all numbers as one.
  private String word() {
    int number = random.nextInt(3000);
    var word = new StringBuilder("w");
    for (int left = number; left > 0; left /= 16) {
      word.append((char) ('a' + left % 16));
    }
    return word.toString();
  }

  /// A text of lines that others have too, paragraphs that some have, and words of its own.
  private String text() {
    if (!texts.isEmpty() && random.nextInt(4) == 0) {
      return changed(texts.get(random.nextInt(texts.size())));
    }
    var text = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      text.append(lines.get(random.nextInt(lines.size()))).append('\n');
    }
    text.append('\n').append(words(40 + random.nextInt(60))).append("\n\n");
    if (!texts.isEmpty() && random.nextInt(5) == 0) {
      var other = texts.get(random.nextInt(texts.size())).split("\n\n");
      text.append(other[other.length - 1]).append("\n\n");
    }
    text.append(words(30 + random.nextInt(30)));
    texts.add(text.toString());
    return text.toString();
  }

  private String changed(String text) {
    return switch (random.nextInt(4)) {
      case 0 -> text;
      case 1 -> text.replace(" ", "  ");
      case 2 -> text + " " + words(1 + random.nextInt(4));
      default -> text.replaceFirst("w\\w* w\\w*$", words(6));
    };
  }

  private String url() {
    return "http://site%d.example/page%d".formatted(random.nextInt(8), random.nextInt(150));
  }

  private String date() {
    return "2024-0%d-1%d".formatted(1 + random.nextInt(9), random.nextInt(10));
  }

  private String row(int number) {
    var text = random.nextInt(12) == 0 ? "mail a%d@b.example, c@d.example".formatted(number) : "";
    return JsonMapper.shared()
        .writeValueAsString(Map.of(
            "text",
            text() + text,
            "url",
            url(),
            "date",
            date(),
            "language",
            random.nextBoolean() ? "en" : "de",
            "quality",
            "" + random.nextInt(20)));
  }

  private byte[] rows(int from, int count) {
    var rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      rows.append(i == count / 2 ? "{no json" : row(from + i)).append('\n');
    }
    return rows.toString().getBytes(StandardCharsets.UTF_8);
  }

  private String page() {
    return "<html><body><h1>" + words(3) + "</h1><p>"
        + text().replace("\n\n", "</p><p>").replace("\n", "<br>") + "</p></body></html>";
  }

  private byte[] warc() throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < 12; i++) {
      var body = "HTTP/1.1 %d OK\r\nContent-Type: text/html\r\n\r\n%s"
          .formatted(i == 3 ? 404 : 200, page())
          .getBytes(StandardCharsets.UTF_8);
      bytes.write("""
          WARC/1.0\r
          WARC-Type: response\r
          WARC-Target-URI: %s\r
          WARC-Date: %sT00:00:00Z\r
          WARC-Record-ID: <urn:uuid:%d>\r
          Content-Type: application/http; msgtype=response\r
          Content-Length: %d\r
          \r
          """.formatted(url(), date(), i, body.length).getBytes(StandardCharsets.UTF_8));
      bytes.write(body);
      bytes.write("\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static byte[] packed(byte[] bytes) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private byte[] zip() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < 10; i++) {
        zip.putNextEntry(new ZipEntry("pages/" + i + ".html"));
        zip.write(page().getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  /// Writes them, good ones and broken ones.
  void write(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("more"));
    Files.write(folder.resolve("a.jsonl"), rows(0, 60));
    Files.writeString(folder.resolve("broken.jsonl.gz"), "not packed");
    Files.writeString(folder.resolve("broken.parquet"), "no table");
    Files.writeString(folder.resolve("broken.zip"), "no archive");
    Files.writeString(folder.resolve("empty.jsonl"), "");
    Files.write(folder.resolve("crawl.warc"), warc());
    var warc = packed(warc());
    Files.write(folder.resolve("cut.warc.gz"), java.util.Arrays.copyOf(warc, warc.length / 2));
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 40; i++) {
      docs.add(new Doc("p" + i, url(), "table", "text", "g" + i, "", text()));
    }
    DocFile.write(folder.resolve("docs.parquet"), docs);
    Files.write(folder.resolve("more/b.jsonl.gz"), packed(rows(100, 70)));
    Files.write(folder.resolve("more/c.zip"), zip());
    Files.write(folder.resolve("more/d.jsonl"), rows(200, 60));
  }
}
