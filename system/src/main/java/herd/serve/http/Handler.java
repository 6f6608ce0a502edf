package herd.serve.http;

import java.io.IOException;

/// Answers one request, on a thread of its own.
@FunctionalInterface
public interface Handler {
  /// @throws herd.serve.protocol.ApiError to refuse the request, as long as nothing was sent
  /// @throws IOException if the client went away
  void handle(Call call) throws IOException;
}
