package herd.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `language`, a text in and its label out.
class LanguageCommandTest {
  private static final String ROWS = """
      {"id": "a", "text": "kalo lo"}
      {"id": "b"}
      {"id": "c", "text": 7}
      no json
      {"text": ""}
      """;

  @TempDir
  Path dir;

  static String model() throws URISyntaxException {
    var file = LanguageCommandTest.class.getResource("/herd/data/fasttext/tree.ftz");
    return Path.of(file.toURI()).toString();
  }

  @Test
  void rowsAreAnsweredInOrderAndFailOneByOne() throws IOException, URISyntaxException {
    var called = new Called(dir);
    int code = called.run(ROWS, "language", "--model", model(), "--top", "2", "--threads", "2");
    assertThat(code).as(called.err()).isZero();
    var rows = called.rows();
    assertThat(rows).hasSize(5);
    assertThat(rows.get(0).get("label").stringValue()).isEqualTo("ada");
    assertThat(rows.get(0).get("probability").doubleValue()).isBetween(0.1, 1.001);
    assertThat(rows.get(0).get("top")).hasSize(2);
    assertThat(rows.get(1).get("error").stringValue()).contains("text");
    assertThat(rows.get(2).get("error").stringValue()).contains("text").contains("7");
    assertThat(rows.get(3).get("error").stringValue()).contains("not JSON");
    assertThat(rows.get(4).has("label")).isTrue();
    var out = dir.resolve("out.jsonl");
    assertThat(called.run(ROWS, "language", "--model", model(), "--out", out.toString()))
        .isZero();
    assertThat(Files.readAllLines(out)).hasSize(5);
  }

  @Test
  void aModelThatIsNotThereIsAUsersMistake() throws IOException {
    var called = new Called(dir);
    assertThat(called.run(ROWS, "language", "--model", "absent.bin")).isEqualTo(2);
    assertThat(called.err()).contains("absent.bin").contains("lid.176.ftz");
    Files.writeString(dir.resolve("short.bin"), "abc");
    assertThat(called.run(ROWS, "language", "--model", dir.resolve("short.bin").toString()))
        .isEqualTo(2);
    assertThat(called.err()).contains("short.bin at byte 0");
  }
}
