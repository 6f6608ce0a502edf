package herd.serve.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import herd.engine.UserError;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// The server's door: finds the route of a request, asks for its key, turns faults into replies,
/// and when it closes lets running requests end. The JDK's own server does HTTP
/// (docs/adr/005-http-server.md).
public final class HttpFront implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int WRITE_SECONDS = 30;

  private final HttpSettings settings;
  private final ApiKeys keys;
  private final List<Route> routes;
  private final Listener listener;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final StreamWatch watch = new StreamWatch(WRITE_SECONDS);
  private final AtomicInteger running = new AtomicInteger();
  private final SecureRandom random = new SecureRandom();
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
    limits();
    try {
      server = open(new InetSocketAddress(settings.host(), settings.port()));
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(
          "--host " + settings.host() + " --port " + settings.port(),
          e.getMessage() == null ? e.toString() : e.getMessage(),
          "an address of this machine and a free port",
          "Choose another with --port.");
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// The JDK's server takes these from system properties alone; values given from outside stay.
  private static void limits() {
    set("sun.net.httpserver.nodelay", "true"); // events leave at once
    set("sun.net.httpserver.maxReqTime", "120"); // seconds to send head and body
    set("sun.net.httpserver.idleInterval", "75"); // seconds a kept connection may idle
    set("sun.net.httpserver.maxIdleConnections", "1000");
  }

  private static void set(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  private HttpServer open(InetSocketAddress address) throws IOException {
    if (settings.certificate() == null) {
      return HttpServer.create(address, BACKLOG);
    }
    var tls = HttpsServer.create(address, BACKLOG);
    tls.setHttpsConfigurator(
        new HttpsConfigurator(Pem.context(settings.certificate(), settings.privateKey())));
    return tls;
  }

  /// The address to call, `http://127.0.0.1:8080`.
  public String address() {
    var at = server.getAddress();
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

  private void handle(HttpExchange exchange) {
    var id = "req-" + HexFormat.of().formatHex(bytes());
    var call = new Call(exchange, id, settings.maxBody(), watch);
    Throwable failure = null;
    running.incrementAndGet();
    try {
      answer(call);
      if (!call.replied()) {
        throw new IllegalStateException("no reply");
      }
    } catch (IOException _) {
      call.note("gone", true);
    } catch (Throwable e) {
      failure = refuse(call, e);
    } finally {
      running.decrementAndGet();
      call.abandon();
      listener.answered(call, call.status(), failure);
    }
  }

  private byte[] bytes() {
    var bytes = new byte[12];
    random.nextBytes(bytes);
    return bytes;
  }

  private void answer(Call call) throws IOException {
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
    server.stop(0);
    threads.shutdownNow();
    watch.close();
  }
}
