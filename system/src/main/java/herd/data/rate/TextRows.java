package herd.data.rate;

import com.github.luben.zstd.ZstdInputStream;
import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Documents as JSON rows with `id` and `text`, in a file that may be packed as `.gz` or `.zst`.
record TextRows(Path file) {
  /// Takes one document.
  @FunctionalInterface
  interface Each {
    /// @param row with a text
    /// @param number of the row, from 1
    void take(ObjectNode row, String text, long number) throws IOException;
  }

  /// Hands over all rows that have a text, in order.
  /// @return rows without one
  long forEach(Each each) {
    var json = new JsonMapper();
    long without = 0;
    try (var lines = new BufferedReader(new InputStreamReader(open(), StandardCharsets.UTF_8))) {
      long number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        if (json.readTree(line) instanceof ObjectNode row && row.path("text").isString()) {
          each.take(row, row.get("text").stringValue(), number);
        } else {
          without++;
        }
      }
    } catch (JacksonException e) {
      throw new UserError(
          file.toString(),
          "a line that is no JSON: " + e.getOriginalMessage(),
          "One object a line.");
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
    return without;
  }

  private InputStream open() throws IOException {
    var bytes = Files.newInputStream(file);
    var name = file.toString();
    if (name.endsWith(".gz")) {
      return new GZIPInputStream(bytes, 1 << 16);
    }
    return name.endsWith(".zst") ? new ZstdInputStream(bytes) : bytes;
  }

  /// The name of a row: its `id`, else its number.
  static String id(ObjectNode row, long number) {
    var id = row.path("id");
    return id.isMissingNode() || id.isNull() ? "" + number : id.asString("" + number);
  }
}
