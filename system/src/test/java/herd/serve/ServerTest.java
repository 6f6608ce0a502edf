package herd.serve;

import herd.engine.infer.Request;
import herd.engine.sample.Sampling;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ServerTest {
  private static final String HELLO = "'messages': [{'role': 'user', 'content': 'the cat'}]";
  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String chat(String more) {
    return "{'model': 'tiny', " + HELLO + ", 'max_tokens': 12, 'seed': 7" + more + "}";
  }

  private static String text(List<JsonNode> events, int index) {
    return events.stream()
        .flatMap(event -> event.get("choices").values().stream())
        .filter(choice -> choice.get("index").intValue() == index)
        .map(choice -> choice.has("delta")
            ? choice.get("delta").path("content").asString("")
            : choice.get("text").asString(""))
        .collect(Collectors.joining());
  }

  @Test
  void chatAnswersAndCountsTokens() throws Exception {
    var reply = server.ask("/v1/chat/completions", chat(""));
    assertThat(reply.get("object").stringValue()).isEqualTo("chat.completion");
    assertThat(reply.get("id").stringValue()).startsWith("chatcmpl-");
    var choice = reply.get("choices").get(0);
    assertThat(choice.get("message").get("role").stringValue()).isEqualTo("assistant");
    assertThat(choice.get("message").get("content").stringValue()).isNotEmpty();
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("length");
    var usage = reply.get("usage");
    assertThat(usage.get("completion_tokens").intValue()).isEqualTo(12);
    assertThat(usage.get("total_tokens").intValue())
        .isEqualTo(usage.get("prompt_tokens").intValue() + 12);
  }

  @Test
  void streamSaysTheSameAsTheWholeAnswer() throws Exception {
    var whole = server.ask("/v1/chat/completions", chat(", 'n': 2"));
    var events = server.stream(
        "/v1/chat/completions",
        chat(", 'n': 2, 'stream': true, 'stream_options': {'include_usage': true}"));
    for (int i = 0; i < 2; i++) {
      assertThat(text(events, i))
          .isEqualTo(whole.get("choices").get(i).get("message").get("content").stringValue());
    }
    assertThat(events.getFirst().get("choices").get(0).get("delta").get("role").stringValue())
        .isEqualTo("assistant");
    assertThat(events.getLast().get("choices")).isEmpty();
    assertThat(events.getLast().get("usage").get("completion_tokens").intValue())
        .isEqualTo(24);
    assertThat(events.getFirst().get("usage").isNull()).isTrue();
    var other = whole.get("choices").get(1).get("message").get("content").stringValue();
    assertThat(text(events, 0)).isNotEqualTo(other);
  }

  @Test
  void withoutStreamOptionsNoUsageIsSent() throws Exception {
    var events = server.stream("/v1/chat/completions", chat(", 'stream': true"));
    assertThat(events).noneMatch(event -> event.has("usage"));
    assertThat(events.getLast().get("choices").get(0).get("finish_reason").stringValue())
        .isEqualTo("length");
  }

  @Test
  void seedAndTemperatureZeroRepeat() throws Exception {
    var once = server.ask("/v1/chat/completions", chat(""));
    var again = server.ask("/v1/chat/completions", chat(""));
    assertThat(again.get("choices")).isEqualTo(once.get("choices"));
  }

  @Test
  void rolesPartsAndNullFieldsAreTaken() throws Exception {
    var reply = server.ask(
        "/v1/chat/completions",
        "{'model': 'tiny', 'max_completion_tokens': 3, 'stop': null, 'user': 'x', 'messages': ["
            + "{'role': 'developer', 'content': 'the dog'},"
            + "{'role': 'user', 'content': [{'type': 'text', 'text': 'the'},"
            + "{'type': 'text', 'text': 'cat'}]}]}");
    assertThat(reply.get("usage").get("completion_tokens").intValue()).isLessThanOrEqualTo(3);
  }

  @Test
  void stopStringEndsTheAnswerBeforeIt() throws Exception {
    var free = server
        .ask("/v1/chat/completions", chat(""))
        .get("choices")
        .get(0)
        .get("message")
        .get("content")
        .stringValue();
    var stop = free.substring(free.length() / 2, free.length() / 2 + 1);
    var body = RunningServer.JSON.createObjectNode();
    body.put("model", "tiny").put("max_tokens", 12).put("seed", 7);
    body.putArray("stop").add(stop);
    body.putArray("messages").addObject().put("role", "user").put("content", "the cat");
    var reply = RunningServer.JSON.readTree(
        server.post("/v1/chat/completions", body.toString()).body());
    var choice = reply.get("choices").get(0);
    assertThat(choice.get("message").get("content").stringValue())
        .isEqualTo(free.substring(0, free.indexOf(stop)));
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("stop");
  }

  /// As the commands have it: what comes first sees all tokens, what comes later what is left.
  @Test
  void samplersAreDoneInTheOrderOfTheRequest() throws Exception {
    var same = answer(", 'temperature': 0");
    assertThat(answer(", 'temperature': 0, 'samplers': ['temperature']")).isEqualTo(same);
    assertThat(answer(", 'top_k': 1, 'samplers': ['top_k']")).isEqualTo(same);
    assertThat(answer(", 'typical_p': 0.01, 'top_k': 1, 'samplers': ['top_k', 'typ_p']"))
        .isEqualTo(same);
    assertThat(answer(", 'typical_p': 0.01, 'top_k': 1, 'samplers': ['typical_p', 'top_k']"))
        .isNotEqualTo(same);
    // A random model that always takes the likeliest repeats itself until that costs something.
    var repeated = answer(", 'temperature': 0, 'max_tokens': 60");
    var fresh = answer(", 'temperature': 0, 'max_tokens': 60, 'dry_multiplier': 100,"
        + " 'dry_allowed_length': 1, 'dry_base': 2, 'dry_penalty_last_n': -1");
    assertThat(fresh).isNotEqualTo(repeated);
    assertThat(answer(", 'temperature': 0, 'max_tokens': 60, 'dry_multiplier': 100,"
            + " 'dry_penalty_last_n': 0"))
        .isEqualTo(repeated);
  }

  private static String answer(String more) throws Exception {
    return server
        .ask("/v1/completions", "{'model': 'tiny', 'prompt': 'the cat', 'seed': 7" + more + "}")
        .get("choices")
        .get(0)
        .get("text")
        .stringValue();
  }

  @Test
  void logProbsOfAChat() throws Exception {
    var choice = server
        .ask("/v1/chat/completions", chat(", 'logprobs': true, 'top_logprobs': 3"))
        .get("choices")
        .get(0);
    var content = choice.get("logprobs").get("content");
    assertThat(content).hasSize(12);
    for (var token : content) {
      assertThat(token.get("logprob").doubleValue()).isNegative();
      assertThat(token.get("top_logprobs")).hasSize(3);
      double best = token.get("top_logprobs").get(0).get("logprob").doubleValue();
      assertThat(token.get("logprob").doubleValue()).isLessThanOrEqualTo(best + 1e-9);
      assertThat(token.get("bytes")).isNotEmpty();
    }
    var events = server.stream(
        "/v1/chat/completions", chat(", 'logprobs': true, 'top_logprobs': 3, 'stream': true"));
    int streamed = events.stream()
        .mapToInt(event ->
            event.get("choices").get(0).path("logprobs").path("content").size())
        .sum();
    assertThat(streamed).isEqualTo(12);
  }

  /// A random model can but write what the schema allows.
  @Test
  void schemasBindEvenARandomModel() throws Exception {
    var schema = "{'type': 'object', 'additionalProperties': false, 'required': ['ok', 'kind'],"
        + "'properties': {'ok': {'type': 'boolean'}, 'kind': {'enum': ['cat', 'dog']}}}";
    var reply = server.ask(
        "/v1/chat/completions",
        "{'model': 'tiny', " + HELLO + ", 'max_tokens': 200, 'seed': 7, 'response_format':"
            + "{'type': 'json_schema', 'json_schema': {'name': 'x', 'schema': " + schema + "}}}");
    var choice = reply.get("choices").get(0);
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("stop");
    var answer =
        RunningServer.JSON.readTree(choice.get("message").get("content").stringValue());
    assertThat(answer.get("ok").isBoolean()).isTrue();
    assertThat(answer.get("kind").stringValue()).isIn("cat", "dog");
    var number = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': 'x', 'max_tokens': 20, 'guided_regex': '[0-9]{3}-[ab]'}");
    assertThat(number.get("choices").get(0).get("text").stringValue()).matches("[0-9]{3}-[ab]");
    var wrong = server.refused(
        "/v1/chat/completions",
        "{'model': 'tiny', " + HELLO + ", 'response_format': {'type': 'json_schema',"
            + "'json_schema': {'schema': {'type': 'colour'}}}}");
    assertThat(wrong.get("code").stringValue()).isEqualTo("invalid_json_schema");
  }

  @Test
  void completionsTakeTextsTokensAndLists() throws Exception {
    var one = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': 'the cat', 'max_tokens': 5, 'temperature': 0}");
    assertThat(one.get("object").stringValue()).isEqualTo("text_completion");
    var ids = server.ask("/tokenize", "{'model': 'tiny', 'prompt': 'the cat'}").get("tokens");
    var same = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': [" + ids + ", " + ids
            + "], 'max_tokens': 5, 'temperature': 0}");
    assertThat(same.get("choices")).hasSize(2);
    for (var choice : same.get("choices")) {
      assertThat(choice.get("text")).isEqualTo(one.get("choices").get(0).get("text"));
    }
    var events = server.stream(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': 'the cat', 'max_tokens': 5, 'temperature': 0, 'stream': true}");
    assertThat(text(events, 0)).isEqualTo(one.get("choices").get(0).get("text").stringValue());
  }

  @Test
  void moreAnswersThanRunAtATime() throws Exception {
    var prompts = "['the cat'" + ", 'the dog'".repeat(49) + "]";
    var reply = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': " + prompts + ", 'max_tokens': 2, 'temperature': 0, 'n': 2}");
    assertThat(reply.get("choices")).hasSize(100);
    assertThat(reply.get("choices").get(99).get("text"))
        .isEqualTo(reply.get("choices").get(2).get("text"));
    assertThat(reply.get("usage").get("completion_tokens").intValue()).isEqualTo(200);
  }

  /// What lm-evaluation-harness' `local-completions` asks for and reads.
  @Test
  void echoedPromptsHaveLogProbs() throws Exception {
    var ids = "[[1, 2, 3, 70, 80], [1, 2, 3, 70, 81, 90, 12]]";
    var reply = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': " + ids
            + ", 'max_tokens': 1, 'temperature': 0, 'logprobs': 1, 'echo': true, 'seed': 1234}");
    int[] lengths = {5, 7};
    for (int i = 0; i < 2; i++) {
      var logProbs = reply.get("choices").get(i).get("logprobs");
      assertThat(logProbs.get("tokens")).hasSize(lengths[i] + 1);
      assertThat(logProbs.get("token_logprobs").get(0).isNull()).isTrue();
      assertThat(logProbs.get("top_logprobs").get(0).isNull()).isTrue();
      for (int t = 1; t < lengths[i]; t++) {
        double value = logProbs.get("token_logprobs").get(t).doubleValue();
        assertThat(value).isNegative();
        double best = 0;
        for (var top : logProbs.get("top_logprobs").get(t)) {
          best = best == 0 ? top.doubleValue() : Math.max(best, top.doubleValue());
        }
        assertThat(value).isLessThanOrEqualTo(best);
      }
    }
    // The shared beginning gives the same numbers, whether it was computed or found in the cache.
    var one = reply.get("choices").get(0).get("logprobs").get("token_logprobs");
    var two = reply.get("choices").get(1).get("logprobs").get("token_logprobs");
    for (int t = 1; t < 4; t++) {
      assertThat(two.get(t).doubleValue()).isCloseTo(one.get(t).doubleValue(), within(1e-5));
    }
    // A stop token that comes at once is a token too: readers cut the last one off.
    var tiny = server.models.get("tiny");
    var bias = "'logit_bias': {'" + tiny.stopIds().iterator().next() + "': 100}";
    var stopped = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': [1, 2, 3], 'max_tokens': 1, 'logprobs': 1, 'echo': true, "
            + bias + "}");
    var choice = stopped.get("choices").get(0);
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("stop");
    assertThat(choice.get("logprobs").get("token_logprobs")).hasSize(4);
    assertThat(choice.get("text").stringValue()).isEqualTo(tiny.tokenizer().decode(1, 2, 3));
    var echoed = server.ask(
        "/v1/completions",
        "{'model': 'tiny', 'prompt': 'the cat', 'max_tokens': 0, 'logprobs': 0, 'echo': true}");
    assertThat(echoed.get("choices").get(0).get("text").stringValue()).isEqualTo("the cat");
  }

  @Test
  void embeddingsAreUnitVectorsInBothForms() throws Exception {
    var numbers =
        server.ask("/v1/embeddings", "{'model': 'tiny', 'input': ['the cat', 'the dog ran']}");
    assertThat(numbers.get("data")).hasSize(2);
    var packed = server.ask(
        "/v1/embeddings", "{'model': 'tiny', 'input': 'the cat', 'encoding_format': 'base64'}");
    var bytes =
        Base64.getDecoder().decode(packed.get("data").get(0).get("embedding").stringValue());
    var floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    var expected = numbers.get("data").get(0).get("embedding");
    assertThat(expected).hasSize(32);
    double square = 0;
    for (int i = 0; i < 32; i++) {
      assertThat((double) floats.get(i)).isCloseTo(expected.get(i).doubleValue(), within(1e-5));
      square += floats.get(i) * floats.get(i);
    }
    assertThat(square).isCloseTo(1, within(1e-4));
    var cut = server.ask("/v1/embeddings", "{'model': 'tiny', 'input': [[5, 6]], 'dimensions': 4}");
    assertThat(cut.get("data").get(0).get("embedding")).hasSize(4);
  }

  @Test
  void tokenizeAndBack() throws Exception {
    var reply = server.ask("/tokenize", "{'model': 'tiny', 'prompt': 'the cat ✓'}");
    assertThat(reply.get("count").intValue()).isEqualTo(reply.get("tokens").size());
    assertThat(reply.get("max_model_len").intValue()).isEqualTo(512);
    var bare = server
        .ask("/tokenize", "{'prompt': 'the cat ✓', 'add_special_tokens': false}")
        .get("tokens");
    assertThat(bare.size()).isEqualTo(reply.get("count").intValue() - 1);
    assertThat(
            server.ask("/detokenize", "{'tokens': " + bare + "}").get("prompt").stringValue())
        .isEqualTo("the cat ✓");
    var info = RunningServer.JSON.readTree(server.get("/tokenizer_info").body());
    assertThat(info.get("bos_token").stringValue()).isEqualTo("<|begin_of_text|>");
    assertThat(info.get("eos_token").stringValue()).isEqualTo("<|eot_id|>");
    assertThat(info.get("chat_template").stringValue()).contains("<|start_header_id|>");
    assertThat(info.get("model_max_length").intValue()).isEqualTo(512);
    var chat = server.ask("/tokenize", "{'model': 'tiny', " + HELLO + "}");
    assertThat(chat.get("count").intValue()).isGreaterThan(bare.size());
  }

  @Test
  void modelsHealthReadyMetricsAndPage() throws Exception {
    var list = RunningServer.JSON.readTree(server.get("/v1/models").body());
    assertThat(list.get("data").get(0).get("id").stringValue()).isEqualTo("tiny");
    assertThat(server.get("/v1/models/tiny").statusCode()).isEqualTo(200);
    assertThat(server.get("/v1/models/other").statusCode()).isEqualTo(404);
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
    assertThat(server.get("/ready").statusCode()).isEqualTo(200);
    server.ask("/v1/chat/completions", chat(""));
    assertThat(server.get("/metrics").body())
        .contains("herd_first_token_seconds_bucket{model=\"tiny\"")
        .contains("herd_generated_tokens_total{model=\"tiny\"}")
        .contains("herd_kv_blocks{model=\"tiny\"}")
        .contains("herd_requests_total{path=\"/v1/chat/completions\",status=\"200\"}");
    for (var file : new String[] {"/", "/chat.css", "/chat.js", "/markdown.js", "/icon.svg"}) {
      var reply = server.get(file);
      assertThat(reply.statusCode()).as(file).isEqualTo(200);
      assertThat(reply.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'self'");
      assertThat(reply.body()).doesNotContain("innerHTML").doesNotContain("cdn");
    }
  }

  @Test
  void logSaysWhatHappenedAndNotWhatWasSaid() throws Exception {
    server.ask("/v1/chat/completions", chat(", 'stop': 'zebra'"));
    RunningServer.eventually(
        () -> server.log.toString(StandardCharsets.UTF_8).contains("/v1/chat/completions\""));
    var log = server.log.toString(StandardCharsets.UTF_8);
    assertThat(log).contains("\"path\":\"/v1/chat/completions\"").contains("\"model\":\"tiny\"");
    assertThat(log).doesNotContain("the cat").doesNotContain("zebra");
  }

  /// Who stops reading loses their own answer: the engine does not wait, and memory is bounded.
  @Test
  void answersThatNobodyTakesAreCancelled() {
    try (var own = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 4096)) {
      var model = own.models.get("tiny");
      var request = Request.of(new int[] {1, 2, 3}, Sampling.greedy(), 4000);
      var metrics = new Metrics(own.models, () -> 0);
      try (var answers = new Answers(model, List.of(request), true, metrics)) {
        RunningServer.eventually(() -> model.engine().stats().generatedTokens() > 1000);
        RunningServer.eventually(() -> model.engine().stats().running() == 0);
        assertThat(model.engine().stats().generatedTokens()).isLessThan(2000);
        assertThatThrownBy(() -> answers.next(1)).hasMessageContaining("too slowly");
      }
    }
  }

  /// The thread that puts a whole answer together may be late: nobody reads slowly there.
  @Test
  void wholeAnswersWaitForTheirReader() {
    try (var own = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 4096)) {
      var model = own.models.get("tiny");
      var request = Request.of(new int[] {1, 2, 3}, Sampling.greedy(), 1500);
      try (var answers =
          new Answers(model, List.of(request), false, new Metrics(own.models, () -> 0))) {
        RunningServer.eventually(() -> model.engine().stats().generatedTokens() == 1500);
        int tokens = 0;
        for (var event = answers.next(60_000); event.token() != null; tokens++) {
          event = answers.next(60_000);
        }
        assertThat(tokens).isEqualTo(1500);
      }
    }
  }

  static void send(Socket socket, String body) throws IOException {
    var head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length()
        + "\r\n\r\n" + body;
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  @Test
  void runningAnswersEndBeforeTheServerDoes() throws Exception {
    var own = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 4096);
    var reply = new java.util.concurrent.CompletableFuture<JsonNode>();
    Thread.ofVirtual().start(() -> {
      try {
        reply.complete(own.ask(
            "/v1/completions",
            "{'model': 'tiny', 'prompt': 'the cat', 'max_tokens': 1000, 'ignore_eos': true}"));
      } catch (Exception | AssertionError e) {
        reply.completeExceptionally(e);
      }
    });
    // Not how many run: that may be over before this thread looks again.
    RunningServer.eventually(
        () -> own.models.get("tiny").engine().stats().generatedTokens() > 0 || reply.isDone());
    own.server.drain();
    assertThat(own.get("/ready").statusCode()).isEqualTo(503);
    assertThat(own.get("/health").statusCode()).isEqualTo(200);
    assertThat(own.refused("/v1/completions", "{}").get("status").intValue()).isEqualTo(503);
    own.close();
    assertThat(reply.get().get("usage").get("completion_tokens").intValue()).isEqualTo(1000);
  }

  @Test
  void modelsComeAndGoAtRunTime() throws Exception {
    try (var own = new RunningServer()) {
      assertThat(own.ask("/admin/models", "{'model': 'second'}").get("id").stringValue())
          .isEqualTo("second");
      assertThat(own.get("/v1/models").body()).contains("tiny").contains("second");
      own.ask("/v1/completions", "{'model': 'second', 'prompt': 'the', 'max_tokens': 2}");
      assertThat(own.refused("/admin/models", "{'model': 'second'}").get("code").stringValue())
          .isEqualTo("model_loaded");
      var delete =
          java.net.http.HttpRequest.newBuilder(own.uri("/admin/models/second")).DELETE();
      var gone =
          own.client.send(delete.build(), java.net.http.HttpResponse.BodyHandlers.ofString());
      assertThat(gone.body()).contains("\"deleted\":true");
      assertThat(own.refused("/v1/completions", "{'model': 'second', 'prompt': 'the'}")
              .get("status")
              .intValue())
          .isEqualTo(404);
      for (int i = 0; i < 5; i++) {
        var reply = own.post("/admin/models", "{\"model\": \"more" + i + "\"}");
        if (reply.statusCode() != 200) {
          assertThat(reply.body()).contains("memory_budget_exceeded");
          return;
        }
      }
      throw new AssertionError("7 models in a budget of 200 MB");
    }
  }
}
