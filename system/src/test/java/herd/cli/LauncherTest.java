package herd.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// The launcher's scripts, run by the machine's `sh` with folders that look like JDKs.
class LauncherTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private @TempDir Path folder;
  private Path fitting;
  private Path old;

  @BeforeEach
  void folders() throws IOException {
    fitting = jdk("jdk 25", "25.0.1", "java.base jdk.compiler jdk.incubator.vector");
    old = jdk("jdk-17", "17.0.15", "java.base jdk.compiler jdk.incubator.vector");
  }

  @Test
  void javaHomeIsTakenFirst() throws Exception {
    assertThat(find(fitting.toString(), "/usr/bin:/bin")).isEqualTo(fitting.toString());
  }

  @Test
  void jdkOnThePathIsTakenThroughALinkWhenJavaHomeIsOlder() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("links"));
    Files.createSymbolicLink(bin.resolve("java"), fitting.resolve("bin/java"));
    assertThat(find(old.toString(), bin + ":/usr/bin:/bin")).isEqualTo(fitting.toString());
  }

  @Test
  void jdkAmongTheUsualFoldersIsTakenWhenTheDefaultIsOlder() throws Exception {
    Path sdkman = folder.resolve("sdkman/candidates/java");
    Files.createDirectories(sdkman);
    Files.move(fitting, sdkman.resolve("25-tem"));
    String script = ". \"$ROOT/bin/find-jdk\"; find_jdk; jdk_fits \"$JDK\" && echo $feature";
    var ran = sh(script, old.toString(), old.resolve("bin") + ":/usr/bin:/bin");
    assertThat(Integer.parseInt(ran.out().strip())).isGreaterThanOrEqualTo(25);
  }

  @Test
  void unfitFoldersAreRefused() throws Exception {
    Path noVector = jdk("no-vector", "25.0.1", "java.base jdk.compiler");
    Path noCompiler = jdk("no-compiler", "25.0.1", "java.base jdk.incubator.vector");
    Files.delete(noCompiler.resolve("bin/javac"));
    Path oldest = jdk("jdk8", "1.8.0_402", "jdk.incubator.vector");
    Path newer = jdk("jdk26", "26-ea", "java.base jdk.compiler jdk.incubator.vector");
    assertThat(fits(noVector)).isFalse();
    assertThat(fits(noCompiler)).isFalse();
    assertThat(fits(old)).isFalse();
    assertThat(fits(oldest)).isFalse();
    assertThat(fits(folder.resolve("absent"))).isFalse();
    assertThat(fits(fitting)).isTrue();
    assertThat(fits(newer)).isTrue();
  }

  @Test
  void withoutAJdkTheCommandForThisMachineIsNamed() throws Exception {
    String script =
        ". \"$ROOT/bin/find-jdk\"; jdk_fits() { return 1; }; find_jdk || { jdk_advice; exit 2; }";
    var ran = sh(script, "", "/usr/bin:/bin");
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains("no JDK 25").contains("nstall").contains("JAVA_HOME");
  }

  private boolean fits(Path jdk) throws Exception {
    return sh(". \"$ROOT/bin/find-jdk\"; jdk_fits '" + jdk + "'", "", "/usr/bin:/bin")
            .exit()
        == 0;
  }

  private String find(String javaHome, String path) throws Exception {
    return sh(". \"$ROOT/bin/find-jdk\"; find_jdk; echo \"$JDK\"", javaHome, path)
        .out()
        .strip();
  }

  private record Ran(int exit, String out, String err) {}

  private Ran sh(String script, String javaHome, String path) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder = new ProcessBuilder("/bin/sh", "-c", script);
    builder.environment().clear();
    builder
        .environment()
        .putAll(Map.of("ROOT", ROOT.toString(), "HOME", folder.toString(), "PATH", path));
    builder.environment().put("SDKMAN_DIR", folder.resolve("sdkman").toString());
    if (!javaHome.isEmpty()) builder.environment().put("JAVA_HOME", javaHome);
    var process =
        builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Path jdk(String name, String version, String modules) throws IOException {
    Path home = folder.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    for (String program : new String[] {"java", "javac"}) {
      Path file = Files.writeString(home.resolve("bin").resolve(program), "#!/bin/sh\nexit 1\n");
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"" + modules + "\"\n");
    return home;
  }
}
