package herd.serve;

import herd.engine.UserError;
import herd.engine.text.ChatTemplate;
import herd.engine.text.Conversation;
import herd.engine.text.Tokenizer;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.ChatMessage;
import herd.serve.protocol.ToolSpec;
import java.time.LocalDateTime;
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

  /// The template that they are put with, null if there is none.
  default String template() {
    return null;
  }

  /// The model's own template. Where it refuses a message with several tool calls, as those of
  /// Llama 3.1 and 3.2 do, the calls become messages of their own, each with its result after it.
  static ChatPrompt of(ChatTemplate template, Tokenizer tokenizer) {
    return new ChatPrompt() {
      @Override
      public int[] ids(
          List<ChatMessage> messages,
          List<ToolSpec> tools,
          boolean asks,
          Map<String, Object> variables) {
        var offered =
            tools.isEmpty() ? null : tools.stream().map(ToolSpec::plain).toList();
        var now = LocalDateTime.now();
        try {
          return template.encode(
              new Conversation(plain(messages), offered, asks, variables, now), tokenizer);
        } catch (UserError e) {
          if (messages.stream().allMatch(message -> message.calls().size() < 2)) {
            throw refused(e);
          }
        }
        try {
          var single = plain(ChatMessage.oneCallEach(messages));
          return template.encode(
              new Conversation(single, offered, asks, variables, now), tokenizer);
        } catch (UserError e) {
          throw refused(e);
        }
      }

      @Override
      public String template() {
        return template.source();
      }
    };
  }

  /// A model whose template is absent or wrong: chats are refused and told why.
  static ChatPrompt none(UserError why) {
    return (_, _, _, _) -> {
      throw ApiError.unsupported(
          "messages", "This model cannot chat; use /v1/completions. " + why.getMessage());
    };
  }

  private static List<Map<String, Object>> plain(List<ChatMessage> messages) {
    return messages.stream().map(ChatMessage::plain).toList();
  }

  private static ApiError refused(UserError e) {
    return ApiError.invalid(
        "messages", "chat_template", "The model's chat template refuses this: " + e.getMessage());
  }
}
