package herd.pull;

import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Gets files over HTTP: goes on where a cut connection or an earlier program stopped, waits when
/// it is told to, follows redirects without showing the token to another host.
final class Download {
  private static final int TRIES = 6;
  private static final int REDIRECTS = 5;
  private static final long LONGEST_WAIT_MILLIS = 300_000;
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private final HttpClient client;
  private final String token;
  private final URI endpoint;
  private final Progress progress;

  /// @param token sent to the endpoint's own host, null for none
  Download(HttpClient client, URI endpoint, String token, Progress progress) {
    this.client = client;
    this.endpoint = endpoint;
    this.token = token;
    this.progress = progress;
  }

  /// A small text.
  String text(URI address, String what) {
    for (int tries = 1; ; tries++) {
      try (var body = send(address, 0, what).body()) {
        return new String(body.readNBytes(64 << 20), java.nio.charset.StandardCharsets.UTF_8);
      } catch (Again again) {
        wait(again.millis, tries, again.getMessage(), what);
      } catch (IOException e) {
        wait(0, tries, reason(e), what);
      }
    }
  }

  /// The bytes of `address` at the end of `part`, which may hold the first of them already.
  /// @param size of the whole, -1 if unknown
  /// @param before bytes of other files already done, and `total` of all, for the progress
  void file(URI address, Path part, long size, String what, long before, long total) {
    for (int tries = 1; ; tries++) {
      long had = length(part);
      if (had == size) {
        return;
      }
      try {
        transfer(address, part, had > size && size >= 0 ? 0 : had, what, before, total);
        if (size < 0 || length(part) == size) {
          return;
        }
        throw new IOException("the connection ended early");
      } catch (Again again) {
        wait(again.millis, tries, again.getMessage(), what);
      } catch (IOException e) {
        var trouble = Disk.trouble(e, part);
        if (trouble instanceof UserError) {
          throw trouble;
        }
        tries = length(part) > had ? 1 : tries;
        wait(0, tries, reason(e), what + " at byte " + length(part));
      }
    }
  }

  private static long length(Path part) {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw Disk.trouble(e, part);
    }
  }

  private void transfer(URI address, Path part, long from, String what, long before, long total)
      throws IOException {
    var response = send(address, from, what);
    long at = response.statusCode() == 206 ? from : 0;
    var range = response.headers().firstValue("Content-Range").orElse("bytes " + at + "-");
    if (!range.startsWith("bytes " + at + "-")) {
      throw new IOException("the server sent another part: " + range);
    }
    var moved = new AtomicLong(at);
    try (var body = response.body();
        var channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.truncate(at).position(at);
      var watch = watch(body, moved);
      try {
        var buffer = new byte[1 << 16];
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
          channel.write(ByteBuffer.wrap(buffer, 0, n));
          progress.at(before + moved.addAndGet(n), total, "bytes", Map.of());
          progress.check();
        }
      } finally {
        watch.interrupt();
        channel.force(true);
      }
    }
  }

  /// Closes a body that has been silent for too long, which ends the read with an exception.
  private static Thread watch(InputStream body, AtomicLong moved) {
    return Thread.startVirtualThread(() -> {
      try {
        for (long seen = -1; seen != moved.get(); ) {
          seen = moved.get();
          Thread.sleep(SILENCE);
        }
        body.close();
      } catch (InterruptedException | IOException _) {
        Thread.currentThread().interrupt();
      }
    });
  }

  private HttpResponse<InputStream> send(URI address, long from, String what) throws IOException {
    for (int hops = 0; hops <= REDIRECTS; hops++) {
      var request = HttpRequest.newBuilder(address).timeout(SILENCE).header("User-Agent", "herd");
      if (token != null && own(address)) {
        request.header("Authorization", "Bearer " + token);
      }
      if (from > 0) {
        request.header("Range", "bytes=" + from + "-");
      }
      HttpResponse<InputStream> response;
      try {
        response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new herd.run.Interrupted();
      }
      int status = response.statusCode();
      if (status == 200 || status == 206) {
        return response;
      }
      response.body().close();
      var location = response.headers().firstValue("Location").orElse(null);
      if (status / 100 == 3 && location != null) {
        address = address.resolve(location.replace(" ", "%20"));
      } else if (status == 416) {
        from = 0;
      } else {
        throw refusal(status, response, address, what);
      }
    }
    throw new UserError(what, "more than " + REDIRECTS + " redirects", "Check the endpoint.");
  }

  private boolean own(URI address) {
    return address.getHost() != null
        && address.getHost().equals(endpoint.getHost())
        && address.getPort() == endpoint.getPort()
        && address.getScheme().equals(endpoint.getScheme());
  }

  private IOException refusal(int status, HttpResponse<?> response, URI address, String what) {
    var host = address.getHost();
    if (status == 401 || status == 403) {
      throw new UserError(
          what,
          host + " refuses access (" + status + ")",
          token == null
              ? "Set HF_TOKEN to a token that may read it; a gated model must be accepted on its"
                  + " page first."
              : "The token in HF_TOKEN may not read it; a gated model must be accepted on its page"
                  + " first.");
    }
    if (status == 404 || status == 410) {
      throw new UserError(what, "not found on " + host, "Check owner, name and revision.");
    }
    if (status == 429 || status == 408 || status >= 500) {
      var after = response.headers().firstValue("Retry-After").orElse("");
      return new Again(host + " answered " + status, retryAfter(after, Instant.now()));
    }
    throw new UserError(what, host + " answered " + status, "Check the endpoint.");
  }

  /// Milliseconds to wait: a number of seconds or a date; 0 where nothing is said.
  static long retryAfter(String value, Instant now) {
    if (value.matches("\\d{1,9}")) {
      return Long.parseLong(value) * 1000;
    }
    try {
      var date =
          ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, Duration.between(now, date).toMillis());
    } catch (DateTimeException _) {
      return 0;
    }
  }

  private void wait(long millis, int tries, String reason, String what) {
    if (tries >= TRIES || millis > LONGEST_WAIT_MILLIS) {
      throw new UserError(
          what,
          reason + (millis > 0 ? ", and asks to wait " + millis / 1000 + " s" : ""),
          "Run the same command later; it goes on where it stopped.");
    }
    long pause = millis > 0 ? millis : 500L << (tries - 1);
    progress.say(what + ": " + reason + "; again in " + (pause + 999) / 1000 + " s");
    progress.pause(pause);
  }

  private static String reason(IOException e) {
    var text = e.getMessage();
    return switch (e) {
      case java.net.ConnectException _ -> "no connection";
      case java.net.http.HttpTimeoutException _ -> "no answer in time";
      default -> text == null || text.isBlank() ? "the connection broke" : text;
    };
  }

  /// The server asks to come again.
  private static final class Again extends IOException {
    private static final long serialVersionUID = 1L;
    private final long millis;

    Again(String message, long millis) {
      super(message);
      this.millis = millis;
    }
  }
}
