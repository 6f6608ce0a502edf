package herd.post;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.io.JsonWriter;
import herd.engine.io.WholeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// Files of one JSON value a line.
final class JsonLines {
  private JsonLines() {}

  /// @param json of an item: what [JsonWriter] takes
  static <T> void write(Path file, List<T> items, Function<T, Object> json) {
    WholeFile.write(file, out -> {
      var bytes = new ByteArrayOutputStream();
      for (T item : items) {
        bytes.writeBytes(JsonWriter.write(json.apply(item)).getBytes(StandardCharsets.UTF_8));
        bytes.write('\n');
        if (bytes.size() > 1 << 20) {
          out.write(bytes.toByteArray());
          bytes.reset();
        }
      }
      out.write(bytes.toByteArray());
    });
  }

  /// Blank lines are passed over.
  /// @throws UserError naming file and line
  static <T> List<T> read(Path file, Function<JsonValue, T> item) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
    var items = new ArrayList<T>();
    int line = 1;
    for (int from = 0; from < bytes.length; line++) {
      int to = from;
      while (to < bytes.length && bytes[to] != '\n') {
        to++;
      }
      var row = Arrays.copyOfRange(bytes, from, to);
      if (!new String(row, StandardCharsets.UTF_8).isBlank()) {
        String where = file + " line " + line;
        items.add(item.apply(new JsonValue(Json.read(row, where), where)));
      }
      from = to + 1;
    }
    return items;
  }
}
