package herd.bench;

import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;

import static org.assertj.core.api.Assertions.assertThat;

/// Spring AI's OpenAI models against a server with a random model.
class SpringAiTest {
  private static final String PLACE = """
      {"type": "object", "properties": {"city": {"enum": ["Bern", "Oslo"]}},
       "required": ["city"], "additionalProperties": false}
      """;
  private static RandomModelServer server;

  @BeforeAll
  static void start() {
    server = new RandomModelServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatOptions.Builder options() {
    var options = OpenAiChatOptions.builder();
    options.baseUrl(server.address() + "/v1");
    options.apiKey("none");
    options.model("tiny");
    options.seed(5);
    options.maxCompletionTokens(100);
    return options;
  }

  @Test
  void chatsWholeAndInPieces() {
    var model = OpenAiChatModel.builder().options(options().build()).build();
    var whole = model.call(new Prompt("the cat")).getResult().getOutput().getText();
    assertThat(whole).isNotEmpty();
    var pieces = model.stream(new Prompt("the cat"))
        .toStream()
        .filter(piece -> piece.getResult() != null)
        .map(piece -> piece.getResult().getOutput().getText())
        .filter(text -> text != null)
        .collect(Collectors.joining());
    assertThat(pieces).isEqualTo(whole);
  }

  @Test
  void answersInTheFormOfASchema() {
    var asked = options();
    asked.outputSchema(PLACE);
    var model = OpenAiChatModel.builder().options(asked.build()).build();
    var said = model.call(new Prompt("the cat")).getResult().getOutput().getText();
    assertThat(said).contains("city").containsAnyOf("Bern", "Oslo");
  }

  @Test
  void embeds() {
    var options = OpenAiEmbeddingOptions.builder();
    options.baseUrl(server.address() + "/v1");
    options.apiKey("none");
    options.model("tiny");
    var model = OpenAiEmbeddingModel.builder().options(options.build()).build();
    assertThat(model.embed("the cat")).hasSize(32);
  }
}
