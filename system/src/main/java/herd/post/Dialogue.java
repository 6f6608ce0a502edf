package herd.post;

import herd.engine.UserError;
import herd.engine.io.JsonValue;
import herd.engine.text.Message;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;

/// A dialogue to learn from.
/// @param id unique among the dialogues
/// @param kind what it teaches: `describe`, `find`, `complete`
/// @param group what it was made from: the top-level class
/// @param turns of `user` and `assistant`
public record Dialogue(String id, String kind, String group, List<Message> turns) {
  public Dialogue {
    turns = List.copyOf(turns);
  }

  /// A question and its answer.
  static Dialogue of(String id, String kind, String group, String question, String answer) {
    return new Dialogue(
        id, kind, group, List.of(new Message("user", question), new Message("assistant", answer)));
  }

  /// Writes `dialogues.jsonl`: a dialogue a line, its turns under `messages`.
  /// @throws UserError if it cannot be written
  public static void write(Path file, List<Dialogue> dialogues) {
    JsonLines.write(file, dialogues, dialogue -> {
      var line = new LinkedHashMap<String, Object>();
      line.put("id", dialogue.id);
      line.put("kind", dialogue.kind);
      line.put("group", dialogue.group);
      line.put("messages", dialogue.turns.stream().map(Dialogue::message).toList());
      return line;
    });
  }

  /// Reads what [#write] wrote, and any file with `messages` of `role` and `content`.
  /// @throws UserError naming the line that is wrong
  public static List<Dialogue> read(Path file) {
    return JsonLines.read(
        file,
        line -> new Dialogue(
            line.find("id").string(line.where()),
            line.find("kind").string(""),
            line.find("group").string(""),
            line.get("messages").list().stream().map(Dialogue::turn).toList()));
  }

  private static LinkedHashMap<String, Object> message(Message turn) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", turn.role());
    message.put("content", turn.content());
    return message;
  }

  private static Message turn(JsonValue message) {
    return new Message(message.get("role").string(), message.get("content").string());
  }
}
