package herd.serve;

import herd.engine.text.ChatFormat;
import herd.engine.text.Message;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.ChatMessage;
import herd.serve.protocol.ToolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Turns the messages of a request into the tokens that a model was trained to see.
@FunctionalInterface
public interface ChatPrompt {
  /// @param tools on offer, none if the model must not call
  /// @param asks whether the header of the assistant's next answer follows
  /// @param variables for the template
  /// @throws ApiError if the messages cannot be put that way
  int[] ids(
      List<ChatMessage> messages,
      List<ToolSpec> tools,
      boolean asks,
      Map<String, Object> variables);

  /// The plain format of Llama 3, which knows no tools.
  static ChatPrompt of(ChatFormat format) {
    return (messages, tools, asks, variables) -> {
      if (!tools.isEmpty() || !variables.isEmpty()) {
        throw ApiError.unsupported(
            tools.isEmpty() ? "chat_template_kwargs" : "tools",
            "This model's chat format knows no tools and no variables.");
      }
      var plain = new ArrayList<Message>();
      for (var message : messages) {
        if (!message.calls().isEmpty()) {
          throw ApiError.unsupported("messages", "This model's chat format knows no tools.");
        }
        var role = message.role().equals("tool") ? "ipython" : message.role();
        plain.add(new Message(role, message.content()));
      }
      return format.encode(plain, asks).ids();
    };
  }
}
