package herd.serve.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// One message of a chat request.
/// @param role `system`, `user`, `assistant` or `tool`; `developer` has become `system`
/// @param content its text, text parts joined by line breaks; null where an assistant only called
/// tools
/// @param calls the assistant's tool calls
/// @param answers id of the call that a tool's message answers, null otherwise
public record ChatMessage(String role, String content, List<ToolCall> calls, String answers) {
  private static final List<String> ROLES =
      List.of("system", "developer", "user", "assistant", "tool");
  private static final int MOST_PARTS = 10_000;

  static ChatMessage of(JsonNode node, String path) {
    var f = Fields.of(node, path);
    var role = f.choice("role", null, ROLES);
    if (role == null) {
      throw ApiError.missing(f.name("role"));
    }
    var content = content(f.any("content"), f.name("content"));
    f.ignore("name");
    var calls = List.<ToolCall>of();
    String answers = null;
    if (role.equals("assistant")) {
      calls = calls(f);
      f.refuse("function_call", "use 'tool_calls'.");
      f.refuse("audio", "this server takes text only.");
      var refusal = f.text("refusal", null);
      content = content == null ? refusal : content;
      f.ignore("annotations", "reasoning_content", "reasoning");
    } else if (role.equals("tool")) {
      answers = f.text("tool_call_id");
    }
    if (content == null && calls.isEmpty()) {
      throw ApiError.missing(f.name("content"));
    }
    f.end();
    return new ChatMessage(role.equals("developer") ? "system" : role, content, calls, answers);
  }

  private static String content(JsonNode node, String name) {
    if (node == null || node.isString()) {
      return node == null ? null : node.stringValue();
    }
    if (!node.isArray()) {
      throw ApiError.wrongType(name, "a string or an array of parts", Fields.kind(node));
    }
    var texts = new ArrayList<String>();
    var parts = Fields.list(node, name, MOST_PARTS);
    for (int i = 0; i < parts.size(); i++) {
      var part = Fields.of(parts.get(i), name + "[" + i + "]");
      switch (part.text("type")) {
        case "text" -> texts.add(part.text("text"));
        case "refusal" -> texts.add(part.text("refusal"));
        case String other ->
          throw ApiError.unsupported(
              part.name("type"),
              "Content parts of type '%s' are not supported: this server takes text only."
                  .formatted(ApiError.shown(other)));
      }
      part.ignore("cache_control");
      part.end();
    }
    return String.join("\n", texts);
  }

  private static List<ToolCall> calls(Fields f) {
    var calls = new ArrayList<ToolCall>();
    var nodes = f.list("tool_calls", ToolSpec.MOST);
    for (int i = 0; i < nodes.size(); i++) {
      var call = Fields.of(nodes.get(i), f.name("tool_calls[" + i + "]"));
      call.choice("type", "function", List.of("function"));
      call.ignore("index");
      var id = call.text("id", "call_" + i);
      var function = call.object("function");
      if (function == null) {
        throw ApiError.missing(call.name("function"));
      }
      var name = function.text("name");
      var arguments = function.text("arguments", "{}");
      var parsed =
          arguments.isBlank() ? Map.of() : arguments(arguments, function.name("arguments"));
      calls.add(new ToolCall(id, name, arguments.isBlank() ? "{}" : arguments, parsed));
      function.end();
      call.end();
    }
    return calls;
  }

  private static Object arguments(String json, String name) {
    try {
      return Plain.parse(json);
    } catch (ApiError e) {
      throw ApiError.invalid(name, "invalid_json", "'" + name + "' is not JSON: " + e.getMessage());
    }
  }

  /// A call in a message.
  /// @param arguments as JSON text
  /// @param parsed the same as maps, lists and scalars
  public record ToolCall(String id, String name, String arguments, Object parsed) {}

  /// The same conversation with one call a message: each is followed by its result, if there is
  /// one.
  public static List<ChatMessage> oneCallEach(List<ChatMessage> messages) {
    var out = new ArrayList<ChatMessage>();
    for (int i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      if (message.calls().size() < 2) {
        out.add(message);
        continue;
      }
      var results = new ArrayList<ChatMessage>();
      while (i + 1 < messages.size() && messages.get(i + 1).answers() != null) {
        results.add(messages.get(++i));
      }
      var content = message.content();
      for (var call : message.calls()) {
        out.add(new ChatMessage(message.role(), content, List.of(call), null));
        content = null;
        for (var result : List.copyOf(results)) {
          if (result.answers().equals(call.id())) {
            out.add(result);
            results.remove(result);
          }
        }
      }
      out.addAll(results);
    }
    return out;
  }

  /// The message as chat templates take it: maps and lists under their usual names.
  public Map<String, Object> plain() {
    var out = new LinkedHashMap<String, Object>();
    out.put("role", role);
    out.put("content", content == null ? "" : content);
    if (!calls.isEmpty()) {
      var all = new ArrayList<Object>();
      for (var call : calls) {
        var function = new LinkedHashMap<String, Object>();
        function.put("name", call.name());
        function.put("arguments", call.parsed());
        var one = new LinkedHashMap<String, Object>();
        one.put("id", call.id());
        one.put("type", "function");
        one.put("function", function);
        all.add(one);
      }
      out.put("tool_calls", all);
    }
    if (answers != null) {
      out.put("tool_call_id", answers);
    }
    return out;
  }
}
