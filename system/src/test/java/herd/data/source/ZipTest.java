package herd.data.source;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ZipTest {
  private static final int MAX = 4 << 20;

  @TempDir
  Path dir;

  /// Id to document, or to the reason why there is none.
  private static Map<String, Object> read(Path... jars) {
    var all = new LinkedHashMap<String, Object>();
    var reading = new Reading(MAX, "text", List.of("html", "java"));
    for (var jar : jars) {
      try (var cursor = Source.of(jar, reading).open()) {
        for (var item = cursor.next(); item != null; item = cursor.next()) {
          all.put(
              item.id(),
              switch (item.load()) {
                case Loaded.Document doc -> doc;
                case Loaded.Unreadable(String reason) -> reason;
              });
        }
      }
    }
    return all;
  }

  private static Path write(Path file, Map<String, byte[]> entries) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }

  /// Names and texts in turn.
  private static Path write(Path file, String... namesAndTexts) throws IOException {
    var entries = new LinkedHashMap<String, byte[]>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      entries.put(namesAndTexts[i], namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    return write(file, entries);
  }

  @Test
  void pagesAndSourcesOfAClassShareAGroup() throws IOException {
    var pages = write(
        dir.resolve("tea-pot-1.2-javadoc.jar"),
        "element-list",
        "module:tea.module\na.b\n",
        "tea.module/a/b/Cup.Handle.html",
        "<p>Handle",
        "tea.module/a/b/class-use/Cup.html",
        "<p>Use",
        "src-html/a/b/Cup.html",
        "<p>Source",
        "a/b/package-summary.html",
        "<p>Package",
        "a/b/doc-files/notes.html",
        "<p>Notes",
        "index-all.html",
        "<p>Index",
        "logo.png",
        "x");
    var sources = write(
        dir.resolve("tea-pot-1.2-sources.jar"),
        "a/b/Cup.java",
        "package a.b;\nclass Cup {}",
        "META-INF/versions/9/a/b/Cup.java",
        "package a.b;\nclass Cup {}",
        "odd/place/Cup.java",
        "// a comment\n\npackage a.b;\nclass Cup {}",
        "module-info.java",
        "module tea.module {}",
        "a/b/package-info.java",
        "package a.b;");
    var read = read(pages, sources);
    var groups = new LinkedHashMap<String, String>();
    read.forEach((id, found) -> groups.put(
        id.substring(id.indexOf("!/") + 2),
        found instanceof Loaded.Document doc ? doc.group() : "" + found));
    assertThat(groups)
        .containsEntry("tea.module/a/b/Cup.Handle.html", "a.b.Cup")
        .containsEntry("tea.module/a/b/class-use/Cup.html", "a.b.Cup")
        .containsEntry("src-html/a/b/Cup.html", "a.b.Cup")
        .containsEntry("a/b/package-summary.html", "a.b")
        .containsEntry(
            "a/b/doc-files/notes.html", "a.b.package-files".replace(".package-files", ""))
        .containsEntry("index-all.html", "tea-pot-1.2")
        .containsEntry("logo.png", "other-file")
        .containsEntry("a/b/Cup.java", "a.b.Cup")
        .containsEntry("META-INF/versions/9/a/b/Cup.java", "a.b.Cup")
        .containsEntry("odd/place/Cup.java", "a.b.Cup")
        .containsEntry("module-info.java", "tea-pot-1.2")
        .containsEntry("a/b/package-info.java", "a.b");
    var cup = (Loaded.Document) read.get("tea-pot-1.2-sources.jar!/a/b/Cup.java");
    assertThat(cup.url()).isEqualTo("tea-pot/a/b/Cup.java");
    assertThat(cup.source()).isEqualTo("tea-pot-1.2");
    assertThat(cup.kind()).isEqualTo("code");
  }

  @Test
  void whatIsNoArchiveIsAnErrorThatNamesIt() throws IOException {
    var broken = Files.writeString(dir.resolve("broken.jar"), "this is no archive");
    assertThatThrownBy(() -> read(broken))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(broken.toString());
    assertThatThrownBy(() -> read(dir.resolve("absent.jar"))).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> read(Files.createDirectory(dir.resolve("d.jar"))))
        .isInstanceOf(UserError.class);
  }

  @Test
  void damagedEntriesAreDroppedAndTheOthersRead() throws IOException {
    var body = "<p>" + "0123456789".repeat(200) + "</p>";
    var noise = new byte[2000];
    new Random(1).nextBytes(noise);
    var text = new StringBuilder(body);
    for (byte b : noise) {
      text.append((char) ('a' + (b & 15)));
    }
    var jar =
        write(dir.resolve("damaged.jar"), "a/A.html", text.toString(), "a/B.html", "<p>whole");
    var bytes = Files.readAllBytes(jar);
    for (int i = 300; i < 330; i++) {
      bytes[i] ^= 0x55;
    }
    Files.write(jar, bytes);
    var read = read(jar);
    assertThat(read.get("damaged.jar!/a/A.html")).isEqualTo("damaged-entry");
    assertThat(read.get("damaged.jar!/a/B.html")).isInstanceOf(Loaded.Document.class);
  }

  @Test
  void everyTruncationAndManyFlipsAreErrorsOrReasons() throws IOException {
    var whole = Files.readAllBytes(
        write(dir.resolve("w.jar"), "a/A.html", "<p>one", "a/B.java", "package a;"));
    var random = new Random(7);
    for (int n = 0; n < whole.length + 200; n += n < whole.length ? 3 : 1) {
      var bytes = n < whole.length ? Arrays.copyOf(whole, n) : whole.clone();
      if (n >= whole.length) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      var file = Files.write(dir.resolve("t.jar"), bytes);
      try {
        read(file);
      } catch (UserError expected) {
        assertThat(expected.getMessage()).contains("t.jar");
      }
    }
  }

  @Test
  void bombsAndHugeLinesAreDroppedUnread() throws IOException {
    var bomb = new byte[3 << 20];
    Arrays.fill(bomb, (byte) ' ');
    var inner = Files.readAllBytes(write(dir.resolve("inner.jar"), Map.of("x.html", bomb)));
    var line = new byte[MAX + 1];
    for (int i = 0; i < line.length; i++) {
      line[i] = (byte) ('a' + i * 7919L % 26);
    }
    var jar = write(
        dir.resolve("bombs.jar"), Map.of("bomb.html", bomb, "inner.jar", inner, "line.html", line));
    assertThat(read(jar))
        .containsEntry("bombs.jar!/bomb.html", "packed-too-well")
        .containsEntry("bombs.jar!/inner.jar", "other-file")
        .containsEntry("bombs.jar!/line.html", "entry-too-large");
  }

  @Test
  void otherEncodingsAreReadAndBinariesDropped() throws IOException {
    var western = "<meta charset=iso-8859-1><p>Käse".getBytes(Charset.forName("windows-1252"));
    var jar = write(
        dir.resolve("e.jar"),
        Map.of(
            "w.html",
            western,
            "u.html",
            "\ufeff<p>Käse".getBytes(StandardCharsets.UTF_16LE),
            "b.html",
            new byte[500],
            "e.html",
            new byte[0]));
    var read = read(jar);
    assertThat(((Loaded.Document) read.get("e.jar!/w.html")).text()).endsWith("Käse");
    assertThat(((Loaded.Document) read.get("e.jar!/u.html")).text()).endsWith("Käse");
    assertThat(read.get("e.jar!/b.html")).isEqualTo("not-text");
    assertThat(((Loaded.Document) read.get("e.jar!/e.html")).text()).isEmpty();
  }
}
