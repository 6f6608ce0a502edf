package herd.cli;

import herd.Golden;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `herd serve` as a program of its own.
@Tag("golden")
@Tag("slow")
class ServeCommandTest {
  private final HttpClient client = HttpClient.newHttpClient();

  private @TempDir Path dir;

  private Process serve(Path model) throws Exception {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "herd.cli.Main",
            "serve",
            "m=" + model,
            "--port=0",
            "--kernels=reference")
        .redirectError(dir.resolve("log").toFile())
        .start();
  }

  private static String address(BufferedReader out) throws Exception {
    for (var line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("Serving ")) {
        return line.substring(line.lastIndexOf(' ') + 1);
      }
    }
    throw new AssertionError("it did not start");
  }

  private static HttpRequest ask(String address, String more) {
    var body = "{\"model\": \"m\", \"prompt\": [1, 2, 3], \"ignore_eos\": true, " + more + "}";
    return HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private HttpResponse<String> answer(String address) throws Exception {
    return client.send(ask(address, "\"max_tokens\": 2"), BodyHandlers.ofString());
  }

  /// A file of the model that is replaced is noticed; a polite kill lets answers end.
  @Test
  void politeKillLetsAnswersEnd() throws Exception {
    var model = Files.createDirectory(dir.resolve("model"));
    for (var name : List.of("config.json", "tokenizer.model", "model.safetensors")) {
      Files.copy(Golden.folder("infer").resolve("tiny-untied").resolve(name), model.resolve(name));
    }
    var process = serve(model);
    try (var out = process.inputReader()) {
      var address = address(out);
      assertThat(answer(address).statusCode()).isEqualTo(200);
      var weights = model.resolve("model.safetensors");
      var time = Files.getLastModifiedTime(weights);
      Files.setLastModifiedTime(weights, FileTime.fromMillis(time.toMillis() + 5000));
      var changed = answer(address);
      assertThat(changed.statusCode()).isEqualTo(503);
      assertThat(changed.body()).contains("model_file_changed");
      Files.setLastModifiedTime(weights, time);
      var stream =
          client.send(ask(address, "\"stream\": true, \"max_tokens\": 60"), BodyHandlers.ofLines());
      try (Stream<String> lines = stream.body()) {
        var each = lines.iterator();
        assertThat(each.next()).startsWith("data: ");
        process.destroy();
        String last = "";
        while (each.hasNext()) {
          var line = each.next();
          last = line.isEmpty() ? last : line;
        }
        assertThat(last).isEqualTo("data: [DONE]");
      }
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(Files.readString(dir.resolve("log")))
          .contains("running answers may end")
          .contains("\"status\":503");
    } finally {
      process.destroyForcibly();
    }
  }
}
