package herd.eval;

import herd.engine.UserError;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.json.JsonMapper;

/// Every item of an evaluation, one JSON object a line: model, measure, prompt, output, score.
final class ItemLog implements AutoCloseable {
  private final Path path;
  private final BufferedWriter out;

  ItemLog(Path path) {
    this.path = path;
    try {
      out = Files.newBufferedWriter(path);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  void write(
      String model, Measure measure, String id, String prompt, String output, ItemScores s, int i) {
    var line = JsonMapper.shared().createObjectNode();
    line.put("model", model).put("measure", measure.text()).put("id", id);
    line.put("prompt", prompt).put("output", output);
    line.put("score", s.numerators()[i] / s.denominators()[i]);
    try {
      out.write(line.toString());
      out.newLine();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private UserError unwritable(IOException e) {
    return new UserError(
        path.toString(), "cannot be written (" + e.getMessage() + ")", "Free space there.");
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw unwritable(e);
    }
  }
}
