package herd.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `dedup` and `reference`.
class DedupCommandTest {
  private static final String TEXT =
      "the quick brown fox jumps over the lazy dog while seven wizards boil black quartz slowly";

  @TempDir
  Path dir;

  private Path rows() throws IOException {
    var rows = dir.resolve("docs.jsonl");
    Files.writeString(rows, """
        {"id": "a", "text": "%s"}
        {"id": "b", "text": "Nothing of this kind was ever said by anybody before today"}
        {"id": "broken"}
        {"id": "c", "text": "%s!"}
        """.formatted(TEXT, TEXT.toUpperCase(Locale.ROOT)));
    return rows;
  }

  @Test
  void documentsAndPairsAreShown() throws IOException {
    var called = new Called(dir);
    int code = called.run("", "dedup", "--in", rows().toString());
    assertThat(code).as(called.err()).isZero();
    var rows = called.rows();
    assertThat(rows).hasSize(4);
    assertThat(rows.get(0).get("keep").booleanValue()).isTrue();
    assertThat(rows.get(2).get("error").stringValue()).isEqualTo("no-text");
    assertThat(rows.get(3).get("cluster").stringValue()).isEqualTo("a");
    assertThat(rows.get(3).get("keep").booleanValue()).isFalse();
    called = new Called(dir);
    assertThat(called.run("", "dedup", "--in", rows().toString(), "--pairs", "--threads", "2"))
        .isZero();
    rows = called.rows();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).get("a").stringValue()).isEqualTo("a");
    assertThat(rows.get(0).get("b").stringValue()).isEqualTo("c");
    assertThat(rows.get(0).get("jaccard").doubleValue()).isEqualTo(1);
    assertThat(rows.get(0).get("estimated").doubleValue()).isEqualTo(1);
    assertThat(rows.get(0).get("bands")).hasSize(14);
    assertThat(rows.get(1).get("cluster")).hasSize(2);
    assertThat(rows.get(1).get("kept").stringValue()).isEqualTo("a");
  }

  @Test
  void wordsAreCounted() throws IOException {
    var called = new Called(dir);
    var out = dir.resolve("words.ref");
    int code =
        called.run("", "reference", "--in", rows().toString(), "--out", out.toString(), "--json");
    assertThat(code).as(called.err()).isZero();
    assertThat(called.rows().getFirst().get("documents").intValue()).isEqualTo(3);
    assertThat(out).exists();
    assertThat(new Called(dir).run("", "dedup", "--in", rows().toString(), "--rows", "0"))
        .isEqualTo(2);
  }
}
