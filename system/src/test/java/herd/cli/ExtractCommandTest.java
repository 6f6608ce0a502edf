package herd.cli;

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
}
