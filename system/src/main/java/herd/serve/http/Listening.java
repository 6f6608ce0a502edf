package herd.serve.http;

import herd.engine.UserError;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/// The socket that listens, and all connections of it: one thread moves bytes for all of them.
final class Listening implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int LONGEST_HEAD = 32 << 10;
  /// Bytes that the system may hold for a client that does not read; by itself it would hold MBs.
  private static final int UNREAD = 128 << 10;

  private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(
      1, new DefaultThreadFactory("herd-http", true), NioIoHandler.newFactory());
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final InetSocketAddress address;

  /// Listens from now on.
  /// @param answer takes each request that came in whole, on the thread of the connections: it
  ///     must not block
  /// @throws UserError if the address cannot be had or a TLS file is wrong
  Listening(HttpSettings settings, Consumer<Call> answer) {
    try {
      var tls = settings.certificate() == null
          ? null
          : Pem.context(settings.certificate(), settings.privateKey());
      // A heap buffer for each message costs less memory than Netty's pools, and messages are few.
      var buffers = new UnpooledByteBufAllocator(false);
      var bound = new ServerBootstrap()
          .group(loop)
          .channel(NioServerSocketChannel.class)
          .option(ChannelOption.SO_BACKLOG, BACKLOG)
          .option(ChannelOption.SO_REUSEADDR, true)
          .option(ChannelOption.ALLOCATOR, buffers)
          .childOption(ChannelOption.ALLOCATOR, buffers)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.SO_SNDBUF, UNREAD)
          .childHandler(connection(tls, settings.maxBody(), answer))
          .bind(settings.host(), settings.port())
          .awaitUninterruptibly();
      if (!bound.isSuccess()) {
        throw cannot(settings, bound.cause());
      }
      connections.add(bound.channel());
      address = (InetSocketAddress) bound.channel().localAddress();
    } catch (RuntimeException e) {
      end();
      throw e;
    }
  }

  private static UserError cannot(HttpSettings settings, Throwable why) {
    return new UserError(
        "--host " + settings.host() + " --port " + settings.port(),
        why.getMessage() == null ? why.toString() : why.getMessage(),
        "an address of this machine and a free port",
        "Choose another with --port.");
  }

  private ChannelInitializer<Channel> connection(
      SSLContext tls, long maxBody, Consumer<Call> answer) {
    var form = new HttpDecoderConfig()
        .setMaxInitialLineLength(LONGEST_HEAD)
        .setMaxHeaderSize(LONGEST_HEAD);
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        connections.add(channel);
        if (tls != null) {
          var engine = tls.createSSLEngine();
          engine.setUseClientMode(false);
          channel.pipeline().addLast(new SslHandler(engine));
        }
        channel
            .pipeline()
            .addLast(new HttpServerCodec(form), new Connection(channel, maxBody, answer));
      }
    };
  }

  InetSocketAddress address() {
    return address;
  }

  private void end() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /// Closes the socket and all connections.
  @Override
  public void close() {
    connections.close().awaitUninterruptibly();
    end();
  }
}
