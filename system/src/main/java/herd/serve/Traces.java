package herd.serve;

import herd.engine.UserError;
import herd.serve.http.Call;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A span for each request, sent to an OpenTelemetry collector as OTLP in JSON over HTTP, in the
/// terms of its conventions for HTTP and generative models. A span belongs to the trace that the
/// header `traceparent` names. Prompts and answers are in none. Spans wait in a queue of bounded
/// length and are dropped and counted where the collector is too slow; requests never wait.
final class Traces implements AutoCloseable {
  private static final int MOST_WAITING = 4096;
  private static final int MOST_SENT = 512;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Pattern PARENT =
      Pattern.compile("[0-9a-e][0-9a-f]-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
  private static final Map<String, String> OPERATIONS = Map.of(
      "/v1/chat/completions", "chat",
      "/v1/completions", "text_completion",
      "/v1/embeddings", "embeddings");

  private final Settings settings;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private final ArrayBlockingQueue<ObjectNode> spans = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread sender;
  private volatile boolean closed;

  /// Where spans go.
  /// @param endpoint address that takes traces
  /// @param headers sent with them
  /// @param service the name of this program among others
  record Settings(URI endpoint, Map<String, String> headers, String service) {
    private static final String REMEDY = "Unset it to do without traces.";

    /// From OpenTelemetry's environment variables.
    /// @return null if they ask for no traces
    /// @throws UserError if they ask for what is not supported
    static Settings of(Map<String, String> env) {
      var own = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
      var all = env.get("OTEL_EXPORTER_OTLP_ENDPOINT");
      if (own == null && all == null
          || "true".equalsIgnoreCase(env.get("OTEL_SDK_DISABLED"))
          || "none".equals(env.get("OTEL_TRACES_EXPORTER"))) {
        return null;
      }
      var protocol = env.getOrDefault(
          "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
          env.getOrDefault("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"));
      if (protocol.equals("grpc")) {
        throw new UserError(
            "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/json (as http/protobuf's port)", REMEDY);
      }
      var headers = new LinkedHashMap<String, String>();
      for (var one : env.getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", "").split(",")) {
        int equals = one.indexOf('=');
        if (equals > 0) {
          headers.put(
              one.substring(0, equals).strip(),
              URLDecoder.decode(one.substring(equals + 1).strip(), StandardCharsets.UTF_8));
        }
      }
      var address = own != null ? own : all.replaceFirst("/+$", "") + "/v1/traces";
      return new Settings(address(address), headers, env.getOrDefault("OTEL_SERVICE_NAME", "herd"));
    }

    private static URI address(String text) {
      try {
        var uri = URI.create(text);
        if ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) {
          return uri;
        }
      } catch (IllegalArgumentException _) {
        // told below
      }
      throw new UserError("OTEL_EXPORTER_OTLP_ENDPOINT", text, "an http or https address", REMEDY);
    }
  }

  Traces(Settings settings) {
    this.settings = settings;
    this.sender = Thread.ofVirtual().name("herd-traces").start(this::send);
  }

  /// Spans that no collector took in time.
  long dropped() {
    return dropped.get();
  }

  /// The request was answered. Its log line names the trace.
  void answered(Call call, int status, Throwable failure) {
    var header = call.header("traceparent");
    var parent = PARENT.matcher(header == null ? "" : header);
    boolean known = parent.matches() && !parent.group(1).matches("0+");
    if (known && (Integer.parseInt(parent.group(3), 16) & 1) == 0) {
      return; // the caller samples, and not this one
    }
    long end = System.currentTimeMillis() * 1_000_000;
    var span = JsonNodeFactory.instance.objectNode();
    span.put("traceId", known ? parent.group(1) : random(16)).put("spanId", random(8));
    if (known) {
      span.put("parentSpanId", parent.group(2));
    }
    var route = call.route().isEmpty() ? "other" : call.route();
    span.put("name", call.method() + " " + route).put("kind", 2);
    span.put("startTimeUnixNano", "" + (end - (System.nanoTime() - call.started())));
    span.put("endTimeUnixNano", "" + end);
    attributes(span.putArray("attributes"), call, route, status, failure);
    span.putObject("status").put("code", status >= 500 ? 2 : 0);
    call.note("trace", span.get("traceId").stringValue());
    if (!spans.offer(span)) {
      dropped.incrementAndGet();
    }
  }

  private static void attributes(
      ArrayNode out, Call call, String route, int status, Throwable failure) {
    var notes = call.notes();
    text(out, "http.request.method", call.method());
    text(out, "http.route", route);
    number(out, "http.response.status_code", status);
    text(out, "herd.request.id", call.id());
    text(out, "gen_ai.operation.name", OPERATIONS.get(route));
    text(out, "gen_ai.request.model", notes.get("model"));
    number(out, "gen_ai.usage.input_tokens", notes.get("promptTokens"));
    number(out, "gen_ai.usage.output_tokens", notes.get("completionTokens"));
    var error = failure == null ? notes.get("error") : failure.getClass().getName();
    text(out, "error.type", error);
  }

  private static void text(ArrayNode out, String key, Object value) {
    if (value != null) {
      out.addObject().put("key", key).putObject("value").put("stringValue", value.toString());
    }
  }

  private static void number(ArrayNode out, String key, Object value) {
    if (value != null) {
      out.addObject().put("key", key).putObject("value").put("intValue", value.toString());
    }
  }

  private static String random(int bytes) {
    var out = new byte[bytes];
    ThreadLocalRandom.current().nextBytes(out);
    return HexFormat.of().formatHex(out);
  }

  // --- the sender ---

  private void send() {
    try {
      while (!closed || !spans.isEmpty()) {
        var first = spans.poll(1, TimeUnit.SECONDS);
        if (first != null) {
          var batch = new ArrayList<ObjectNode>(List.of(first));
          spans.drainTo(batch, MOST_SENT - 1);
          post(batch);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the rest is lost
    }
  }

  private void post(List<ObjectNode> batch) throws InterruptedException {
    var request = HttpRequest.newBuilder(settings.endpoint())
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body(batch)));
    settings.headers().forEach(request::setHeader);
    try {
      int status = client.send(request.build(), BodyHandlers.discarding()).statusCode();
      if (status >= 300) {
        dropped.addAndGet(batch.size());
      }
    } catch (java.io.IOException _) {
      dropped.addAndGet(batch.size());
    }
  }

  private String body(List<ObjectNode> batch) {
    var out = JsonNodeFactory.instance.objectNode();
    var resource = out.putArray("resourceSpans").addObject();
    text(resource.putObject("resource").putArray("attributes"), "service.name", settings.service());
    var scope = resource.putArray("scopeSpans").addObject();
    scope.putObject("scope").put("name", "herd.serve");
    scope.putArray("spans").addAll(batch);
    return out.toString();
  }

  /// Sends what waits, for two seconds at most.
  @Override
  public void close() {
    closed = true;
    try {
      sender.join(Duration.ofSeconds(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    sender.interrupt();
    client.shutdownNow();
  }
}
