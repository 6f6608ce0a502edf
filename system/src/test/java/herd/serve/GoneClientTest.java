package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Clients that go away or do not read: what they asked for is computed no longer.
class GoneClientTest {
  private static final int LONG = 200_000;
  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 2 * LONG);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String asked(boolean stream) {
    return "{\"model\":\"tiny\",\"prompt\":\"the cat\",\"ignore_eos\":true,\"logprobs\":20,\"stream\":"
        + stream + ",\"max_tokens\":" + LONG + "}";
  }

  private static Socket ask(boolean stream) throws IOException {
    var uri = server.uri("/");
    var socket = new Socket(uri.getHost(), uri.getPort());
    ServerTest.send(socket, asked(stream));
    return socket;
  }

  private static int running() {
    return server.models.get("tiny").engine().stats().running();
  }

  private static int queued() {
    return server.models.get("tiny").engine().stats().queued();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void placeIsFreeAtOnce(boolean stream) throws Exception {
    long before = generated();
    try (var socket = ask(stream)) {
      if (stream) {
        assertThat(socket.getInputStream().readNBytes(20_000)).hasSize(20_000);
      }
      RunningServer.eventually(() -> generated() > before);
    }
    RunningServer.eventually(() -> running() == 0);
    assertThat(generated() - before).isLessThan(LONG);
    var status = "\"status\":" + (stream ? 200 : 499);
    RunningServer.eventually(() ->
        log().lines().anyMatch(line -> line.contains("\"gone\":true") && line.contains(status)));
  }

  private static long generated() {
    return server.models.get("tiny").engine().stats().generatedTokens();
  }

  private static String log() {
    return server.log.toString(StandardCharsets.UTF_8);
  }

  /// Requests that wait for a place leave the queue.
  @Test
  void queueIsLeftToo() throws Exception {
    int places = TinyModel.SETTINGS.places();
    var sockets = new Socket[places + 5];
    for (int i = 0; i < sockets.length; i++) {
      sockets[i] = ask(i % 2 == 0);
    }
    RunningServer.eventually(() -> running() == places && queued() == 5);
    for (int i = places; i < sockets.length; i++) {
      sockets[i].close();
    }
    // The last to connect are not always the last to be heard: one of them may hold a place, which
    // then falls to one that waits.
    RunningServer.eventually(() -> queued() == 0 && running() == places);
    for (int i = 0; i < places; i++) {
      sockets[i].close();
    }
    RunningServer.eventually(() -> running() == 0);
  }

  /// Who does not read loses their answer; others are answered in the meantime.
  @Test
  @Tag("slow")
  void slowReaderHoldsNobodyUp() throws Exception {
    var uri = server.uri("/");
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()));
      ServerTest.send(socket, asked(true));
      RunningServer.eventually(() -> running() == 1);
      var other =
          server.ask("/v1/completions", "{'model': 'tiny', 'prompt': 'the dog', 'max_tokens': 3}");
      assertThat(other.get("usage").get("completion_tokens").intValue()).isPositive();
      RunningServer.eventually(() -> running() == 0);
    }
  }
}
