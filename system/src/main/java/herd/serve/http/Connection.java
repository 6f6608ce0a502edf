package herd.serve.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One client: its requests, answered one after the other. It reads on while a request is answered,
/// and so learns at once when the client goes away. All but [#send], [#finish] and [#done] run on
/// the thread of the connections.
final class Connection extends SimpleChannelInboundHandler<HttpObject> {
  /// Seconds in which a request must have come whole, and that a connection may idle.
  private static final int PATIENCE = 120;

  private static final int WRITE_SECONDS = 30;
  private static final int DISCARDED = 4;

  /// Seconds in which a client may go on sending what nobody wants, so that it hears its reply.
  private static final int LINGER = 10;

  private final Channel channel;
  private final long maxBody;
  private final Consumer<Call> answer;
  private final Deque<Call> waiting = new ArrayDeque<>();
  private final Object reader = new Object();
  private HttpRequest head; // of the request that is coming in
  private ByteArrayOutputStream body;
  private long seen; // bytes of its body
  private Call current; // that is being answered
  private Future<?> patience;
  private boolean deaf; // nothing more is wanted of this client

  Connection(Channel channel, long maxBody, Consumer<Call> answer) {
    this.channel = channel;
    this.maxBody = maxBody;
    this.answer = answer;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    beginToWait();
  }

  private void beginToWait() {
    patience = channel.eventLoop().schedule(() -> channel.close(), PATIENCE, TimeUnit.SECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (deaf) {
      return;
    }
    if (message.decoderResult().isFailure()) {
      deaf = true;
      take(Call.broken(this, message.decoderResult().cause()));
      return;
    }
    if (message instanceof HttpRequest request) {
      begin(request);
    }
    if (message instanceof HttpContent content && head != null) {
      add(content.content());
      if (message instanceof LastHttpContent && head != null) {
        complete();
      }
    }
  }

  private void begin(HttpRequest request) {
    head = request;
    body = new ByteArrayOutputStream();
    seen = 0;
    if (HttpUtil.is100ContinueExpected(request)) {
      if (HttpUtil.getContentLength(request, 0L) > maxBody) {
        seen = maxBody + 1;
        deaf = true;
        complete(); // the client hears it before it sends anything
      } else {
        channel.writeAndFlush(
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
      }
    }
  }

  private void add(ByteBuf bytes) {
    int size = bytes.readableBytes();
    seen += size;
    if (seen <= maxBody) {
      var copy = new byte[size];
      bytes.readBytes(copy);
      body.writeBytes(copy);
    } else {
      body = null;
    }
    // Most clients hear a refusal only once they have sent all: a few times the limit is read on.
    if (seen > DISCARDED * maxBody) {
      deaf = true;
      complete();
    }
  }

  private void complete() {
    boolean whole = seen <= maxBody;
    take(new Call(this, head, whole ? body.toByteArray() : null, maxBody));
    head = null;
    body = null;
  }

  private void take(Call call) {
    if (current == null) {
      start(call);
    } else {
      waiting.add(call);
      channel.config().setAutoRead(false);
    }
  }

  private void start(Call call) {
    if (patience != null) {
      patience.cancel(false);
    }
    current = call;
    answer.accept(call);
  }

  /// The present request was answered, or will not be.
  void done(Call call) {
    try {
      channel.eventLoop().execute(() -> next(call));
    } catch (RejectedExecutionException _) {
      channel.close(); // the server has ended
    }
  }

  private void next(Call call) {
    current = null;
    if (deaf || !call.keepsConnection()) {
      hangUp();
    } else if (!waiting.isEmpty()) {
      start(waiting.poll());
    } else if (channel.isActive()) {
      channel.config().setAutoRead(true);
      beginToWait();
    }
  }

  /// Ends the connection after its last reply. Where bytes of the client have not been read, a
  /// close would be a reset, which may take the reply from the client: its end is awaited
  /// instead.
  private void hangUp() {
    boolean unread = deaf || !waiting.isEmpty();
    deaf = true;
    if (!unread || !(channel instanceof DuplexChannel duplex) || !channel.isActive()) {
      channel.close();
      return;
    }
    var tls = channel.pipeline().get(SslHandler.class);
    var told = tls == null ? channel.newSucceededFuture() : tls.closeOutbound();
    told.addListener(_ -> duplex.shutdownOutput());
    channel.config().setAutoRead(true);
    channel.eventLoop().schedule(() -> channel.close(), LINGER, TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    waiting.clear();
    if (patience != null) {
      patience.cancel(false);
    }
    if (current != null) {
      current.left();
    }
    wakeWriter();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    wakeWriter();
  }

  private void wakeWriter() {
    synchronized (reader) {
      reader.notifyAll();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close(); // reset by the client, or no TLS where TLS was expected
  }

  // --- the thread that answers ---

  Channel channel() {
    return channel;
  }

  /// Sends a part of a reply; waits while too much is on its way, and gives a client up that does
  /// not read for long.
  /// @throws IOException if the client went away or does not read
  void send(HttpObject part) throws IOException {
    if (!channel.isActive()) {
      throw new IOException("the client went away");
    }
    channel.writeAndFlush(part);
    if (channel.isWritable()) {
      return;
    }
    long end = System.nanoTime() + WRITE_SECONDS * 1_000_000_000L;
    synchronized (reader) {
      while (channel.isActive() && !channel.isWritable()) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          channel.close();
          throw new IOException("the client does not read");
        }
        await(millis);
      }
    }
  }

  private void await(long millis) throws IOException {
    try {
      reader.wait(millis);
    } catch (InterruptedException _) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new IOException("the server ends");
    }
  }

  /// Sends the last part of a reply and waits until it has left.
  /// @throws IOException if the client went away or does not read
  void finish(HttpObject part) throws IOException {
    var sent = channel.writeAndFlush(part);
    if (!sent.awaitUninterruptibly(WRITE_SECONDS, TimeUnit.SECONDS) || !sent.isSuccess()) {
      channel.close();
      throw new IOException("the client went away or does not read");
    }
  }
}
