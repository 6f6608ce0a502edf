package herd.serve.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/// Requests in which anything may be wrong: each is read, or refused with an error of status 400
/// that names a fault; no other exception leaves the readers.
class RequestFuzzTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<Function<Fields, Object>> READERS = List.of(
      ChatRequest::of,
      CompletionRequest::of,
      EmbeddingRequest::of,
      TokenizeRequest::of,
      TokenizeRequest.Back::of);
  private static final List<String> WHOLE = List.of("""
      {"model": "m", "messages": [{"role": "system", "content": "a"}, {"role": "user", "content":
       [{"type": "text", "text": "b"}]}, {"role": "assistant", "content": null, "tool_calls":
       [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{\\"a\\": 1}"}}]},
       {"role": "tool", "tool_call_id": "x", "content": "c"}], "temperature": 0.5, "top_p": 0.9,
       "n": 2, "stop": ["x", "y"], "seed": 4, "logprobs": true, "top_logprobs": 3, "stream": true,
       "stream_options": {"include_usage": true}, "logit_bias": {"5": 1}, "tools": [{"type":
       "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object",
       "properties": {"a": {"type": "integer"}}}}}], "tool_choice": "auto", "response_format":
       {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}},
       "chat_template_kwargs": {"k": [1, {"z": null}]}, "max_completion_tokens": 9}
      """, """
      {"model": "m", "prompt": [[1, 2], [3]], "echo": true, "logprobs": 2, "max_tokens": 0,
       "guided_regex": "a+", "stop_token_ids": [4], "min_p": 0.1, "top_k": 5}
      """, """
      {"model": "m", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 3}
      """, """
      {"model": "m", "prompt": "a", "add_special_tokens": false, "return_token_strs": true}
      """, """
      {"model": "m", "tokens": [1, 2, 3]}
      """);

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.of(
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e999",
        "-1e-999",
        "99999999999999999999999",
        "\"\"",
        "\"x\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "[]",
        "[[]]",
        "[null]",
        "{}",
        "{\"\": {}}",
        "{\"type\": \"text\"}",
        "[{\"role\": \"user\"}]",
        "[1, \"a\"]",
        "{\"type\": \"function\"}");
  }

  /// Any value of the request in place of any other, or something of its own kind gone.
  @Property(tries = 1000)
  void oneValueIsAnother(
      @ForAll int which, @ForAll int place, @ForAll("values") String value, @ForAll boolean gone) {
    int reader = Math.floorMod(which, WHOLE.size());
    var tree = JSON.readTree(WHOLE.get(reader));
    var places = new ArrayList<Runnable>();
    collect(tree, gone ? null : JSON.readTree(value), places);
    places.get(Math.floorMod(place, places.size())).run();
    for (var each : READERS) {
      refusedOrRead(each, tree.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void collect(JsonNode node, JsonNode value, List<Runnable> places) {
    if (node instanceof ObjectNode object) {
      for (var name : object.propertyNames()) {
        places.add(() -> {
          if (value == null) {
            object.remove(name);
          } else {
            object.set(name, value);
          }
        });
        collect(object.get(name), value, places);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int at = i;
        places.add(() -> {
          if (value == null) {
            array.remove(at);
          } else {
            array.set(at, value);
          }
        });
        collect(array.get(i), value, places);
      }
    }
  }

  @Property(tries = 1000)
  void bytesAreOthers(@ForAll int which, @ForAll int place, @ForAll byte other, @ForAll int end) {
    int reader = Math.floorMod(which, WHOLE.size());
    var bytes = WHOLE.get(reader).getBytes(StandardCharsets.UTF_8);
    bytes[Math.floorMod(place, bytes.length)] = other;
    int length = end % 3 == 0 ? Math.floorMod(end, bytes.length) : bytes.length;
    refusedOrRead(READERS.get(reader), java.util.Arrays.copyOf(bytes, length));
  }

  @Property(tries = 200)
  void anyTextIsRefused(@ForAll String text) {
    refusedOrRead(READERS.getFirst(), text.getBytes(StandardCharsets.UTF_8));
  }

  private static void refusedOrRead(Function<Fields, Object> reader, byte[] body) {
    try {
      assertThat(reader.apply(Fields.parse(body))).isNotNull();
    } catch (ApiError e) {
      assertThat(e.status()).isEqualTo(400);
      var error = JSON.readTree(e.json()).get("error");
      assertThat(error.get("message").stringValue()).isNotBlank();
      assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
      assertThat(e.json().length()).isLessThan(2000);
    }
  }
}
