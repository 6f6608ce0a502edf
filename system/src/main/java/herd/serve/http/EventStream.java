package herd.serve.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Server-sent events. Used by the thread that answers the request; a write blocks while the client
/// does not read, until [StreamWatch] interrupts it.
public final class EventStream implements AutoCloseable {
  private final HttpExchange exchange;
  private final OutputStream out;
  private final StreamWatch watch;
  private final StreamWatch.Writing writing = new StreamWatch.Writing();
  private final StringBuilder pending = new StringBuilder();

  EventStream(HttpExchange exchange, StreamWatch watch) {
    this.exchange = exchange;
    this.out = exchange.getResponseBody();
    this.watch = watch;
    watch.add(writing);
  }

  /// Adds an event that [#flush] will send.
  public void add(String data) {
    pending.append("data: ").append(data).append("\n\n");
  }

  /// Sends what was added.
  /// @throws IOException if the client went away or does not read
  public void flush() throws IOException {
    if (!pending.isEmpty()) {
      send(pending.toString());
      pending.setLength(0);
    }
  }

  /// Sends a line that means nothing, to learn whether the client is still there and to keep
  /// proxies from giving up.
  public void beat() throws IOException {
    send(": waiting\n\n");
  }

  private void send(String text) throws IOException {
    writing.begin();
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } finally {
      writing.end();
    }
  }

  /// Ends the stream.
  @Override
  public void close() throws IOException {
    watch.remove(writing);
    try {
      flush();
      out.close();
    } finally {
      exchange.close();
    }
  }

  /// Lets the connection go without a proper end.
  public void abandon() {
    watch.remove(writing);
    exchange.close();
  }
}
