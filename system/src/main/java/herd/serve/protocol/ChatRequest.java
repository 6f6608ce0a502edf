package herd.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A body of `/v1/chat/completions`.
/// @param logProbs how many likely tokens are wanted beside each written one, -1 for no
/// log-probabilities
/// @param parallelCalls whether an answer may call several tools
/// @param templateVariables handed to the chat template (an extension: `chat_template_kwargs`)
public record ChatRequest(
    String model,
    List<ChatMessage> messages,
    Drawing drawing,
    List<ToolSpec> tools,
    ToolChoice toolChoice,
    boolean parallelCalls,
    ResponseFormat format,
    int logProbs,
    Map<String, Object> templateVariables) {
  static final int MOST_TOP = 20;
  private static final int MOST_MESSAGES = 100_000;

  /// @throws ApiError that names the first fault
  public static ChatRequest of(Fields f) {
    var model = f.text("model");
    var messages = messages(f);
    boolean logProbs = f.flag("logprobs", false);
    int top = f.whole("top_logprobs", 0, MOST_TOP, 0);
    if (top > 0 && !logProbs) {
      throw ApiError.invalid(
          "top_logprobs",
          "invalid_value",
          "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.");
    }
    var tools = ToolChoice.allowed(f, ToolSpec.list(f));
    int maxTokens = f.whole("max_completion_tokens", 1, Integer.MAX_VALUE, -1);
    int old = f.whole("max_tokens", 1, Integer.MAX_VALUE, -1);
    var out = new ChatRequest(
        model,
        messages,
        Drawing.of(f, maxTokens < 0 ? old : maxTokens),
        tools,
        ToolChoice.of(f, tools),
        f.flag("parallel_tool_calls", true),
        ResponseFormat.of(f),
        logProbs ? top : -1,
        variables(f));
    textOnly(f);
    f.end();
    return out;
  }

  private static void textOnly(Fields f) {
    for (JsonNode kind : f.list("modalities", 8)) {
      if (!kind.isString() || !kind.stringValue().equals("text")) {
        throw ApiError.unsupported("modalities", "This server writes text only.");
      }
    }
    f.refuse("audio", "this server writes text only.");
    f.refuse("prediction", "leave it out.");
    f.refuse("reasoning_effort", "these models do not reason apart from their answer.");
    f.refuse("verbosity", "ask for short answers in a message.");
    f.refuse("web_search_options", "this server searches nothing.");
  }

  private static List<ChatMessage> messages(Fields f) {
    if (!f.has("messages")) {
      throw ApiError.missing("messages");
    }
    var nodes = f.list("messages", MOST_MESSAGES);
    if (nodes.isEmpty()) {
      throw ApiError.invalid(
          "messages",
          "empty_array",
          "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.");
    }
    return messages(nodes);
  }

  static List<ChatMessage> messages(List<JsonNode> nodes) {
    var messages = new ArrayList<ChatMessage>();
    for (int i = 0; i < nodes.size(); i++) {
      messages.add(ChatMessage.of(nodes.get(i), "messages[" + i + "]"));
    }
    return messages;
  }

  @SuppressWarnings("unchecked") // an object becomes a map
  static Map<String, Object> variables(Fields f) {
    var node = f.any("chat_template_kwargs");
    if (node == null) {
      return Map.of();
    }
    Fields.of(node, "chat_template_kwargs");
    return (Map<String, Object>) Plain.of(node);
  }
}
