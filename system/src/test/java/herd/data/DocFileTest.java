package herd.data;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DocFileTest {
  @TempDir
  Path dir;

  private static List<Doc> documents() {
    var random = new Random(5);
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 300; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(200); n > 0; n--) {
        int point = random.nextInt(0x11000);
        text.appendCodePoint(point >= 0xD800 && point < 0xE000 ? '\n' : point);
      }
      docs.add(new Doc("id" + i, "", "source", "page", "g" + i % 7, "Title", text.toString()));
    }
    docs.add(new Doc("long", "u", "s", "code", "g", "t", "a line ".repeat(300_000)));
    return docs;
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    var file = dir.resolve("docs.parquet");
    DocFile.write(file, documents());
    assertThat(DocFile.read(file)).isEqualTo(documents());
    DocFile.write(file, List.of());
    assertThat(DocFile.read(file)).isEmpty();
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void theSameDocumentsGiveTheSameBytes() throws IOException {
    DocFile.write(dir.resolve("a"), documents());
    DocFile.write(dir.resolve("b"), documents());
    assertThat(dir.resolve("a")).hasSameBinaryContentAs(dir.resolve("b"));
  }

  @Test
  void damageIsAnErrorThatNamesTheFile() throws IOException {
    var file = dir.resolve("docs.parquet");
    DocFile.write(file, documents().subList(0, 5));
    var whole = Files.readAllBytes(file);
    for (int n = 0; n < whole.length; n += 7) {
      Files.write(file, Arrays.copyOf(whole, n));
      assertThatThrownBy(() -> DocFile.read(file))
          .isInstanceOf(UserError.class)
          .hasMessageContaining(file.toString());
    }
    Files.write(file, "PAR1 not really PAR1".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> DocFile.read(file)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> DocFile.read(dir.resolve("absent"))).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> DocFile.read(dir)).isInstanceOf(UserError.class);
  }

  @Test
  void nothingHalfWrittenIsLeft() throws IOException {
    var file = dir.resolve("no-such-folder").resolve("docs.parquet");
    assertThatThrownBy(() -> DocFile.write(file, documents())).isInstanceOf(RuntimeException.class);
    var here = dir.resolve("docs.parquet");
    var broken = new ArrayList<>(documents());
    broken.set(3, new Doc(null, "", "", "", "", "", ""));
    assertThatThrownBy(() -> DocFile.write(here, broken)).isInstanceOf(RuntimeException.class);
    try (var files = Files.list(dir)) {
      assertThat(files).isEmpty();
    }
  }
}
