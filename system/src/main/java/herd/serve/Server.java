package herd.serve;

import herd.serve.http.Call;
import herd.serve.http.Handler;
import herd.serve.http.HttpFront;
import herd.serve.http.Route;
import herd.serve.http.Route.Door;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A running server. Closing it takes no more requests, lets those that run end for a while, then
/// frees the models.
public final class Server implements AutoCloseable {
  private final Models models;
  private final Metrics metrics;
  private final RequestLog log;
  private final Traces traces; // null where nobody asked for them
  private final HttpFront front;

  /// Listens from now on.
  /// @throws herd.engine.UserError if the address cannot be had, or the environment asks for
  /// traces in a way that is not supported
  public Server(ServerSettings settings, Models models) {
    this.models = models;
    this.metrics = new Metrics(models, this::running);
    this.log = new RequestLog(settings.log());
    var collector = Traces.Settings.of(settings.environment());
    this.traces = collector == null ? null : new Traces(collector);
    this.front = new HttpFront(settings.http(), settings.keys(), routes(settings), this::answered);
  }

  private List<Route> routes(ServerSettings settings) {
    boolean logTexts = settings.logTexts();
    var known = new ModelEndpoints(models, settings.adapters());
    var texts = new TextEndpoints(models, metrics);
    var routes = new ArrayList<>(pages());
    routes.addAll(List.of(
        post("/v1/chat/completions", new ChatEndpoint(models, metrics, logTexts)),
        post("/v1/completions", new CompletionEndpoint(models, metrics, logTexts)),
        post("/v1/embeddings", texts::embeddings),
        post("/v1/responses", ChatEndpoint::responses),
        post("/tokenize", texts::tokenize),
        post("/detokenize", texts::detokenize),
        new Route("GET", "/tokenizer_info", Door.KEY, texts::tokenizer),
        new Route("GET", "/v1/models", Door.KEY, known::list),
        new Route("GET", ModelEndpoints.ONE, Door.KEY, known::one),
        new Route("POST", "/admin/models", Door.ADMIN, known::load),
        new Route("DELETE", ModelEndpoints.ADMIN, Door.ADMIN, known::unload),
        new Route("POST", "/v1/load_lora_adapter", Door.ADMIN, known::loadAdapter),
        new Route("POST", "/v1/unload_lora_adapter", Door.ADMIN, known::unloadAdapter),
        new Route("GET", "/health", Door.OPEN, call -> call.reply(200, "{\"status\":\"ok\"}")),
        new Route("GET", "/ready", Door.OPEN, this::ready),
        new Route("GET", "/metrics", Door.OPEN, this::metrics)));
    return routes;
  }

  /// The chat page and what belongs to it.
  static List<Route> pages() {
    return List.of(
        page("/", "index.html", "text/html; charset=utf-8"),
        page("/chat.css", "chat.css", "text/css; charset=utf-8"),
        page("/chat.js", "chat.js", "text/javascript; charset=utf-8"),
        page("/markdown.js", "markdown.js", "text/javascript; charset=utf-8"),
        page("/icon.svg", "icon.svg", "image/svg+xml"));
  }

  private static Route post(String path, Handler handler) {
    return new Route("POST", path, Door.KEY, handler);
  }

  private static Route page(String path, String resource, String type) {
    return new Route("GET", path, Door.OPEN, new Page(resource, type));
  }

  private void ready(Call call) throws IOException {
    if (front.draining() || models.names().isEmpty()) {
      throw ApiError.unavailable("not_ready", "No model is served now.", 1);
    }
    call.reply(200, "{\"status\":\"ready\"}");
  }

  private void metrics(Call call) throws IOException {
    call.reply(200, Metrics.TYPE, metrics.text());
  }

  private int running() {
    return front.running();
  }

  private void answered(Call call, int status, Throwable failure) {
    var path = call.route().isEmpty() ? "other" : call.route();
    metrics.answered(path, status, System.nanoTime() - call.started());
    if (traces != null && call.path().startsWith("/v1/")) {
      traces.answered(call, status, failure);
    }
    log.line(call, status, call.notes(), failure);
  }

  /// The address to call, `http://127.0.0.1:8080`.
  public String address() {
    return front.address();
  }

  /// Takes no more requests from now on; those that run go on.
  public void drain() {
    front.drain();
  }

  @Override
  public void close() {
    front.close();
    if (traces != null) {
      traces.close();
    }
    try {
      models.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
