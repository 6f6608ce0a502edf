package herd.cli;

import herd.run.TimeLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/// `extract`, a page in and its text out.
class ExtractCommandTest {
  private static final String PAGE = """
      <html lang=de-AT><head><title>Ein  Titel</title>
      <meta property="article:published_time" content="2024-07-23T10:00:00Z">
      <script type="application/ld+json">{"author": [{"@type": "Person", "name": "Ada L."}]}</script>
      <link rel=canonical href="https://a.example/x"></head>
      <body><nav>Start</nav><article><h1>Ein Titel</h1><p>Grüße aus einem Text, der lang genug ist.
      </article></body></html>
      """;

  @TempDir
  Path dir;

  @Test
  void pagesInFilesAndRowsBecomeTexts() throws IOException {
    try (var page = new GZIPOutputStream(Files.newOutputStream(dir.resolve("p.html.gz")))) {
      page.write(PAGE.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }
    var rows = dir.resolve("rows.jsonl");
    Files.writeString(rows, """
        {"id": 1, "html": "p.html.gz", "url": "https://a.example/y"}
        {"id": 2, "html_text": "<p>Short &amp; good."}
        {"id": 3, "html": "absent.html"}
        {"id": 4}
        """);
    var texts = dir.resolve("texts.jsonl");
    var called = new Called(dir.resolve("home"));
    int code = called.run(
        "", "extract", "--in", rows.toString(), "--out", texts.toString(), "--threads", "2");
    assertThat(code).as(called.err()).isZero();
    var lines = Files.readAllLines(texts);
    assertThat(lines).hasSize(4);
    assertThat(new JsonMapper().readTree(lines.get(0))).isEqualTo(new JsonMapper().readTree("""
            {"id": 1, "text": "Ein Titel\\n\\nGrüße aus einem Text, der lang genug ist.",
             "title": "Ein Titel", "date": "2024-07-23", "author": "Ada L.",
             "url": "https://a.example/x", "language": "de"}
            """));
    assertThat(lines.get(1)).startsWith("{\"id\":2,\"text\":\"Short & good.\"");
    assertThat(lines.get(2)).startsWith("{\"id\":3,\"error\":").contains("absent.html");
    assertThat(lines.get(3)).startsWith("{\"id\":4,\"error\":").contains("html_text");
  }

  /// A page that is never done ends at the limit however busy the machine is.
  @Test
  void aPageThatTakesTooLongHasNoText() {
    var pages = new ExtractCommand.Pages("-", new TimeLimit(0.05));
    var endless = new ExtractCommand.Pages.Page("https://a.example/", _ -> {
      while (true) {
        TimeLimit.heed();
      }
    });
    var cut = pages.answer(endless);
    assertThat(cut).isEqualTo(new JsonMapper().readTree("""
        {"text": "", "title": "", "date": "", "author": "", "url": "https://a.example/",
         "language": "", "reason": "time-limit"}
        """));
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    var row = new JsonMapper().createObjectNode().put("html_text", "<p>Short &amp; good.");
    assertThat(pages.answer(row).get("text").stringValue()).isEqualTo("Short & good.");
    assertThat(pages.counts().toString())
        .isEqualTo("{\"pages\":2,\"withoutText\":{\"time-limit\":1}}");
  }

  @Test
  void pagesWithoutTextKeepTheirPlaceAndAreCounted() throws IOException {
    var home = dir.resolve("home");
    var rows = dir.resolve("rows.jsonl");
    var many = "<p>a".repeat(300_000);
    Files.writeString(rows, """
        {"id": 1, "html_text": "<p>One."}
        {"id": 2, "html_text": "%s", "url": "https://a.example/y"}
        {"id": 3, "html_text": "<p>Three."}
        """.formatted(many));
    var called = new Called(home);
    assertThat(called.run("", "extract", "--in", rows.toString(), "--threads", "2"))
        .isZero();
    var lines = called.rows();
    assertThat(lines)
        .extracting(line -> line.get("text").stringValue())
        .containsExactly("One.", "", "Three.");
    assertThat(lines.get(1).get("reason").stringValue()).isEqualTo("too-many-elements");
    assertThat(lines.get(1).get("url").stringValue()).isEqualTo("https://a.example/y");
    assertThat(called.err()).contains("{too-many-elements=1}");
    var out = dir.resolve("texts.jsonl").toString();
    called.run("", "extract", "--in", rows.toString(), "--out", out, "--json");
    assertThat(called.rows().getFirst().toString())
        .isEqualTo("{\"pages\":3,\"withoutText\":{\"too-many-elements\":1}}");
    assertThat(called.run("", "extract", "--in", "-", "--seconds-per-document", "0"))
        .isEqualTo(2);
  }
}
