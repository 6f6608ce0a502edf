package herd.serve.protocol;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Answers of `/v1/chat/completions`, whole or in pieces.
/// @param id of the answer
/// @param created seconds since 1970
/// @param model name of the model
/// @param usage whether pieces say `"usage": null`, as they do where the last one counts tokens
public record ChatReply(String id, long created, String model, boolean usage) {
  /// One choice of a whole answer.
  /// @param content null if there is none
  /// @param logProbs null if not asked for
  /// @param finish `stop`, `length` or `tool_calls`
  public record Choice(String content, List<Called> calls, List<LogProb> logProbs, String finish) {}

  /// A tool call.
  /// @param arguments JSON
  public record Called(String id, String name, String arguments) {}

  /// The whole answer.
  public String whole(List<Choice> choices, Usage counts) {
    var out = head("chat.completion");
    var all = out.putArray("choices");
    for (int i = 0; i < choices.size(); i++) {
      var choice = choices.get(i);
      var one = all.addObject().put("index", i);
      var message = one.putObject("message").put("role", "assistant");
      message.put("content", choice.content).putNull("refusal");
      if (!choice.calls.isEmpty()) {
        var calls = message.putArray("tool_calls");
        for (var call : choice.calls) {
          var node = calls.addObject().put("id", call.id).put("type", "function");
          node.putObject("function").put("name", call.name).put("arguments", call.arguments);
        }
      }
      logProbs(one, choice.logProbs);
      one.put("finish_reason", choice.finish);
    }
    counts.into(out.putObject("usage"));
    return out.toString();
  }

  /// The first piece of a choice.
  public String role(int index) {
    var out = head("chat.completion.chunk");
    choice(out, index, null, null).put("role", "assistant").put("content", "");
    return ended(out);
  }

  /// A piece of text.
  public String text(int index, String delta, List<LogProb> logProbs) {
    var out = head("chat.completion.chunk");
    choice(out, index, logProbs, null).put("content", delta);
    return ended(out);
  }

  /// The beginning of a tool call.
  public String call(int index, int call, String callId, String name) {
    var out = head("chat.completion.chunk");
    var calls = choice(out, index, null, null).putArray("tool_calls");
    var one = calls.addObject().put("index", call).put("id", callId).put("type", "function");
    one.putObject("function").put("name", name).put("arguments", "");
    return ended(out);
  }

  /// A piece of a tool call's arguments.
  public String arguments(int index, int call, String delta) {
    var out = head("chat.completion.chunk");
    var calls = choice(out, index, null, null).putArray("tool_calls");
    calls.addObject().put("index", call).putObject("function").put("arguments", delta);
    return ended(out);
  }

  /// The last piece of a choice.
  public String finish(int index, String reason, List<LogProb> logProbs) {
    var out = head("chat.completion.chunk");
    choice(out, index, logProbs, reason);
    return ended(out);
  }

  /// The last piece of all, where usage was asked for.
  public String usage(Usage counts) {
    var out = head("chat.completion.chunk");
    out.putArray("choices");
    counts.into(out.putObject("usage"));
    return out.toString();
  }

  private ObjectNode head(String object) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model);
  }

  private static ObjectNode choice(
      ObjectNode out, int index, List<LogProb> logProbs, String finish) {
    var one = out.putArray("choices").addObject().put("index", index);
    var delta = one.putObject("delta");
    logProbs(one, logProbs);
    one.put("finish_reason", finish);
    return delta;
  }

  private static void logProbs(ObjectNode choice, List<LogProb> tokens) {
    if (tokens == null) {
      choice.putNull("logprobs");
    } else {
      choice.set("logprobs", LogProb.chat(tokens));
    }
  }

  private String ended(ObjectNode out) {
    if (usage) {
      out.putNull("usage");
    }
    return out.toString();
  }
}
