package herd.serve;

import herd.Golden;
import herd.engine.text.ChatTemplate;
import herd.serve.protocol.ChatRequest;
import herd.serve.protocol.Fields;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// Conversations with tools in the templates of real models.
@Tag("golden")
class ToolHistoryTest {
  private static final String TOOLS = "'tools': [{'type': 'function', 'function': {'name': 'f',"
      + "'description': 'd', 'parameters': {'type': 'object', 'properties': {'a': {'type':"
      + "'integer'}}}}}]";
  private static final String CALLED = "{'model': 'm', 'messages': ["
      + "{'role': 'user', 'content': 'call twice'},"
      + "{'role': 'assistant', 'tool_calls': ["
      + "{'id': 'x', 'type': 'function', 'function': {'name': 'f', 'arguments': '{\\'a\\': 1}'}},"
      + "{'id': 'y', 'type': 'function', 'function': {'name': 'f', 'arguments': '{\\'a\\': 2}'}}]},"
      + "{'role': 'tool', 'tool_call_id': 'y', 'content': 'second'},"
      + "{'role': 'tool', 'tool_call_id': 'x', 'content': 'first'}], " + TOOLS + "}";

  private static ChatRequest request() {
    // Escaped quotes of the arguments stay escaped.
    var json = CALLED.replace('\'', '"');
    return ChatRequest.of(Fields.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  /// A template that allows one call a message gets each call followed by its own result.
  @Test
  void severalCallsBecomeMessagesOfTheirOwn() throws Exception {
    try (var files = Files.list(Golden.folder("infer").resolve("chat"))) {
      var templates = files
          .filter(file -> file.getFileName().toString().matches("meta-llama.*\\.jinja"))
          .toList();
      assertThat(templates).isNotEmpty();
      for (var file : templates) {
        var template = ChatTemplate.read(file, Map.of("bos_token", "<|begin_of_text|>"));
        var request = request();
        var ids = ChatPrompt.of(template, TinyModel.TOKENIZER)
            .ids(request.messages(), request.tools(), true, Map.of());
        var text = TinyModel.TOKENIZER.decode(ids);
        var order = List.of("{\"a\": 1}", "first", "{\"a\": 2}", "second");
        int at = 0;
        for (var piece : order) {
          at = text.indexOf(piece, at);
          assertThat(at).as(piece + " in " + text).isPositive();
        }
      }
    }
  }
}
