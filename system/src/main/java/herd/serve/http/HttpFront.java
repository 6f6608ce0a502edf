package herd.serve.http;

import herd.engine.UserError;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// The server's door: finds the route of a request, asks for its key, turns faults into
/// replies, and when it closes lets running requests end. Netty does HTTP
/// (docs/adr/006-netty.md); each request is answered by a virtual thread.
public final class HttpFront implements AutoCloseable {
  private static final int GONE = 499; // as nginx logs it

  private final HttpSettings settings;
  private final ApiKeys keys;
  private final List<Route> routes;
  private final Listener listener;
  private final Listening listening;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger running = new AtomicInteger();
  private volatile boolean draining;

  /// Hears of requests, for logs and metrics.
  public interface Listener {
    /// A request was answered, or its client went away.
    /// @param failure what the server itself did wrong, null if nothing
    void answered(Call call, int status, Throwable failure);
  }

  /// Listens from now on.
  /// @throws UserError if the address cannot be had or a TLS file is wrong
  public HttpFront(HttpSettings settings, ApiKeys keys, List<Route> routes, Listener listener) {
    this.settings = settings;
    this.keys = keys;
    this.routes = List.copyOf(routes);
    this.listener = listener;
    this.listening = new Listening(settings, call -> threads.execute(() -> handle(call)));
  }

  /// The address to call, `http://127.0.0.1:8080`.
  public String address() {
    var at = listening.address();
    boolean any = at.getAddress().isAnyLocalAddress();
    var host = any ? "127.0.0.1" : at.getHostString();
    var scheme = settings.certificate() == null ? "http" : "https";
    return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + at.getPort();
  }

  /// Whether the server is about to end and takes no more requests.
  public boolean draining() {
    return draining;
  }

  /// Requests that are being answered.
  public int running() {
    return running.get();
  }

  private void handle(Call call) {
    Throwable failure = null;
    boolean whole = true;
    running.incrementAndGet();
    try {
      answer(call);
      if (!call.replied()) {
        throw new IllegalStateException("no reply");
      }
    } catch (IOException _) {
      whole = false;
      call.note("gone", true);
    } catch (Throwable e) {
      whole = !call.replied();
      failure = refuse(call, e);
    } finally {
      call.end(whole);
      running.decrementAndGet();
      listener.answered(call, call.replied() ? call.status() : GONE, failure);
    }
  }

  private void answer(Call call) throws IOException {
    call.check();
    cors(call);
    if (call.method().equals("OPTIONS")) {
      call.reply(204, "text/plain", new byte[0]);
      return;
    }
    var route = route(call);
    call.route(route.path());
    if (route.door() != Route.Door.OPEN) {
      if (draining) {
        call.set("Connection", "close");
        throw ApiError.unavailable("shutting_down", "The server is shutting down.", 1);
      }
      call.key(keys.holder(call.header("Authorization")));
      if (route.door() == Route.Door.ADMIN) {
        admit(call);
      }
      call.key().countRequest();
    }
    route.handler().handle(call);
  }

  private void admit(Call call) {
    if (keys.needed() ? !call.key().admin() : !call.fromThisMachine()) {
      throw new ApiError(
          403,
          "invalid_request_error",
          "not_admin",
          null,
          "This address is for keys marked admin=true, or without keys for this machine alone.");
    }
  }

  private Route route(Call call) {
    var path = call.path();
    var method = call.method().equals("HEAD") ? "GET" : call.method();
    boolean known = false;
    for (var route : routes) {
      if (route.fits(path)) {
        if (route.method().equals(method)) {
          return route;
        }
        known = true;
      }
    }
    throw known
        ? new ApiError(
            405,
            "invalid_request_error",
            "method_not_supported",
            null,
            "Not allowed to " + method + " on " + path + ".")
        : ApiError.noPath(method, path);
  }

  private void cors(Call call) {
    var origin = call.header("Origin");
    boolean all = settings.origins().contains("*");
    if (origin != null && (all || settings.origins().contains(origin))) {
      call.set("Access-Control-Allow-Origin", all ? "*" : origin);
      call.set("Vary", "Origin");
      call.set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
      var asked = call.header("Access-Control-Request-Headers");
      call.set(
          "Access-Control-Allow-Headers", asked == null ? "Authorization, Content-Type" : asked);
      call.set("Access-Control-Max-Age", "600");
      call.set("Access-Control-Expose-Headers", "x-request-id, Retry-After");
    }
  }

  /// Sends what a fault means.
  /// @return the fault if it is the server's own, else null
  private static Throwable refuse(Call call, Throwable fault) {
    var error =
        switch (fault) {
          case ApiError e -> e;
          case UserError e -> ApiError.invalid(null, "invalid_value", e.getMessage());
          default ->
            new ApiError(
                500,
                "server_error",
                null,
                null,
                "The server had an error while processing your request " + call.id() + ".");
        };
    if (call.gone()) {
      call.note("gone", true);
      return error.status() == 500 ? fault : null;
    }
    call.note("error", error.code() == null ? "internal" : error.code());
    try {
      if (!call.replied()) {
        call.refuse(error);
      }
    } catch (IOException _) {
      call.note("gone", true);
    }
    return error.status() == 500 ? fault : null;
  }

  /// Takes no more requests; `/ready` says so to load balancers.
  public void drain() {
    draining = true;
  }

  /// Waits until running requests are answered or the time for it is over, then ends.
  @Override
  public void close() {
    drain();
    long end = System.nanoTime() + settings.drainSeconds() * 1_000_000_000L;
    try {
      while (running.get() > 0 && System.nanoTime() < end) {
        Thread.sleep(20);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
    listening.close();
  }
}
