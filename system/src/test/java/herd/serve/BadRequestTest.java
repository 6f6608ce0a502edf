package herd.serve;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Bad requests get OpenAI's error objects, and the server goes on.
class BadRequestTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String HELLO = "'messages': [{'role': 'user', 'content': 'hi'}]";
  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'temperature': 'hot' | temperature | invalid_type",
        "'temperature': 3 | temperature | decimal_above_max_value",
        "'temperature': -1 | temperature | decimal_below_min_value",
        "'top_p': true | top_p | invalid_type",
        "'max_tokens': 0 | max_tokens | integer_below_min_value",
        "'max_tokens': 1.5 | max_tokens | invalid_type",
        "'max_tokens': 99999999999999999999 | max_tokens | integer_above_max_value",
        "'max_tokens': -99999999999999999999 | max_tokens | integer_below_min_value",
        "'max_completion_tokens': '5' | max_completion_tokens | invalid_type",
        "'max_tokens': 100000 | messages | context_length_exceeded",
        "'n': 0 | n | integer_below_min_value",
        "'n': 1000 | n | integer_above_max_value",
        "'n': [1] | n | invalid_type",
        "'seed': 'x' | seed | invalid_type",
        "'seed': 1e400 | seed | invalid_type",
        "'stream': 1 | stream | invalid_type",
        "'stream_options': {'include_usage': true} | stream_options | invalid_value",
        "'stop': 5 | stop | invalid_type",
        "'stop': [5] | stop[0] | invalid_type",
        "'stop': '' | stop | empty_string",
        "'top_logprobs': 3 | top_logprobs | invalid_value",
        "'logprobs': 3 | logprobs | invalid_type",
        "'logprobs': true, 'top_logprobs': 21 | top_logprobs | integer_above_max_value",
        "'typical_p': -1 | typical_p | decimal_below_min_value",
        "'dry_multiplier': -1 | dry_multiplier | decimal_below_min_value",
        "'dry_allowed_length': 0 | dry_allowed_length | integer_below_min_value",
        "'dry_sequence_breakers': ['x'] | dry_sequence_breakers | unknown_parameter",
        "'samplers': 'top_k' | samplers | invalid_type",
        "'samplers': ['temperature', 5] | samplers[1] | invalid_type",
        "'samplers': ['xtc'] | samplers | invalid_value",
        "'samplers': ['top_k', 'top_k'] | samplers | invalid_value",
        "'samplers': ['temperature'], 'top_p': 0.5 | samplers | invalid_value",
        "'samplers': [], 'dry_multiplier': 1 | samplers | invalid_value",
        "'logit_bias': {'x': 1} | logit_bias | invalid_value",
        "'logit_bias': {'5': 101} | logit_bias.5 | decimal_above_max_value",
        "'logit_bias': {'999999': 1} | logit_bias | invalid_token",
        "'logit_bias': [1] | logit_bias | invalid_type",
        "'response_format': {'type': 'xml'} | response_format.type | invalid_value",
        "'response_format': {} | response_format.type | missing_required_parameter",
        "'tools': {} | tools | invalid_type",
        "'tools': [{'type': 'function'}] | tools[0].function | missing_required_parameter",
        "'tools': [{'type': 'x'}] | tools[0].type | invalid_value",
        "'tool_choice': 'required' | tool_choice | invalid_value",
        "'functions': [] | functions | unsupported_value",
        "'modalities': ['audio'] | modalities | unsupported_value",
        "'nonsense': 1 | nonsense | unknown_parameter",
      })
  void wrongFieldIsNamed(String field, String param, String code) throws Exception {
    var error = server.refused(CHAT, "{'model': 'tiny', " + HELLO + ", " + field + "}");
    assertThat(error.get("status").intValue()).isEqualTo(400);
    assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
    assertThat(error.get("param").asString("")).isEqualTo(param);
    assertThat(error.get("code").asString("")).isEqualTo(code);
    assertThat(error.get("message").stringValue()).isNotBlank();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'messages': 'hi' | messages",
        "'messages': [] | messages",
        "'messages': [5] | messages[0]",
        "'messages': [{}] | messages[0].role",
        "'messages': [{'role': 'king', 'content': 'x'}] | messages[0].role",
        "'messages': [{'role': 'user'}] | messages[0].content",
        "'messages': [{'role': 'user', 'content': 5}] | messages[0].content",
        "'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}] | messages[0].content[0].type",
        "'messages': [{'role': 'user', 'content': 'x', 'colour': 1}] | messages[0].colour",
        "'messages': [{'role': 'tool', 'content': 'x'}] | messages[0].tool_call_id",
      })
  void wrongMessageIsNamed(String messages, String param) throws Exception {
    var error = server.refused(CHAT, "{'model': 'tiny', " + messages + "}");
    assertThat(error.get("status").intValue()).isEqualTo(400);
    assertThat(error.get("param").stringValue()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{",
        "``",
        "[1, 2]",
        "null",
        "'text'",
        "{'model': 'tiny', 'model': 'tiny'}",
        "{'model': 'tiny'} {}",
        "{'model': nope}",
      })
  void whatIsNoJsonObjectIsRefused(String body) throws Exception {
    var error = server.refused(CHAT, body);
    assertThat(error.get("status").intValue()).isEqualTo(400);
    assertThat(error.get("code").stringValue()).isEqualTo("invalid_json");
  }

  @Test
  void deepNestingIsRefused() throws Exception {
    var error = server.refused(CHAT, "[".repeat(100_000));
    assertThat(error.get("code").stringValue()).isEqualTo("invalid_json");
  }

  @Test
  void unknownModelAndAddress() throws Exception {
    var error = server.refused(CHAT, "{'model': 'gpt-9', " + HELLO + "}");
    assertThat(error.get("status").intValue()).isEqualTo(404);
    assertThat(error.get("code").stringValue()).isEqualTo("model_not_found");
    assertThat(server.get("/v2/nothing").statusCode()).isEqualTo(404);
    assertThat(server.get(CHAT).statusCode()).isEqualTo(405);
    var responses = server.refused("/v1/responses", "{}");
    assertThat(responses.get("message").stringValue()).contains("/v1/responses");
  }

  @Test
  void promptOfTenMegabytesIsRefusedAndRead() throws Exception {
    var prompt = "the cat ".repeat(10 << 17);
    var error = server.refused("/v1/completions", "{'model': 'tiny', 'prompt': '" + prompt + "'}");
    assertThat(error.get("status").intValue()).isEqualTo(413);
    assertThat(error.get("code").stringValue()).isEqualTo("request_too_large");
    var shorter = prompt.substring(0, 6 << 20);
    long start = System.nanoTime();
    var tooLong =
        server.refused("/v1/completions", "{'model': 'tiny', 'prompt': '" + shorter + "'}");
    assertThat(tooLong.get("code").stringValue()).isEqualTo("context_length_exceeded");
    // The time must not grow with more than the length, whatever it is.
    assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
  }

  @Test
  void tenThousandStopStringsAreRefused() throws Exception {
    var stops = "['x'" + ", 'x'".repeat(9_999) + "]";
    var error = server.refused(CHAT, "{'model': 'tiny', " + HELLO + ", 'stop': " + stops + "}");
    assertThat(error.get("code").stringValue()).isEqualTo("array_above_max_length");
    assertThat(error.get("param").stringValue()).isEqualTo("stop");
  }

  @Test
  void wrongCompletionsAndEmbeddings() throws Exception {
    String[][] cases = {
      {"/v1/completions", "{'model': 'tiny'}", "prompt"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': 5}", "prompt"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': []}", "prompt"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': [1, 'x']}", "prompt[1]"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': [99999]}", "prompt"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': [-1]}", "prompt[0]"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': 'x', 'suffix': 'y'}", "suffix"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': 'x', 'best_of': 3}", "best_of"},
      {"/v1/completions", "{'model': 'tiny', 'prompt': 'x', 'max_tokens': 0}", "max_tokens"},
      {"/v1/embeddings", "{'model': 'tiny'}", "input"},
      {
        "/v1/embeddings",
        "{'model': 'tiny', 'input': 'x', 'encoding_format': 'hex'}",
        "encoding_format"
      },
      {"/v1/embeddings", "{'model': 'tiny', 'input': 'x', 'dimensions': 99}", "dimensions"},
      {"/tokenize", "{}", "prompt"},
      {"/tokenize", "{'prompt': 'x', " + HELLO + "}", "prompt"},
      {"/detokenize", "{'tokens': ['x']}", "tokens[0]"},
      {"/detokenize", "{'tokens': [99999]}", "tokens"},
    };
    for (var one : cases) {
      var error = server.refused(one[0], one[1]);
      assertThat(error.get("status").intValue()).as(one[1]).isEqualTo(400);
      assertThat(error.get("param").asString("")).as(one[1]).isEqualTo(one[2]);
    }
  }

  /// Requests with random damage: a reply of 200 or 4xx, never a fault of the server.
  @Test
  void damagedRequestsAreNoFaultOfTheServer() throws Exception {
    var whole = ("{'model': 'tiny', 'messages': [{'role': 'user', 'content': [{'type': 'text',"
            + " 'text': 'hi'}]}, {'role': 'assistant', 'tool_calls': [{'id': 'a', 'type':"
            + " 'function', 'function': {'name': 'f', 'arguments': '{}'}}]}], 'max_tokens': 2,"
            + " 'stop': ['a'], 'logit_bias': {'5': 1}, 'seed': 3, 'tools': [{'type': 'function',"
            + " 'function': {'name': 'f', 'parameters': {'type': 'object'}}}]}")
        .replace('\'', '"');
    var random = new Random(11);
    for (int i = 0; i < 200; i++) {
      var bytes = whole.getBytes(StandardCharsets.UTF_8);
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) (32 + random.nextInt(95));
      }
      int length = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length;
      var body = new String(bytes, 0, length, StandardCharsets.UTF_8);
      var reply = server.post(CHAT, body);
      assertThat(reply.statusCode()).as(body).isIn(200, 400, 404);
    }
  }

  @Test
  void brokenHttpHarmsNobody() throws Exception {
    for (var text : new String[] {
      "GARBAGE\r\n\r\n",
      "POST /v1/completions HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
      "POST /v1/completions HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
      "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
      "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
      "\0\1\2\3"
    }) {
      raw(text);
    }
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
  }

  private static void raw(String text) throws IOException {
    var uri = server.uri("/");
    try (var socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      socket.setSoTimeout(200);
      try {
        socket.getInputStream().readAllBytes();
      } catch (java.net.SocketTimeoutException _) {
        return; // the server waits for the rest
      }
    }
  }
}
