package herd.serve.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Server-sent events, used by the thread that answers the request.
public final class EventStream implements AutoCloseable {
  private final Connection connection;
  private final StringBuilder pending = new StringBuilder();

  EventStream(Connection connection) {
    this.connection = connection;
  }

  /// Adds an event that [#flush] will send.
  public void add(String data) {
    pending.append("data: ").append(data).append("\n\n");
  }

  /// Sends what was added. It waits while much is on its way to a client that reads slowly.
  /// @throws IOException if the client went away or does not read
  public void flush() throws IOException {
    if (!pending.isEmpty()) {
      send(pending.toString());
      pending.setLength(0);
    }
  }

  /// Sends a line that means nothing, to keep proxies from giving up.
  public void beat() throws IOException {
    send(": waiting\n\n");
  }

  private void send(String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    connection.send(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
  }

  /// Ends the stream.
  @Override
  public void close() throws IOException {
    flush();
    connection.finish(LastHttpContent.EMPTY_LAST_CONTENT);
  }
}
