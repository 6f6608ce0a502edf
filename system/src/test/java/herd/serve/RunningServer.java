package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server in this process and a client for it.
final class RunningServer implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();

  final HttpClient client = HttpClient.newHttpClient();
  final ByteArrayOutputStream log = new ByteArrayOutputStream();
  final Models models;
  final Server server;

  RunningServer() {
    this(HttpSettings.local(0), ApiKeys.none(), 512);
  }

  RunningServer(Map<String, String> environment) {
    this(HttpSettings.local(0), ApiKeys.none(), 512, environment);
  }

  RunningServer(HttpSettings http, ApiKeys keys, int context) {
    this(http, keys, context, Map.of());
  }

  private RunningServer(
      HttpSettings http, ApiKeys keys, int context, Map<String, String> environment) {
    this(
        new Models(TinyModel.SETTINGS, RunningServer::find, 200 << 20),
        http,
        keys,
        environment,
        null);
    models.add(TinyModel.parts("tiny", context));
  }

  RunningServer(Models models) {
    this(models, HttpSettings.local(0), ApiKeys.none(), Map.of(), null);
  }

  /// @param adapters folder whose adapters may be loaded, null for none
  RunningServer(
      Models models,
      HttpSettings http,
      ApiKeys keys,
      Map<String, String> environment,
      Path adapters) {
    this.models = models;
    var out = new PrintStream(log, true, StandardCharsets.UTF_8);
    server = new Server(new ServerSettings(http, keys, out, false, environment, adapters), models);
  }

  static Models.Found find(String name) {
    return new Models.Found(name, 1 << 20, () -> TinyModel.parts(name, 64));
  }

  URI uri(String path) {
    return URI.create(server.address() + path);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /// Posts JSON with single quotes for double ones.
  JsonNode ask(String path, String body) throws IOException, InterruptedException {
    var reply = post(path, body.replace('\'', '"'));
    if (reply.statusCode() != 200) {
      throw new AssertionError(reply.statusCode() + " " + reply.body());
    }
    return JSON.readTree(reply.body());
  }

  /// The events of a stream, `[DONE]` left out.
  List<JsonNode> stream(String path, String body) throws IOException, InterruptedException {
    var reply = post(path, body.replace('\'', '"'));
    if (reply.statusCode() != 200) {
      throw new AssertionError(reply.statusCode() + " " + reply.body());
    }
    var events = new ArrayList<JsonNode>();
    boolean done = false;
    for (var line : reply.body().split("\n")) {
      if (line.equals("data: [DONE]")) {
        done = true;
      } else if (line.startsWith("data: ")) {
        events.add(JSON.readTree(line.substring(6)));
      }
    }
    if (!done) {
      throw new AssertionError("no [DONE] in " + reply.body());
    }
    return events;
  }

  /// The error object that a bad request gets, its status beside it under `status`.
  JsonNode refused(String path, String body, String... headers)
      throws IOException, InterruptedException {
    var reply = post(path, body.replace('\'', '"'), headers);
    var error = JSON.readTree(reply.body()).get("error");
    return ((tools.jackson.databind.node.ObjectNode) error).put("status", reply.statusCode());
  }

  static void eventually(BooleanSupplier holds) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it did not come to hold within 60 s");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Override
  public void close() {
    server.close();
    client.close();
  }
}
