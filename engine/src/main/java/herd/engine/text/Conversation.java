package herd.engine.text;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What a chat template renders.
/// @param messages maps with `role`, `content` and whatever else the template reads (`tool_calls`,
/// `name`), as [herd.engine.io.Json] reads them
/// @param tools descriptions of tools, null if there are none
/// @param addGenerationPrompt whether the header of the assistant's next answer follows
/// @param variables more variables of the template, such as `date_string` or `enable_thinking`
/// @param clock the time that `strftime_now` tells; null if it is not to be defined
public record Conversation(
    List<?> messages,
    List<?> tools,
    boolean addGenerationPrompt,
    Map<String, ?> variables,
    LocalDateTime clock) {
  public Conversation {
    Objects.requireNonNull(messages);
    Objects.requireNonNull(variables);
  }

  /// A plain dialogue, now, that asks for an answer.
  public static Conversation of(List<Message> messages) {
    return new Conversation(
        messages.stream()
            .map(m -> TokenizerJson.map("role", m.role(), "content", m.content()))
            .toList(),
        null,
        true,
        Map.of(),
        LocalDateTime.now());
  }
}
