package herd.serve;

import herd.serve.http.Call;
import herd.serve.http.Handler;
import java.io.IOException;

/// A file of the chat page, out of the program's own resources.
/// @param resource its name
/// @param type its media type
record Page(String resource, String type) implements Handler {
  @Override
  public void handle(Call call) throws IOException {
    try (var in = Page.class.getResourceAsStream("page/" + resource)) {
      if (in == null) {
        throw new IOException("no resource " + resource);
      }
      call.set(
          "Content-Security-Policy",
          "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
      call.set("X-Content-Type-Options", "nosniff");
      call.set("Cache-Control", "no-cache");
      call.reply(200, type, in.readAllBytes());
    }
  }
}
