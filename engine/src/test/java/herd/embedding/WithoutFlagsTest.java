package herd.embedding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// The engine in a JVM that was started without any flag, on the class path and as a module.
class WithoutFlagsTest {
  private static final String ENGINE =
      Path.of("target/classes").toAbsolutePath().toString();
  private static final String TESTS =
      Path.of("target/test-classes").toAbsolutePath().toString();
  private static final String MISSING = "--add-modules jdk.incubator.vector";

  private @TempDir Path folder;

  private record Ran(int exit, String out, String err) {}

  @Test
  void portableKernelsWorkAndTheMissingFlagIsNamedOnce() throws Exception {
    var ran = java("-cp", ENGINE + ":" + TESTS);
    assertThat(ran.err()).containsOnlyOnce(MISSING).doesNotContain("Exception", "Error");
    assertThat(ran.out().strip()).isEqualTo("reference 5");
    assertThat(ran.exit()).isZero();
  }

  @Test
  void engineIsAModuleThatNeedsTheJdksBaseAlone() throws Exception {
    var ran = java(
        "-p",
        ENGINE,
        "--add-modules",
        "herd.engine",
        "--limit-modules",
        "herd.engine",
        "-cp",
        TESTS);
    assertThat(ran.err()).containsOnlyOnce(MISSING).doesNotContain("Exception", "Error");
    assertThat(ran.out().strip()).isEqualTo("reference 5");
    assertThat(ran.exit()).isZero();
  }

  @Test
  void withTheFlagsTheFastestKernelsRun() throws Exception {
    var ran = java(
        "--add-modules",
        "jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        ENGINE + ":" + TESTS);
    assertThat(ran.out().strip()).isIn("machine 5", "vector 5");
    assertThat(ran.err()).doesNotContain("herd:");
  }

  private Ran java(String... flags) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.add(Embedding.class.getName());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
    var process =
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
