package herd.post;

import herd.engine.UserError;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;

/// Two answers to one question, of which one is to be preferred (Llama 3 paper, section 4.2.1).
/// @param id unique among the pairs
/// @param kind why one is better: the kinds of [PreferencePairs]
/// @param group what it was made from: the top-level class
/// @param prompt what the user says
/// @param chosen the better answer
/// @param rejected the worse one
public record Pair(
    String id, String kind, String group, String prompt, String chosen, String rejected) {

  /// Writes `pairs.jsonl`: a pair a line.
  /// @throws UserError if it cannot be written
  public static void write(Path file, List<Pair> pairs) {
    JsonLines.write(file, pairs, pair -> {
      var line = new LinkedHashMap<String, Object>();
      line.put("id", pair.id);
      line.put("kind", pair.kind);
      line.put("group", pair.group);
      line.put("prompt", pair.prompt);
      line.put("chosen", pair.chosen);
      line.put("rejected", pair.rejected);
      return line;
    });
  }

  /// Reads what [#write] wrote, and any file with `prompt`, `chosen` and `rejected`.
  /// @throws UserError naming the line that is wrong
  public static List<Pair> read(Path file) {
    return JsonLines.read(
        file,
        line -> new Pair(
            line.find("id").string(line.where()),
            line.find("kind").string(""),
            line.find("group").string(""),
            line.get("prompt").string(),
            line.get("chosen").string(),
            line.get("rejected").string()));
  }
}
