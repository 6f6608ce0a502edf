package herd.serve.http;

import herd.serve.protocol.ApiError;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// One request and its reply, of which there is exactly one: whole, or an event stream.
public final class Call {
  private static final int ID_BYTES = 12;

  private final Connection connection;
  private final HttpRequest head;
  private final byte[] body; // null if it is too large
  private final long maxBody;
  private final String id;
  private final String path;
  private final long started = System.nanoTime();
  private final Map<String, Object> notes = new LinkedHashMap<>();
  private final HttpHeaders headers = new DefaultHttpHeaders();
  private Throwable broken; // why this is no HTTP request, null if it is one
  private ApiKey key = ApiKey.nobody();
  private String route = "";
  private int status;
  private boolean gone;
  private Runnable whenGone;

  Call(Connection connection, HttpRequest head, byte[] body, long maxBody) {
    this.connection = connection;
    this.head = head;
    this.body = body;
    this.maxBody = maxBody;
    var bytes = new byte[ID_BYTES];
    ThreadLocalRandom.current().nextBytes(bytes);
    this.id = "req-" + HexFormat.of().formatHex(bytes);
    String decoded;
    try {
      decoded = new QueryStringDecoder(head.uri()).path();
    } catch (IllegalArgumentException e) {
      decoded = "?";
      broken = e;
    }
    this.path = decoded;
  }

  /// What is no HTTP request.
  static Call broken(Connection connection, Throwable why) {
    var none = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    var call = new Call(connection, none, null, 0);
    call.broken = why;
    return call;
  }

  /// @throws ApiError if this is no HTTP request
  void check() {
    if (broken != null) {
      int code =
          switch (broken) {
            case TooLongHttpLineException _ -> 414;
            case TooLongHttpHeaderException _ -> 431;
            default -> 400;
          };
      set("Connection", "close");
      throw new ApiError(
          code,
          "invalid_request_error",
          "invalid_http",
          null,
          "This is no HTTP request that the server understands.");
    }
  }

  /// Name of this request, in the reply's header `x-request-id` and in the log.
  public String id() {
    return id;
  }

  /// `GET`, `POST` …
  public String method() {
    return head.method().name();
  }

  /// The address without its query, `?` where there is none.
  public String path() {
    return path;
  }

  /// A value in the address' query, the first of its name; null if there is none.
  public String query(String name) {
    var values = new QueryStringDecoder(head.uri()).parameters().get(name);
    return values == null ? null : values.getFirst();
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
  public String header(String name) {
    return head.headers().get(name);
  }

  boolean fromThisMachine() {
    return connection.channel().remoteAddress() instanceof InetSocketAddress from
        && from.getAddress().isLoopbackAddress();
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
    headers.set(header, value);
  }

  /// Adds a fact to this request's line in the log.
  public void note(String name, Object value) {
    notes.put(name, value);
  }

  /// The facts, in order.
  public Map<String, Object> notes() {
    return notes;
  }

  // --- the client's presence ---

  /// Whether the client went away.
  public synchronized boolean gone() {
    return gone;
  }

  /// Runs `action` when the client goes away before it has its reply, or at once if it has already
  /// gone. It runs on the thread of the connections and must not block. There is one at a time.
  public void whenGone(Runnable action) {
    synchronized (this) {
      whenGone = action;
      if (!gone) {
        return;
      }
    }
    action.run();
  }

  /// The client went away.
  void left() {
    Runnable action;
    synchronized (this) {
      gone = true;
      action = whenGone;
    }
    if (action != null) {
      action.run();
    }
  }

  boolean keepsConnection() {
    return HttpUtil.isKeepAlive(head) && !headers.contains("Connection", "close", true);
  }

  // --- body and reply ---

  /// The request's body.
  /// @throws ApiError if it is larger than the server takes (status 413)
  public byte[] body() {
    if (body == null) {
      set("Connection", "close");
      throw new ApiError(
          413,
          "invalid_request_error",
          "request_too_large",
          null,
          "The body of your request is larger than " + maxBody + " bytes.");
    }
    return body;
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
  /// @throws IOException if the client went away
  public void reply(int code, String type, byte[] content) throws IOException {
    var reply = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code), Unpooled.wrappedBuffer(content));
    begin(reply, type);
    if (code != 204) {
      HttpUtil.setContentLength(reply, content.length);
    }
    connection.finish(reply);
  }

  /// Sends a whole reply of JSON.
  /// @throws IOException if the client went away
  public void reply(int code, String json) throws IOException {
    reply(code, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  /// Begins an event stream; its head goes out at once.
  /// @throws IOException if the client went away
  public EventStream events() throws IOException {
    var reply = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    set("Cache-Control", "no-cache");
    set("X-Accel-Buffering", "no"); // proxies pass events on as they come
    if (head.protocolVersion().isKeepAliveDefault()) {
      HttpUtil.setTransferEncodingChunked(reply, true);
    } else {
      set("Connection", "close"); // HTTP/1.0: the end of the connection ends the stream
    }
    begin(reply, "text/event-stream; charset=utf-8");
    connection.send(reply);
    return new EventStream(connection);
  }

  void refuse(ApiError error) throws IOException {
    error.headers().forEach(this::set);
    reply(error.status(), error.json());
  }

  private void begin(HttpResponse reply, String type) {
    status = reply.status().code();
    set("Content-Type", type);
    set("x-request-id", id);
    set("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    key.headers().forEach(this::set);
    reply.headers().add(headers);
    HttpUtil.setKeepAlive(reply.headers(), reply.protocolVersion(), keepsConnection());
  }

  /// Nothing more will be sent. A reply that broke off closes the connection.
  void end(boolean whole) {
    if (!whole) {
      set("Connection", "close");
    }
    connection.done(this);
  }
}
