package herd.data.source;

import herd.recipe.CurateRecipe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Folders and archives as repositories.
class RepositoriesTest {
  private static final Map<String, String> FILES = Map.of(
      "LICENSE-MIT", "free of charge",
      "src/a.py", "import b",
      "src/b.py", "x = 1",
      ".git/config", "secret",
      "img/a.png", "\0\1");

  @TempDir
  Path dir;

  /// Path to the text, or to the reason why there is none.
  private static Map<String, String> read(Path file, String repo) {
    var all = new LinkedHashMap<String, String>();
    var reading = new Reading(1 << 20, "text", List.of(), true);
    try (var cursor = Source.of(file, reading).open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        var path = item.id().substring(item.id().indexOf("!/") + 2);
        switch (item.load()) {
          case Loaded.Document doc -> {
            assertThat(doc.metadata()).containsEntry("repo", repo).containsEntry("path", path);
            all.put(path, doc.text());
          }
          case Loaded.Unreadable(String reason) -> all.put(path, reason);
        }
      }
    }
    return all;
  }

  private static Path folder(Path folder) throws IOException {
    for (var file : FILES.entrySet()) {
      var path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
    return folder;
  }

  @Test
  void aFolderIsReadInTheOrderOfItsPathsWithoutHiddenFilesAndLinks() throws IOException {
    var folder = folder(dir.resolve("mine-1.2"));
    Files.writeString(dir.resolve("outside.py"), "x");
    Files.createSymbolicLink(folder.resolve("src/link.py"), dir.resolve("outside.py"));
    var all = read(folder, folder.toString());
    assertThat(List.copyOf(all.keySet()))
        .containsExactly("LICENSE-MIT", "img/a.png", "src/a.py", "src/b.py");
    assertThat(all)
        .containsEntry("LICENSE-MIT", "free of charge")
        .containsEntry("img/a.png", "other-file")
        .containsEntry("src/a.py", "import b");
  }

  @Test
  void archivesSayThePathOfTheirEntries() throws IOException {
    var zip = dir.resolve("lib-1.0-sources.jar");
    var tar = dir.resolve("pkg-1.0.tar.gz");
    try (var out = new ZipOutputStream(Files.newOutputStream(zip));
        var tarOut = new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(tar)))) {
      for (var file : new ArrayList<>(FILES.entrySet())) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(file.getValue().getBytes(StandardCharsets.UTF_8));
        out.putNextEntry(new ZipEntry(file.getKey()));
        out.write(bytes.toByteArray());
        var entry = new TarArchiveEntry("pkg-1.0/" + file.getKey());
        entry.setSize(bytes.size());
        tarOut.putArchiveEntry(entry);
        tarOut.write(bytes.toByteArray());
        tarOut.closeArchiveEntry();
      }
    }
    assertThat(read(zip, dir.resolve("lib-1.0").toString())).containsEntry("src/b.py", "x = 1");
    assertThat(read(tar, dir.resolve("pkg-1.0").toString()))
        .containsEntry("pkg-1.0/LICENSE-MIT", "free of charge");
  }

  @Test
  void aFolderWithCodeIsOneSourceOthersAreTheirFiles() throws IOException {
    var code = folder(dir.resolve("code"));
    var rows = Files.createDirectories(dir.resolve("rows"));
    Files.writeString(rows.resolve("a.jsonl"), "{\"text\": \"x\"}\n");
    var recipe = Files.writeString(dir.resolve("r.yaml"), "repositories: true\n");
    var read = CurateRecipe.read(recipe, List.of());
    assertThat(read.sources(List.of(code.toString(), rows.toString())))
        .containsExactly(code, rows.resolve("a.jsonl"));
    assertThat(CurateRecipe.read(null, List.of()).sources(List.of(code.toString())))
        .hasSize(4);
    var before = read.task(List.of(code), false, 1).sources();
    Files.writeString(code.resolve("src/c.py"), "x");
    assertThat(read.task(List.of(code), false, 1).sources()).isNotEqualTo(before);
  }
}
