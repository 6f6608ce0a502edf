package herd.data.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class JsonRowsTest {
  @TempDir
  Path dir;

  private static List<String> read(Path file, int most) {
    var all = new ArrayList<String>();
    try (var cursor = Source.of(file, Reading.all(most)).open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        all.add(
            switch (item.load()) {
              case Loaded.Document d -> item.id() + "=" + d.text();
              case Loaded.Unreadable(String reason) -> reason;
            });
      }
    }
    return all;
  }

  @Test
  void rowsAreReadAndBrokenOnesHaveReasons() throws IOException {
    var rows = """
        {"id": "a", "text": "tea", "n": 3}

        {"text": "cup", "url": "http://x/"}
        {"id": "c", "text": "half \\ud800 pair"}
        not json
        [1]
        {"id": "d"}
        {"id": "e", "text": "cut
        {"id": "f", "text": "nul \\u0000"}""";
    var file = Files.writeString(dir.resolve("r.jsonl"), rows);
    assertThat(read(file, 1000))
        .containsExactly(
            "a=tea",
            "r.jsonl:3=cup",
            "c=half \ufffd pair",
            "not-json",
            "not-a-json-object",
            "no-text",
            "not-json",
            "f=nul \0");
    var packed = dir.resolve("r.jsonl.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(rows.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(read(packed, 1000)).hasSize(8).contains("a=tea");
    var whole = Files.readAllBytes(packed);
    Files.write(packed, java.util.Arrays.copyOf(whole, whole.length - 30));
    assertThat(read(packed, 1000)).last().isEqualTo("file-damaged");
  }

  @Test
  void aLongLineIsPassedOverInLittleMemory() throws IOException {
    var file = dir.resolve("long.jsonl");
    try (var out = Files.newBufferedWriter(file)) {
      out.write("{\"text\": \"one\"}\n{\"text\": \"");
      var some = "x".repeat(1 << 16);
      for (int i = 0; i < 200; i++) {
        out.write(some);
      }
      out.write("\"}\n{\"text\": \"three\"}\n");
    }
    assertThat(read(file, 100_000))
        .containsExactly("long.jsonl:1=one", "line-too-long", "long.jsonl:3=three");
    assertThat(read(file, 1 << 24)).hasSize(3).doesNotContain("line-too-long");
  }
}
