package herd.bench;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import herd.engine.infer.EngineSettings;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.serve.Models;
import herd.serve.ServedModel;
import herd.serve.Server;
import herd.serve.ServerSettings;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// OpenAI's own Java client against a server with a random model.
class OpenAiClientTest {
  private static Server server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    var tokenizer = BpeTrainer.train(
        List.of("the cat sat on the mat and the dog ran"), 290, Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 512);
    var arena = Arena.ofShared();
    var models = new Models(EngineSettings.DEFAULTS.withKvBytes(16 << 20), null, 0);
    models.add(new ServedModel.Parts(
        "tiny",
        Llama.random(arena, DType.F32, config, 1),
        tokenizer,
        new ReferenceKernels(),
        (messages, _, _, _) -> tokenizer.encode(messages.getLast().content()),
        Set.of(),
        new int[0],
        List.of(),
        0,
        arena::close));
    server =
        new Server(new ServerSettings(HttpSettings.local(0), ApiKeys.none(), null, false), models);
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
