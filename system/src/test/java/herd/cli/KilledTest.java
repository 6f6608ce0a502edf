package herd.cli;

import herd.engine.io.Gguf;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.text.BpeTrainer;
import herd.engine.text.ChatFormat;
import herd.engine.text.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Programs that are killed at any instant, as by SIGKILL: the next start finds no lock, no half
/// file and no address in use.
@Tag("slow")
class KilledTest {
  private static final int[] MILLIS = {150, 400, 700, 1100, 1600};

  @TempDir
  Path dir;

  private Path model;

  @BeforeEach
  void save() throws IOException {
    model = Files.createDirectories(dir.resolve("model"));
    var tokenizer = BpeTrainer.train(
        List.of("the cat sat on the mat and the dog ran"), 300, Tokenizer.LLAMA3_SPECIALS);
    tokenizer.save(model.resolve("tokenizer.json"));
    new ChatFormat(tokenizer).save(model, 100_000);
    var config = new LlamaConfig(
        tokenizer.vocab(), 512, 4, 8, 4, 64, 1536, 500_000, null, 1e-5, true, 100_000);
    try (var arena = Arena.ofConfined()) {
      Llama.random(arena, DType.F32, config, 1).save(model);
    }
  }

  private Process herd(String... arguments) throws IOException {
    var all = new ArrayList<>(List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        "herd.cli.Main"));
    all.addAll(List.of(arguments));
    var builder = new ProcessBuilder(all).redirectError(dir.resolve("log").toFile());
    builder.environment().put("HERD_HOME", dir.resolve("home").toString());
    return builder.start();
  }

  private static int freePort() throws IOException {
    // Below those that systems give to connections: nobody gets it between two starts.
    for (int port = 20_000; ; port++) {
      try (var socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (BindException e) {
        assertThat(port).as(e.getMessage()).isLessThan(30_000);
      }
    }
  }

  private static String line(BufferedReader out, String start) throws IOException {
    for (var line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(start)) {
        return line;
      }
    }
    throw new AssertionError("it ended without '" + start + "'");
  }

  /// Killed while it starts, tries its kernels and packs its weights, then while it answers.
  @Test
  void aServerStartsAgainOnItsPort() throws Exception {
    String[] serve = {"serve", "m=" + model, "--port=" + freePort()};
    for (int millis : MILLIS) {
      var process = herd(serve);
      Thread.sleep(millis);
      kill(process);
    }
    try (var client = HttpClient.newHttpClient()) {
      for (int round = 0; round < 2; round++) {
        var process = herd(serve);
        try (var out = process.inputReader()) {
          var serving = line(out, "Serving ");
          var body = "{\"model\": \"m\", \"prompt\": [1], \"ignore_eos\": true, \"stream\": true}";
          var address = serving.substring(serving.lastIndexOf(' ') + 1) + "/v1/completions";
          var request = HttpRequest.newBuilder(URI.create(address))
              .POST(BodyPublishers.ofString(body.replace("}", ", \"max_tokens\": 90000}")))
              .build();
          var reply = client.send(request, BodyHandlers.ofLines());
          try (var lines = reply.body()) {
            assertThat(lines.iterator().next()).startsWith("data: ");
            kill(process);
          }
        } finally {
          process.destroyForcibly();
        }
      }
    }
  }

  @Test
  void aFileThatWasBeingPackedIsWholeOrAbsent() throws Exception {
    var target = dir.resolve("out.gguf");
    String[] quantize = {"quantize", "--model", "" + model, "--out", "" + target, "--format", "Q4_0"
    };
    for (int millis : MILLIS) {
      var process = herd(quantize);
      Thread.sleep(millis);
      kill(process);
      if (Files.exists(target)) {
        assertWhole(target);
        Files.delete(target);
      }
    }
    var process = herd(quantize);
    process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(Files.readString(dir.resolve("log"))).isZero();
    assertWhole(target);
  }

  private static void assertWhole(Path file) {
    try (var arena = Arena.ofConfined()) {
      assertThat(Gguf.read(file, arena).tensors()).hasSizeGreaterThan(30);
    }
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
