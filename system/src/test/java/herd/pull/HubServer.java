package herd.pull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import herd.run.Fingerprint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/// A hub of one repository that can be told to misbehave.
final class HubServer implements AutoCloseable {
  private final HttpServer server;
  final Map<String, byte[]> files = new TreeMap<>();
  final Queue<String> troubles = new ArrayDeque<>();
  final List<String> requests = new ArrayList<>(); // guarded by itself
  String commit = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
  String token;
  String redirect;
  Path arrivals; // null, or where what was sent must have arrived before a connection is cut

  HubServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var range = exchange.getRequestHeaders().getFirst("Range");
    var authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String trouble;
    synchronized (requests) {
      requests.add(path
          + (range == null ? "" : " " + range)
          + (authorization == null ? "" : " " + authorization));
      trouble = path.startsWith("/api") ? null : troubles.poll();
    }
    if (token != null && !("Bearer " + token).equals(authorization)) {
      status(exchange, 401);
    } else if (path.startsWith("/api/")) {
      send(exchange, 200, listing().getBytes(StandardCharsets.UTF_8), 0, -1);
    } else if (redirect != null) {
      exchange.getResponseHeaders().add("Location", redirect + path);
      status(exchange, 302);
    } else {
      file(exchange, path.substring(path.indexOf(commit) + commit.length() + 1), range, trouble);
    }
  }

  private void file(HttpExchange exchange, String name, String range, String trouble)
      throws IOException {
    var content = files.get(name);
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (content == null) {
      status(exchange, 404);
    } else if (trouble == null) {
      whole(exchange, content, from);
    } else if (trouble.equals("ignore-range")) {
      send(exchange, 200, content, 0, -1);
    } else if (trouble.startsWith("cut")) {
      send(exchange, from > 0 ? 206 : 200, content, from, Integer.parseInt(trouble.substring(3)));
    } else if (trouble.equals("stall")) {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(Arrays.copyOf(content, content.length / 2));
      exchange.getResponseBody().flush();
      LockSupport.parkNanos(60_000_000_000L); // the rest never comes
    } else if (trouble.equals("garble")) {
      var other = content.clone();
      other[0]++;
      send(exchange, 200, other, 0, -1);
    } else {
      if (trouble.equals("429")) {
        exchange.getResponseHeaders().add("Retry-After", "7");
      }
      status(exchange, Integer.parseInt(trouble));
    }
  }

  private void whole(HttpExchange exchange, byte[] content, int from) throws IOException {
    if (from >= content.length && from > 0) {
      status(exchange, 416);
    } else {
      send(exchange, from > 0 ? 206 : 200, content, from, -1);
    }
  }

  private void send(HttpExchange exchange, int status, byte[] content, int from, int cut)
      throws IOException {
    if (status == 206) {
      var range = "bytes " + from + "-" + (content.length - 1) + "/" + content.length;
      exchange.getResponseHeaders().add("Content-Range", range);
    }
    exchange.sendResponseHeaders(status, content.length - from);
    int until = cut < 0 ? content.length : Math.min(content.length, from + cut);
    exchange.getResponseBody().write(Arrays.copyOfRange(content, from, until));
    exchange.getResponseBody().flush();
    if (cut >= 0 && arrivals != null) {
      // What a client has received but not yet read is lost to it when the connection breaks.
      for (int i = 0; i < 12_000 && !arrived(until); i++) {
        LockSupport.parkNanos(5_000_000);
      }
    }
    exchange.close(); // a close before all promised bytes cuts the connection
  }

  private boolean arrived(long bytes) {
    try (var files = Files.walk(arrivals)) {
      return files.anyMatch(file -> Files.isRegularFile(file) && file.toFile().length() == bytes);
    } catch (IOException | UncheckedIOException e) {
      return false; // a file went away meanwhile
    }
  }

  private static void status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private String listing() {
    var list = new ArrayList<String>();
    files.forEach(
        (name, content) -> list.add("{\"rfilename\":\"%s\",\"size\":%d,\"lfs\":{\"sha256\":\"%s\"}}"
            .formatted(
                name, content.length, Fingerprint.hex(Fingerprint.sha256().digest(content)))));
    return "{\"sha\":\"%s\",\"siblings\":[%s]}".formatted(commit, String.join(",", list));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
