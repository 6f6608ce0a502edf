package herd.serve.http;

import com.sun.net.httpserver.HttpExchange;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// One request and its reply, of which there is exactly one: whole, or an event stream.
public final class Call {
  private static final int DISCARDED = 4;

  private final HttpExchange exchange;
  private final String id;
  private final long maxBody;
  private final StreamWatch watch;
  private final long started = System.nanoTime();
  private final Map<String, Object> notes = new LinkedHashMap<>();
  private ApiKey key = ApiKey.nobody();
  private String route = "";
  private int status;

  Call(HttpExchange exchange, String id, long maxBody, StreamWatch watch) {
    this.exchange = exchange;
    this.id = id;
    this.maxBody = maxBody;
    this.watch = watch;
  }

  /// Name of this request, in the reply's header `x-request-id` and in the log.
  public String id() {
    return id;
  }

  /// `GET`, `POST` …
  public String method() {
    return exchange.getRequestMethod();
  }

  /// The address without its query.
  public String path() {
    return exchange.getRequestURI().getPath();
  }

  /// Who calls.
  public ApiKey key() {
    return key;
  }

  void key(ApiKey holder) {
    key = holder;
  }

  /// When the request came, of `System.nanoTime()`.
  public long started() {
    return started;
  }

  /// A header of the request, null if it is absent.
  String header(String name) {
    return exchange.getRequestHeaders().getFirst(name);
  }

  boolean fromThisMachine() {
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress();
  }

  /// The path of the route that was found, empty if none was.
  public String route() {
    return route;
  }

  void route(String path) {
    route = path;
  }

  /// Sets a header of the reply.
  public void set(String header, String value) {
    exchange.getResponseHeaders().set(header, value);
  }

  /// Adds a fact to this request's line in the log.
  public void note(String name, Object value) {
    notes.put(name, value);
  }

  /// The facts, in order.
  public Map<String, Object> notes() {
    return notes;
  }

  /// The request's body.
  /// @throws ApiError if it is larger than the server takes (status 413)
  public byte[] body() throws IOException {
    var in = exchange.getRequestBody();
    var length = header("Content-Length");
    if (length == null || Long.parseLong(length) <= maxBody) {
      var bytes = in.readNBytes((int) maxBody + 1);
      if (bytes.length <= maxBody) {
        return bytes;
      }
    }
    // A client hears the refusal only once it has sent all: a few times the limit is read on.
    discard(in, DISCARDED * maxBody);
    set("Connection", "close");
    throw new ApiError(
        413,
        "invalid_request_error",
        "request_too_large",
        null,
        "The body of your request is larger than " + maxBody + " bytes.");
  }

  private static void discard(InputStream in, long most) throws IOException {
    var buffer = new byte[1 << 16];
    long left = most;
    for (int n = 0; n >= 0 && left > 0; left -= n) {
      n = in.read(buffer);
    }
  }

  /// Whether the reply has begun.
  boolean replied() {
    return status != 0;
  }

  /// Status of the reply, 0 before it began.
  int status() {
    return status;
  }

  /// Sends a whole reply.
  public void reply(int code, String type, byte[] body) throws IOException {
    begin(code, type);
    boolean head = method().equals("HEAD");
    exchange.sendResponseHeaders(code, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  /// Sends a whole reply of JSON.
  public void reply(int code, String json) throws IOException {
    reply(code, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  /// Begins an event stream; its head goes out at once.
  public EventStream events() throws IOException {
    begin(200, "text/event-stream; charset=utf-8");
    set("Cache-Control", "no-cache");
    set("X-Accel-Buffering", "no"); // proxies pass events on as they come
    exchange.sendResponseHeaders(200, 0);
    return new EventStream(exchange, watch);
  }

  void refuse(ApiError error) throws IOException {
    error.headers().forEach(this::set);
    reply(error.status(), error.json());
  }

  private void begin(int code, String type) {
    status = code;
    set("Content-Type", type);
    set("x-request-id", id);
    key.headers().forEach(this::set);
  }

  /// Lets the connection go, whatever was sent.
  void abandon() {
    exchange.close();
  }
}
