package herd.serve;

import herd.engine.UserError;
import herd.serve.http.ApiKeys;
import herd.serve.http.Call;
import herd.serve.http.HttpFront;
import herd.serve.http.HttpSettings;
import herd.serve.http.Route;
import herd.serve.http.Route.Door;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Spans as an OpenTelemetry collector gets them.
class TracesTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  private final LinkedBlockingQueue<JsonNode> got = new LinkedBlockingQueue<>();

  private void collect(Call call) throws IOException {
    assertThat(call.header("x-team")).isEqualTo("a b");
    var body = JSON.readTree(call.body());
    assertThat(body.toString()).doesNotContain("the cat");
    body.get("resourceSpans").get(0).get("scopeSpans").get(0).get("spans").forEach(got::add);
    call.reply(200, "{}");
  }

  private JsonNode next() throws InterruptedException {
    return got.poll(60, TimeUnit.SECONDS);
  }

  private static String attribute(JsonNode span, String key) {
    for (var one : span.get("attributes")) {
      if (one.get("key").stringValue().equals(key)) {
        return one.get("value").iterator().next().stringValue();
      }
    }
    return null;
  }

  @Test
  void eachRequestIsASpanOfItsTrace() throws Exception {
    var routes = List.of(new Route("POST", "/v1/traces", Door.OPEN, this::collect));
    try (var collector =
        new HttpFront(HttpSettings.local(0), ApiKeys.none(), routes, (_, _, _) -> {})) {
      var environment = Map.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT",
          collector.address(),
          "OTEL_EXPORTER_OTLP_HEADERS",
          "x-team=a%20b");
      try (var server = new RunningServer(environment)) {
        var body = "{\"model\": \"tiny\", \"prompt\": \"the cat\", \"max_tokens\": 3}";
        server.post("/v1/completions", body, "traceparent", "00-" + TRACE + "-" + SPAN + "-01");
        var span = next();
        assertThat(span.get("traceId").stringValue()).isEqualTo(TRACE);
        assertThat(span.get("parentSpanId").stringValue()).isEqualTo(SPAN);
        assertThat(attribute(span, "gen_ai.usage.output_tokens")).isIn("1", "2", "3");
        assertThat(attribute(span, "gen_ai.operation.name")).isEqualTo("text_completion");
        assertThat(attribute(span, "http.response.status_code")).isEqualTo("200");
        server.post("/v1/completions", body, "traceparent", "00-" + TRACE + "-" + SPAN + "-00");
        server.post(
            "/v1/completions", "{\"model\": \"no\", \"prompt\": \"x\"}", "traceparent", "?");
        var refused = next();
        assertThat(refused.get("traceId").stringValue())
            .matches("[0-9a-f]{32}")
            .isNotEqualTo(TRACE);
        assertThat(attribute(refused, "error.type")).isEqualTo("model_not_found");
      }
    }
    assertThat(got).isEmpty();
  }

  @Test
  void environmentSaysWhetherAndWhere() {
    assertThat(Traces.Settings.of(Map.of())).isNull();
    var endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    assertThat(Traces.Settings.of(Map.of(endpoint, "http://x/", "OTEL_SDK_DISABLED", "true")))
        .isNull();
    assertThat(Traces.Settings.of(Map.of(endpoint, "http://x/")).endpoint())
        .hasToString("http://x/v1/traces");
    assertThatThrownBy(() -> Traces.Settings.of(Map.of(endpoint, "x")))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() ->
            Traces.Settings.of(Map.of(endpoint, "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("grpc");
  }
}
