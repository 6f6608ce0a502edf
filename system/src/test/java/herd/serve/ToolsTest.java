package herd.serve;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/// Tools through the server. A random model calls none by itself, but where it must call it can but
/// write what their schemas allow.
class ToolsTest {
  private static final String TOOLS = "'tools': ["
      + "{'type': 'function', 'function': {'name': 'weather', 'parameters': {'type': 'object',"
      + " 'properties': {'city': {'enum': ['Bern', 'Oslo']}}, 'required': ['city'],"
      + " 'additionalProperties': false}}},"
      + "{'type': 'function', 'function': {'name': 'now', 'parameters': {'type': 'object',"
      + " 'properties': {'utc': {'type': 'boolean'}}, 'required': ['utc'],"
      + " 'additionalProperties': false}}}]";
  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String ask(String choice, int seed, String more) {
    return "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'the cat'}],"
        + " 'max_tokens': 150, 'seed': " + seed + ", 'tool_choice': " + choice + more + ", " + TOOLS
        + "}";
  }

  private static JsonNode choice(String choice, int seed) throws Exception {
    return server
        .ask("/v1/chat/completions", ask(choice, seed, ""))
        .get("choices")
        .get(0);
  }

  private static void check(JsonNode function) {
    var arguments = RunningServer.JSON.readTree(function.get("arguments").stringValue());
    switch (function.get("name").stringValue()) {
      case "weather" -> assertThat(arguments.get("city").stringValue()).isIn("Bern", "Oslo");
      case "now" -> assertThat(arguments.get("utc").isBoolean()).isTrue();
      case String other -> throw new AssertionError(other);
    }
  }

  @Test
  void requiredIsOneOfThem() throws Exception {
    var names = new TreeSet<String>();
    for (int seed = 0; seed < 5; seed++) {
      var answer = choice("'required'", seed);
      assertThat(answer.get("finish_reason").stringValue()).isEqualTo("tool_calls");
      var calls = answer.get("message").get("tool_calls");
      assertThat(answer.get("message").get("content").isNull()).isTrue();
      assertThat(calls.get(0).get("id").stringValue()).startsWith("call_");
      check(calls.get(0).get("function"));
      names.add(calls.get(0).get("function").get("name").stringValue());
    }
    assertThat(names).containsExactly("now", "weather");
  }

  @Test
  void namedIsThatOne() throws Exception {
    for (int seed = 0; seed < 2; seed++) {
      var answer = choice("{'type': 'function', 'function': {'name': 'now'}}", seed);
      var function = answer.get("message").get("tool_calls").get(0).get("function");
      assertThat(function.get("name").stringValue()).isEqualTo("now");
      check(function);
    }
    var unknown = server.refused(
        "/v1/chat/completions", ask("{'type': 'function', 'function': {'name': 'other'}}", 1, ""));
    assertThat(unknown.get("status").intValue()).isEqualTo(400);
    assertThat(unknown.get("param").stringValue()).startsWith("tool_choice");
  }

  @Test
  void someOfTheToolsMayBeAllowed() throws Exception {
    var some = "{'type': 'allowed_tools', 'allowed_tools': {'mode': '%s', 'tools':"
        + " [{'type': 'function', 'function': {'name': '%s'}}]}}";
    var answer = choice(some.formatted("required", "now"), 0);
    var function = answer.get("message").get("tool_calls").get(0).get("function");
    assertThat(function.get("name").stringValue()).isEqualTo("now");
    assertThat(choice(some.formatted("auto", "now"), 3).get("message").has("tool_calls"))
        .isFalse();
    for (var wrong : List.of(
        some.formatted("auto", "other"),
        some.formatted("never", "now"),
        "{'type': 'allowed_tools'}",
        "{'type': 'allowed_tools', 'allowed_tools': {'mode': 'required', 'tools': []}}")) {
      var error = server.refused("/v1/chat/completions", ask(wrong, 1, ""));
      assertThat(error.get("status").intValue()).as(wrong).isEqualTo(400);
      assertThat(error.get("param").stringValue()).startsWith("tool_choice");
    }
  }

  @Test
  void autoAndNoneAreText() throws Exception {
    for (var kind : List.of("'auto'", "'none'")) {
      var message = choice(kind, 3).get("message");
      assertThat(message.has("tool_calls")).as(kind).isFalse();
      assertThat(message.get("content").stringValue()).isNotEmpty();
    }
  }

  /// Streamed: the name once and first, the arguments in pieces that add up to the whole call.
  @Test
  void callsAreStreamedAsTheyAreWritten() throws Exception {
    for (int seed = 0; seed < 2; seed++) {
      var whole = choice("'required'", seed).get("message").get("tool_calls").get(0);
      var events =
          server.stream("/v1/chat/completions", ask("'required'", seed, ", 'stream': true"));
      int named = 0;
      int pieces = 0;
      var arguments = new StringBuilder();
      for (var event : events) {
        for (var call : event.get("choices").get(0).get("delta").path("tool_calls")) {
          var function = call.get("function");
          assertThat(call.get("index").intValue()).isZero();
          assertThat(call.has("id")).isEqualTo(function.has("name"));
          if (function.has("name")) {
            named++;
            assertThat(function.get("name")).isEqualTo(whole.get("function").get("name"));
          } else {
            assertThat(named).isEqualTo(1);
            pieces++;
          }
          arguments.append(function.get("arguments").stringValue());
        }
      }
      assertThat(named).isEqualTo(1);
      assertThat(pieces).isGreaterThan(1);
      assertThat(arguments.toString())
          .isEqualTo(whole.get("function").get("arguments").stringValue());
      assertThat(events.getLast().get("choices").get(0).get("finish_reason").stringValue())
          .isEqualTo("tool_calls");
    }
  }
}
