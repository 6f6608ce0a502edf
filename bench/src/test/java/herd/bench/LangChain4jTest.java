package herd.bench;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// LangChain4j's OpenAI models against a server with a random model.
class LangChain4jTest {
  private static RandomModelServer server;

  @BeforeAll
  static void start() {
    server = new RandomModelServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatModel model(String name) {
    return OpenAiChatModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName(name)
        .seed(5)
        .maxCompletionTokens(100)
        .maxRetries(0)
        .build();
  }

  @Test
  void chatsWholeAndInPieces() throws Exception {
    var whole = model("tiny").chat("the cat");
    assertThat(whole).isNotEmpty();
    var streaming = OpenAiStreamingChatModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName("tiny")
        .seed(5)
        .maxCompletionTokens(100)
        .build();
    var said = new StringBuilder();
    var ended = new CompletableFuture<ChatResponse>();
    streaming.chat("the cat", new StreamingChatResponseHandler() {
      @Override
      public void onPartialResponse(String piece) {
        said.append(piece);
      }

      @Override
      public void onCompleteResponse(ChatResponse response) {
        ended.complete(response);
      }

      @Override
      public void onError(Throwable error) {
        ended.completeExceptionally(error);
      }
    });
    var response = ended.get(30, TimeUnit.SECONDS);
    assertThat(said.toString()).isEqualTo(whole).isEqualTo(response.aiMessage().text());
    assertThat(response.tokenUsage().outputTokenCount()).isPositive();
  }

  @Test
  void callsTools() {
    var weather = ToolSpecification.builder()
        .name("weather")
        .parameters(JsonObjectSchema.builder()
            .addEnumProperty("city", List.of("Bern", "Oslo"))
            .required("city")
            .additionalProperties(false)
            .build())
        .build();
    var answer = model("tiny")
        .chat(ChatRequest.builder()
            .messages(UserMessage.from("the cat"))
            .toolSpecifications(weather)
            .toolChoice(ToolChoice.REQUIRED)
            .build());
    var call = answer.aiMessage().toolExecutionRequests().getFirst();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(call.arguments()).contains("city").containsAnyOf("Bern", "Oslo");
  }

  @Test
  void embedsAndNamesErrors() {
    var embedding = OpenAiEmbeddingModel.builder()
        .baseUrl(server.address() + "/v1")
        .apiKey("none")
        .modelName("tiny")
        .build()
        .embed("the cat")
        .content();
    assertThat(embedding.dimension()).isEqualTo(32);
    assertThatThrownBy(() -> model("nothing").chat("x")).isInstanceOf(ModelNotFoundException.class);
  }
}
