package herd.serve.protocol;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Answers of `/v1/completions`, whole or in pieces.
/// @param id of the answer
/// @param created seconds since 1970
/// @param model name of the model
/// @param usage whether pieces say `"usage": null`, as they do where the last one counts tokens
public record CompletionReply(String id, long created, String model, boolean usage) {
  /// One choice.
  /// @param logProbs null if not asked for
  /// @param offset characters of text before the first token of `logProbs`
  /// @param finish `stop` or `length`; null in a piece that is not the last
  public record Choice(int index, String text, List<LogProb> logProbs, int offset, String finish) {}

  /// The whole answer.
  public String whole(List<Choice> choices, Usage counts) {
    var out = head();
    var all = out.putArray("choices");
    choices.forEach(choice -> put(choice, all.addObject()));
    counts.into(out.putObject("usage"));
    return out.toString();
  }

  /// A piece of one choice.
  public String piece(Choice choice) {
    var out = head();
    put(choice, out.putArray("choices").addObject());
    if (usage) {
      out.putNull("usage");
    }
    return out.toString();
  }

  /// The last piece of all, where usage was asked for.
  public String usage(Usage counts) {
    var out = head();
    out.putArray("choices");
    counts.into(out.putObject("usage"));
    return out.toString();
  }

  private ObjectNode head() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", "text_completion")
        .put("created", created)
        .put("model", model);
  }

  private static void put(Choice choice, ObjectNode out) {
    out.put("index", choice.index).put("text", choice.text);
    if (choice.logProbs == null) {
      out.putNull("logprobs");
    } else {
      out.set("logprobs", LogProb.completion(choice.logProbs, choice.offset));
    }
    out.put("finish_reason", choice.finish);
  }
}
