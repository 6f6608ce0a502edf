package herd.serve.http;

import herd.engine.UserError;
import java.nio.file.Path;
import java.util.List;

/// How the server meets the network.
/// @param host address to listen on
/// @param port 0 for any free one
/// @param certificate PEM file of the certificate and those above it, null for plain HTTP
/// @param privateKey PEM file of its key
/// @param origins origins whose pages may call, `*` for all
/// @param maxBody bytes of a request's body at most
/// @param drainSeconds how long running requests may go on when the server ends
public record HttpSettings(
    String host,
    int port,
    Path certificate,
    Path privateKey,
    List<String> origins,
    long maxBody,
    int drainSeconds) {
  /// Enough for a prompt that fills the largest contexts.
  public static final long BODY = 8L << 20;

  public HttpSettings {
    if (port < 0 || port > 65_535) {
      throw new UserError("--port", "" + port, "0 (any free one) to 65535", "Choose another.");
    }
    if ((certificate == null) != (privateKey == null)) {
      throw new UserError(
          certificate == null ? "--tls-cert" : "--tls-key",
          "missing",
          "both --tls-cert and --tls-key, or neither",
          "Give both PEM files.");
    }
    if (maxBody < 1 || maxBody > 1 << 30) {
      throw new UserError("--max-body", "" + maxBody, "1 to 1073741824 bytes", "Choose another.");
    }
    origins = List.copyOf(origins);
  }

  /// Plain HTTP on this machine alone.
  public static HttpSettings local(int port) {
    return new HttpSettings("127.0.0.1", port, null, null, List.of(), BODY, 30);
  }
}
