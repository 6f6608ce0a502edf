package herd.bench;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// OpenAI's own Java client against a server with a random model.
class OpenAiClientTest {
  private static RandomModelServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server = new RandomModelServer();
    client = OpenAIOkHttpClient.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .maxRetries(0)
        .build();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model("tiny")
        .addUserMessage("the cat")
        .maxCompletionTokens(12)
        .seed(5);
  }

  @Test
  void chatsWholeAndInPieces() {
    var whole = client.chat().completions().create(chat().build());
    assertThat(whole.choices().getFirst().message().content()).isPresent();
    assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(12);
    var pieces = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(chat().build())) {
      stream.stream().forEach(pieces::accumulate);
    }
    assertThat(pieces.chatCompletion().choices().getFirst().message().content())
        .isEqualTo(whole.choices().getFirst().message().content());
  }

  @Test
  void completionsEmbeddingsAndModels() {
    var text = client
        .completions()
        .create(CompletionCreateParams.builder()
            .model("tiny")
            .prompt("the dog")
            .maxTokens(3)
            .build());
    assertThat(text.choices()).hasSize(1);
    var vector = client
        .embeddings()
        .create(EmbeddingCreateParams.builder().model("tiny").input("the cat").build());
    assertThat(vector.data().getFirst().embedding()).hasSize(32);
    assertThat(client.models().list().data().getFirst().id()).isEqualTo("tiny");
  }

  private static final Map<String, Object> PLACE = Map.of(
      "type",
      "object",
      "properties",
      Map.of("city", Map.of("enum", List.of("Bern", "Oslo"))),
      "required",
      List.of("city"),
      "additionalProperties",
      false);

  private static ChatCompletionCreateParams.Builder tools() {
    var function = FunctionDefinition.builder()
        .name("weather")
        .parameters(FunctionParameters.builder()
            .putAllAdditionalProperties(PLACE.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, e -> JsonValue.from(e.getValue()))))
            .build())
        .build();
    return chat()
        .maxCompletionTokens(200)
        .addFunctionTool(function)
        .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED);
  }

  @Test
  void toolsAreCalledWholeAndInPieces() {
    var whole = client.chat().completions().create(tools().build()).choices().getFirst();
    var call = whole.message().toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(call.function().name()).isEqualTo("weather");
    assertThat(call.function().arguments()).matches("\\{\\s*\"city\"\\s*:\\s*\"(Bern|Oslo)\"\\s*}");
    assertThat(whole.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    var pieces = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(tools().build())) {
      stream.stream().forEach(pieces::accumulate);
    }
    var streamed = pieces.chatCompletion().choices().getFirst().message().toolCalls();
    assertThat(streamed.orElseThrow().getFirst().asFunction().function())
        .isEqualTo(call.function());
  }

  @Test
  void schemasAndLogProbs() {
    var form = ResponseFormatJsonSchema.JsonSchema.builder()
        .name("place")
        .strict(true)
        .schema(ResponseFormatJsonSchema.JsonSchema.Schema.builder()
            .putAllAdditionalProperties(PLACE.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, e -> JsonValue.from(e.getValue()))))
            .build())
        .build();
    var asked = chat()
        .maxCompletionTokens(200)
        .logprobs(true)
        .topLogprobs(3)
        .responseFormat(ResponseFormatJsonSchema.builder().jsonSchema(form).build())
        .build();
    var choice = client.chat().completions().create(asked).choices().getFirst();
    assertThat(choice.message().content().orElseThrow())
        .contains("city")
        .containsAnyOf("Bern", "Oslo");
    var tokens = choice.logprobs().orElseThrow().content().orElseThrow();
    assertThat(tokens).isNotEmpty().allMatch(token -> token.topLogprobs().size() == 3);
  }

  @Test
  void responsesAreRefusedByName() {
    var params = ResponseCreateParams.builder().model("tiny").input("the cat").build();
    assertThatThrownBy(() -> client.responses().create(params))
        .isInstanceOf(OpenAIServiceException.class)
        .hasMessageContaining("/v1/responses is not supported");
  }

  @Test
  void errorsArriveAsTheirKinds() {
    var completions = client.chat().completions();
    assertThatThrownBy(() -> completions.create(chat().model("nothing").build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> completions.create(chat().temperature(9).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("temperature");
  }
}
