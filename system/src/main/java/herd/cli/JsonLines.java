package herd.cli;

import herd.engine.UserError;
import herd.engine.io.WholeFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/// Objects one a line in, one a line out, in the same order. A row that cannot be answered yields
/// `{"id","error"}`; the others go on.
final class JsonLines {
  private static final JsonMapper JSON = new JsonMapper();

  private JsonLines() {}

  /// A row that was read: what is asked, or why it cannot be.
  private record Row<T>(JsonNode id, T asked, String error) {}

  /// Answers each row by itself.
  /// @param in a file, `-` for standard input
  static void each(Main herd, String in, Function<ObjectNode, ObjectNode> answer) {
    batches(herd, in, 1, answer, answers -> answers);
  }

  /// Answers rows many at a time.
  /// @param batch how many
  /// @param read what a row asks; a `UserError` is that row's answer
  /// @param answer one answer for each, in order
  static <T> void batches(
      Main herd,
      String in,
      int batch,
      Function<ObjectNode, T> read,
      Function<List<T>, List<ObjectNode>> answer) {
    batches(herd, in, herd.out(), batch, read, answer);
  }

  /// As above, with the answers written to `out`.
  static <T> void batches(
      Main herd,
      String in,
      PrintStream out,
      int batch,
      Function<ObjectNode, T> read,
      Function<List<T>, List<ObjectNode>> answer) {
    try (var lines = open(herd, in)) {
      var rows = new ArrayList<Row<T>>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isBlank()) {
          continue;
        }
        rows.add(row(line, read));
        if (rows.size() == batch) {
          write(out, rows, answer);
          rows.clear();
        }
      }
      write(out, rows, answer);
    } catch (IOException e) {
      throw WholeFile.unreadable(Path.of(in), e);
    }
  }

  private static BufferedReader open(Main herd, String in) throws IOException {
    InputStream bytes = in.equals("-") ? herd.in() : Files.newInputStream(Path.of(in));
    return new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8));
  }

  private static <T> Row<T> row(String line, Function<ObjectNode, T> read) {
    JsonNode id = NullNode.instance;
    try {
      var json = JSON.readTree(line);
      if (!(json instanceof ObjectNode object)) {
        throw new UserError("row", "no JSON object", "One object a line.");
      }
      id = object.path("id").isMissingNode() ? id : object.get("id");
      return new Row<>(id, read.apply(object), null);
    } catch (JacksonException e) {
      return new Row<>(id, null, "row: not JSON: " + e.getOriginalMessage());
    } catch (UserError e) {
      return new Row<>(id, null, e.getMessage());
    }
  }

  private static <T> void write(
      PrintStream to, List<Row<T>> rows, Function<List<T>, List<ObjectNode>> answer) {
    var asked = rows.stream().filter(row -> row.error() == null).map(Row::asked).toList();
    var answers = asked.isEmpty() ? null : answer.apply(asked).iterator();
    for (var row : rows) {
      var out = JsonNodeFactory.instance.objectNode();
      out.set("id", row.id());
      if (row.error() != null) {
        out.put("error", row.error());
      } else {
        out.setAll(answers.next());
      }
      to.println(out);
    }
    to.flush();
  }

  /// The text under `key`.
  static String text(ObjectNode row, String key) {
    var value = row.path(key);
    if (!value.isString()) {
      throw new UserError(key, value.isMissingNode() ? "missing" : "" + value, "a string", "");
    }
    return value.stringValue();
  }

  /// The whole numbers under `key`.
  static int[] ids(ObjectNode row, String key) {
    var value = row.path(key);
    if (!value.isArray()) {
      throw new UserError(
          key, value.isMissingNode() ? "missing" : "no list", "a list of token ids", "");
    }
    var ids = new int[value.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!value.get(i).isInt()) {
        throw new UserError(key + "[" + i + "]", "" + value.get(i), "a token id", "");
      }
      ids[i] = value.get(i).intValue();
    }
    return ids;
  }
}
