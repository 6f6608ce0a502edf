package herd.serve.protocol;

import java.util.List;
import java.util.Map;

/// A body of `/tokenize`, as vLLM takes it: a prompt, or messages for the chat template.
/// @param prompt text, null where there are messages
/// @param specials whether special tokens written out in the prompt are such tokens
/// @param messages of a chat, null where there is a prompt
public record TokenizeRequest(
    String model,
    String prompt,
    List<ChatMessage> messages,
    boolean addSpecials,
    boolean specials,
    boolean addGenerationPrompt,
    boolean tokenTexts,
    List<ToolSpec> tools,
    Map<String, Object> templateVariables) {

  /// @throws ApiError that names the first fault
  public static TokenizeRequest of(Fields f) {
    boolean chat = f.has("messages");
    var prompt = f.text("prompt", null);
    if (chat == (prompt != null)) {
      throw chat
          ? ApiError.invalid("prompt", "invalid_value", "Give 'prompt' or 'messages', not both.")
          : ApiError.missing("prompt");
    }
    var out = new TokenizeRequest(
        f.text("model", null),
        prompt,
        chat ? ChatRequest.messages(f.list("messages", Integer.MAX_VALUE)) : null,
        f.flag("add_special_tokens", !chat),
        f.flag("parse_special_tokens", true),
        f.flag("add_generation_prompt", true),
        f.flag("return_token_strs", false),
        ToolSpec.list(f),
        ChatRequest.variables(f));
    f.end();
    return out;
  }

  /// A body of `/detokenize`.
  public record Back(String model, int[] ids) {
    /// @throws ApiError that names the first fault
    public static Back of(Fields f) {
      var nodes = f.list("tokens", Integer.MAX_VALUE);
      if (!f.has("tokens")) {
        throw ApiError.missing("tokens");
      }
      var ids = new int[nodes.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = (int) Fields.whole(nodes.get(i), "tokens[" + i + "]", 0, Integer.MAX_VALUE);
      }
      var out = new Back(f.text("model", null), ids);
      f.end();
      return out;
    }
  }
}
