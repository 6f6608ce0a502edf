package herd.serve;

import herd.serve.http.Call;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// One line of JSON for each request: when, who, what, how it ended, how long it took. What users
/// wrote and what models answered is not in it, unless that was asked for.
final class RequestLog {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final PrintStream out;

  /// @param out null to log nothing
  RequestLog(PrintStream out) {
    this.out = out;
  }

  void line(Call call, int status, Map<String, Object> notes, Throwable failure) {
    if (out == null) {
      return;
    }
    var line = JsonNodeFactory.instance.objectNode();
    line.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    line.put("id", call.id());
    line.put("key", call.key().name());
    line.put("method", call.method());
    line.put("path", call.path());
    line.put("status", status);
    line.put("ms", (System.nanoTime() - call.started()) / 1_000_000);
    notes.forEach((name, value) -> line.set(name, MAPPER.valueToTree(value)));
    var text = line.toString();
    synchronized (out) {
      out.println(text);
      if (failure != null) {
        failure.printStackTrace(out);
      }
    }
  }
}
