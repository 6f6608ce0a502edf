package herd.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// OpenAI's own Python client, where it is installed. The system property `herd.python` names
/// another interpreter than `python3`.
@Tag("slow")
class PythonClientTest {
  private static final String PYTHON = System.getProperty("herd.python", "python3");

  private @TempDir Path dir;

  private String run(String... command) throws IOException, InterruptedException {
    var out = dir.resolve("out");
    var process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
    boolean ended = process.waitFor(120, TimeUnit.SECONDS);
    process.destroyForcibly();
    return (ended ? process.exitValue() : -1) + " " + Files.readString(out).strip();
  }

  private boolean installed() throws InterruptedException {
    try {
      return run(PYTHON, "-c", "import openai").startsWith("0 ");
    } catch (IOException _) {
      return false;
    }
  }

  @Test
  void officialClientIsContent() throws Exception {
    assumeTrue(installed(), "the Python package openai is not here");
    var script = Files.writeString(
        dir.resolve("client.py"),
        new String(
            PythonClientTest.class.getResourceAsStream("openai_client.py").readAllBytes(),
            java.nio.charset.StandardCharsets.UTF_8));
    try (var server = new RunningServer()) {
      assertThat(run(PYTHON, script.toString(), server.server.address(), "tiny"))
          .isEqualTo("0 ok");
    }
  }
}
