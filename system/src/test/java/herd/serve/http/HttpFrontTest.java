package herd.serve.http;

import herd.serve.http.Route.Door;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// What clients may do with HTTP itself.
class HttpFrontTest {
  private final CountDownLatch left = new CountDownLatch(1);
  private final HttpFront front = new HttpFront(
      new HttpSettings("127.0.0.1", 0, null, null, List.of(), 1000, 5),
      ApiKeys.none(),
      List.of(
          new Route("POST", "/echo", Door.KEY, call -> call.reply(200, "text/plain", call.body())),
          new Route("GET", "/hello", Door.OPEN, call -> call.reply(200, "text/plain", bytes("hi"))),
          new Route("GET", "/events", Door.OPEN, HttpFrontTest::events),
          new Route("GET", "/wait", Door.OPEN, this::untilTheClientGoes)),
      (_, _, _) -> {});

  @AfterEach
  void close() {
    front.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void events(Call call) throws IOException {
    try (var events = call.events()) {
      events.add("one");
      events.flush();
      events.add("two");
    }
  }

  private void untilTheClientGoes(Call call) throws IOException {
    call.whenGone(left::countDown);
    try {
      left.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("gone");
  }

  private String raw(String request) throws IOException {
    var port = Integer.parseInt(front.address().replaceAll(".*:", ""));
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(bytes(request));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void requestsOfOneConnectionAreAnsweredInOrder() throws Exception {
    var got = raw("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\none"
        + "GET /hello HTTP/1.1\r\n\r\n"
        + "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
        + "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertThat(got.split("HTTP/1.1 200 OK\r\n")).hasSize(5);
    assertThat(got.replaceAll("(?s)HTTP/1.1 200 OK\r\n.*?\r\n\r\n", "|"))
        .isEqualTo("|one|hi|two|hi");
  }

  @Test
  void oldClientsGetStreamsWithoutChunks() throws Exception {
    var got = raw("GET /events HTTP/1.0\r\n\r\n");
    assertThat(got).endsWith("\r\n\r\ndata: one\n\ndata: two\n\n").contains("close");
    var chunked = raw("GET /events HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertThat(chunked).contains("b\r\ndata: one\n\n\r\n").endsWith("0\r\n\r\n");
  }

  @Test
  void headIsAGetWithoutItsBody() throws Exception {
    var got = raw("HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertThat(got).contains("200 OK").contains("content-length: 2").endsWith("\r\n\r\n");
  }

  @Test
  void clientsThatAskFirstHearBeforeTheySend() throws Exception {
    var small = raw("POST /echo HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
        + "Connection: close\r\n\r\nok");
    assertThat(small).startsWith("HTTP/1.1 100 Continue").endsWith("\r\n\r\nok");
    var large = raw("POST /echo HTTP/1.1\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
    assertThat(large).startsWith("HTTP/1.1 413").contains("request_too_large");
  }

  @Test
  void largeBodiesAreRefusedOnceSentOrGivenUp() throws Exception {
    var head = "POST /echo HTTP/1.1\r\nContent-Length: ";
    assertThat(raw(head + "1000\r\nConnection: close\r\n\r\n" + "x".repeat(1000)))
        .contains("200");
    assertThat(raw(head + "1001\r\n\r\n" + "x".repeat(1001))).contains("HTTP/1.1 413");
    assertThat(raw(head + "4001\r\n\r\n" + "x".repeat(4001))).contains("HTTP/1.1 413");
    var endless = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + ("100\r\n" + "x".repeat(256) + "\r\n").repeat(16);
    assertThat(raw(endless)).contains("HTTP/1.1 413");
  }

  /// A close with unread bytes would reset the connection, and the client would not hear why.
  @Test
  void whoGoesOnSendingHearsTheRefusal() throws Exception {
    var head = "POST /echo HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n";
    assertThat(raw(head + "x".repeat(8_000_000))).contains("HTTP/1.1 413");
    assertThat(raw("GARBAGE\r\n\r\n" + "x".repeat(8_000_000))).startsWith("HTTP/1.1 400");
    var last = "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n";
    assertThat(raw(last + "GET /hello HTTP/1.1\r\n\r\n".repeat(100_000))).endsWith("hi");
  }

  @Test
  void whatIsNoRequestIsToldSo() throws Exception {
    assertThat(raw("GARBAGE\r\n\r\n")).startsWith("HTTP/1.1 400").contains("invalid_http");
    assertThat(raw("GET /%zz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("GET /" + "x".repeat(40_000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 414");
    assertThat(raw("GET / HTTP/1.1\r\na: " + "x".repeat(40_000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431");
    assertThat(raw("POST /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("POST /echo HTTP/1.1\r\nContent-Length: -5\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void handlersHearThatTheirClientWent() throws Exception {
    var port = Integer.parseInt(front.address().replaceAll(".*:", ""));
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(bytes("GET /wait HTTP/1.1\r\n\r\n"));
      assertThat(left.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
  }
}
