package herd.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A headless Chromium with one page, driven by its DevTools protocol.
final class Browser implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome");
  private static final int SECONDS = 120;

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final AtomicInteger last = new AtomicInteger();
  private final WebSocket socket;
  private String session;

  /// The program's place on the PATH, null if there is none.
  static Path find() {
    for (var folder : System.getenv().getOrDefault("PATH", "").split(":")) {
      for (var name : NAMES) {
        var file = Path.of(folder, name);
        if (Files.isExecutable(file)) {
          return file;
        }
      }
    }
    return null;
  }

  /// @param home an empty folder for what the browser keeps
  Browser(Path program, Path home) throws Exception {
    var log = home.resolve("log");
    process = new ProcessBuilder(
            program.toString(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-crash-reporter",
            "--remote-debugging-port=0",
            "--user-data-dir=" + home.resolve("profile"),
            "about:blank")
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    try {
      socket = http.newWebSocketBuilder()
          .buildAsync(URI.create(address(log)), new Ear())
          .get(SECONDS, TimeUnit.SECONDS);
      var target = call("Target.createTarget", Map.of("url", "about:blank"));
      var attached = call(
          "Target.attachToTarget",
          Map.of("targetId", target.get("targetId").stringValue(), "flatten", true));
      session = attached.get("sessionId").stringValue();
      call("Page.enable", Map.of());
    } catch (Exception e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private String address(Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end && process.isAlive()) {
      for (var line : Files.readAllLines(log)) {
        if (line.startsWith("DevTools listening on ")) {
          return line.substring(22).strip();
        }
      }
      Thread.sleep(50);
    }
    throw new IOException("the browser did not start: " + Files.readString(log));
  }

  /// Puts the pieces of what comes together, and gives answers to who waits for them.
  private final class Ear implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence piece, boolean whole) {
      text.append(piece);
      if (whole) {
        var message = JSON.readTree(text.toString());
        text.setLength(0);
        var waiting = message.has("id") ? asked.remove(message.get("id").intValue()) : null;
        if (waiting != null) {
          waiting.complete(message);
        }
      }
      from.request(1);
      return null;
    }
  }

  private JsonNode call(String method, Map<String, ?> params) throws Exception {
    int id = last.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(params));
    if (session != null) {
      message.put("sessionId", session);
    }
    var answer = new CompletableFuture<JsonNode>();
    asked.put(id, answer);
    socket.sendText(message.toString(), true).get(SECONDS, TimeUnit.SECONDS);
    var reply = answer.get(SECONDS, TimeUnit.SECONDS);
    if (reply.has("error")) {
      throw new IOException(method + ": " + reply.get("error"));
    }
    return reply.get("result");
  }

  void open(String address) throws Exception {
    call("Page.navigate", Map.of("url", address));
    until("location.href.startsWith('" + address + "') && document.readyState === 'complete'");
  }

  /// The value of an expression; a promise is waited for.
  JsonNode eval(String script) throws Exception {
    var reply = call(
        "Runtime.evaluate",
        Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
    if (reply.has("exceptionDetails")) {
      throw new AssertionError(script + ": " + reply.get("exceptionDetails"));
    }
    return reply.get("result").path("value");
  }

  String text(String script) throws Exception {
    return eval(script).asString("");
  }

  boolean is(String script) throws Exception {
    return eval("!!(" + script + ")").booleanValue();
  }

  void until(String script) throws Exception {
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (!is(script)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never came to hold: " + script);
      }
      Thread.sleep(20);
    }
  }

  /// Types as a keyboard does, into what has the focus.
  void type(String text) throws Exception {
    call("Input.insertText", Map.of("text", text));
  }

  void enter() throws Exception {
    for (var kind : List.of("keyDown", "keyUp")) {
      call(
          "Input.dispatchKeyEvent",
          Map.of(
              "type",
              kind,
              "key",
              "Enter",
              "code",
              "Enter",
              "windowsVirtualKeyCode",
              13,
              "text",
              kind.equals("keyDown") ? "\r" : ""));
    }
  }

  void size(int width, int height) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
  }

  void scheme(String light) throws Exception {
    var feature = Map.of("name", "prefers-color-scheme", "value", light);
    call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
  }

  void picture(Path file) throws Exception {
    var data =
        call("Page.captureScreenshot", Map.of("format", "png")).get("data").stringValue();
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(data));
  }

  @Override
  public void close() {
    socket.abort();
    http.close();
    // All of them must have ended before the folder that they write to can be deleted.
    var all = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      for (var one : all) {
        one.destroyForcibly();
        for (int i = 0; i < 1000 && one.isAlive(); i++) {
          Thread.sleep(10);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
