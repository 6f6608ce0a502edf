package herd.cli;

import herd.engine.infer.EngineSettings;
import herd.engine.io.Encoding;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.GgufModel;
import herd.engine.model.LlamaConfig;
import herd.engine.text.BpeTrainer;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import herd.pull.Cache;
import herd.serve.Models;
import herd.serve.Server;
import herd.serve.ServerSettings;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What the JVM is shown at the end of a build, so that later starts find its classes loaded and
/// know what to compile (docs/adr/002-start-up.md): the commands that should answer at once, each
/// with a tiny model of random weights. Run by `bin/build`, in a folder of its own.
final class Practice {
  private static final String TEXT = "The quick brown fox jumps over the lazy dog, 12345 times. ";

  private final Path folder;
  private final Map<String, String> environment;

  private Practice(Path folder) {
    this.folder = folder;
    this.environment = Map.of("HERD_HOME", folder.toString());
  }

  /// @param arguments an empty folder, and a recipe
  public static void main(String[] arguments) throws Exception {
    var practice = new Practice(Path.of(arguments[0]));
    if (!KernelChoice.missingFlags().isEmpty()
        && !KernelOptions.machineCode(practice.environment)) {
      throw new IllegalStateException("neither machine code nor vectors run here");
    }
    Class.forName(Start.class.getName()); // where all other starts begin
    practice.run("", "recipe", "show", arguments[1]);
    var model = practice.model(Encoding.Q4_0).toString();
    for (var format : List.of(Encoding.Q4_1, Encoding.Q8_0)) {
      var other = practice.model(format).toString();
      practice.run("", "generate", "--model", other, "--prompt", TEXT, "--max-tokens", "4");
    }
    practice.keep(model);
    practice.run("", "generate", "--model", ModelPlace.DEFAULT, "--prompt", TEXT);
    // Twice: what runs once may be new to the JVM the second time.
    for (int i = 0; i < 2; i++) {
      practice.run("", "generate", "--model", model, "--prompt", TEXT, "--max-tokens", "24");
      practice.run("", "generate", "--chat", "--model", model, "--prompt", TEXT);
    }
    practice.run("Hello!\n/reset\nHow are you?\n/quit\n", "chat", model, "--max-tokens", "8");
    practice.serve(model);
    System.exit(0);
  }

  private void run(String in, String... arguments) {
    var input = new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8));
    var nowhere = PrintStream.nullOutputStream();
    var out = new PrintStream(nowhere, true, StandardCharsets.UTF_8);
    int code = new Main(out, System.err, input, environment).run(arguments);
    if (code != 0) {
      throw new IllegalStateException(String.join(" ", arguments) + ": " + code);
    }
  }

  private Path model(Encoding format) {
    var tokenizer = BpeTrainer.train(List.of(TEXT.repeat(50)), 320, Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 256, 4, 4, 2, 64, 512, 500_000, null, 1e-5, true, 512);
    var file = folder.resolve(format + ".gguf");
    var words = GgufTokenizer.metadata(tokenizer, config.vocab());
    GgufModel.random(file, config, format, Encoding.Q6_K, words);
    return file;
  }

  /// Puts a model where the default one would be.
  private void keep(String model) throws IOException {
    var place = Cache.ofUser(environment).root().resolve(ModelPlace.fetched().place());
    Files.createDirectories(place);
    Files.copy(Path.of(model), place.resolve("model.gguf"));
    Files.createFile(place.resolve(Cache.CHECKSUMS));
  }

  private void serve(String model) throws IOException {
    var models = new Models(
        EngineSettings.DEFAULTS.withKvBytes(16 << 20),
        new ModelLoader(environment, new KernelOptions(), new EngineOptions()),
        0);
    var settings = new ServerSettings(HttpSettings.local(0), ApiKeys.none(), null, false);
    try (var server = new Server(settings, models)) {
      models.load("practice=" + model);
      var address = URI.create(server.address());
      for (boolean stream : new boolean[] {false, true}) {
        ask(address, """
            {"model": "practice", "stream": %b, "max_tokens": 16,
             "messages": [{"role": "user", "content": "Hello!"}]}""".formatted(stream));
      }
    }
  }

  /// Asks as plainly as can be: what a client needs is not practised.
  private static void ask(URI server, String body) throws IOException {
    try (var socket = new Socket(server.getHost(), server.getPort())) {
      socket.getOutputStream().write("""
          POST /v1/chat/completions HTTP/1.1\r
          Host: localhost\r
          Connection: close\r
          Content-Type: application/json\r
          Content-Length: %d\r
          \r
          %s""".formatted(body.length(), body)
          .getBytes(StandardCharsets.UTF_8));
      var reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!reply.startsWith("HTTP/1.1 200")) {
        throw new IllegalStateException(reply);
      }
    }
  }
}
