package herd.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Small archives for tests.
final class Archives {
  private Archives() {}

  static Path write(Path file, Map<String, byte[]> entries) throws IOException {
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
  static Path write(Path file, String... namesAndTexts) throws IOException {
    var entries = new LinkedHashMap<String, byte[]>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      entries.put(namesAndTexts[i], namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    return write(file, entries);
  }

  static Doc page(String id, String text) {
    return new Doc(id, id, "test", "page", id, id, text);
  }

  static Doc code(String id, String text) {
    return new Doc(id, id, "test", "code", id, id, text);
  }
}
