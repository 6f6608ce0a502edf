package herd.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

  /// @param input what is read from standard input
  /// @return the exit code
  int run(String input, String... arguments) {
    output.reset();
    errors.reset();
    return new Main(
            new PrintStream(output, true, StandardCharsets.UTF_8),
            new PrintStream(errors, true, StandardCharsets.UTF_8),
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            Map.of("HERD_HOME", home.toString(), "PATH", "/nowhere"))
        .run(arguments);
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
