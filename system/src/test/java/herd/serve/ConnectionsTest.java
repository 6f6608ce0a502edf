package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// Many connections at a time: streams that wait for their turn and streams that write.
@Tag("slow")
class ConnectionsTest {
  private static final int IDLE = 1000;
  private static final int WRITING = 200;
  private static final String BODY =
      "{\"model\":\"tiny\",\"prompt\":\"the cat\",\"stream\":true,\"ignore_eos\":true,\"max_tokens\":";

  /// 16 long answers hold all places; a thousand streams wait behind them and hear a comment each
  /// second.
  @Test
  void aThousandIdleStreamsHold() throws Exception {
    var sockets = new ArrayList<Socket>();
    try (var server = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 1 << 20)) {
      var uri = server.uri("/");
      for (int i = 0; i < IDLE + 16; i++) {
        var socket = new Socket(uri.getHost(), uri.getPort());
        sockets.add(socket);
        ServerTest.send(socket, BODY + "100000}");
      }
      for (var socket : sockets) {
        socket.setSoTimeout(60_000);
        assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 200 OK");
      }
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
      assertThat(server.get("/metrics").body()).contains("herd_queue_requests");
      for (var socket : sockets) {
        socket.close();
      }
      var engine = server.models.get("tiny").engine();
      RunningServer.eventually(
          () -> engine.stats().running() == 0 && engine.stats().queued() == 0);
    }
  }

  @Test
  void twoHundredStreamsWriteToTheirEnds() throws Exception {
    try (var server = new RunningServer(HttpSettings.local(0), ApiKeys.none(), 512);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var uri = server.uri("/");
      var all = new ArrayList<Future<Integer>>();
      for (int i = 0; i < WRITING; i++) {
        all.add(threads.submit(() -> {
          int events = 0;
          try (var socket = new Socket(uri.getHost(), uri.getPort())) {
            ServerTest.send(socket, BODY + "32}");
            var lines = new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (var line = lines.readLine(); !line.equals("data: [DONE]"); ) {
              events += line.startsWith("data: ") ? 1 : 0;
              line = lines.readLine();
            }
          }
          return events;
        }));
      }
      for (var one : all) {
        assertThat(one.get()).isPositive();
      }
    }
  }
}
