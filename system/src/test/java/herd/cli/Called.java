package herd.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Commands called in this process, and what the last of them printed.
/// @param home where its cache is
record Called(Path home, ByteArrayOutputStream output, ByteArrayOutputStream errors) {
  Called(Path home) {
    this(home, new ByteArrayOutputStream(), new ByteArrayOutputStream());
  }

  /// Copies what is known of the kernels from one home to another, so that they are tried once and
  /// not in each.
  private static void copyVerdicts(Path from, Path to) {
    if (Files.notExists(from)) {
      return;
    }
    try (var verdicts = Files.list(from)) {
      Files.createDirectories(to);
      for (var verdict : verdicts.toList()) {
        Files.copy(verdict, to.resolve(verdict.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param input what is read from standard input
  /// @return the exit code
  int run(String input, String... arguments) {
    var shared = Path.of(System.getProperty("java.io.tmpdir"), "kernels");
    var own = home.resolve("kernels");
    copyVerdicts(shared, own);
    output.reset();
    errors.reset();
    int code = new Main(
            new PrintStream(output, true, StandardCharsets.UTF_8),
            new PrintStream(errors, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            Map.of("HERD_HOME", home.toString(), "PATH", "/nowhere"))
        .run(arguments);
    copyVerdicts(own, shared);
    return code;
  }

  String out() {
    return output.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  /// What was printed, a JSON value a line.
  List<JsonNode> rows() {
    return out().lines().map(line -> new JsonMapper().readTree(line)).toList();
  }
}
