package herd.pull;

import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Fetches through the machine's own `mvn` and `pip`, so that its mirrors, proxies and secrets
/// hold here too.
final class Programs {
  private static final String PLUGIN = "3.9.0";

  private final Map<String, String> environment;
  private final Progress progress;

  Programs(Map<String, String> environment, Progress progress) {
    this.environment = environment;
    this.progress = progress;
  }

  /// Fetches jars in one call of `mvn` into `directory`, each under [Spec.Maven#file].
  void maven(List<Spec.Maven> specs, Path directory) {
    var mvn = find("mvn");
    if (mvn == null) {
      throw new UserError(
          specs.getFirst().toString(),
          "no mvn on PATH",
          "file:path and hf: sources need no Maven",
          "Install Maven (apt install maven, brew install maven), or download the jars"
              + " yourself and name them as file:path.");
    }
    var items = new StringBuilder();
    for (var spec : specs) {
      items.append("""
          <artifactItem><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>\
          <classifier>%s</classifier></artifactItem>
          """.formatted(spec.group(), spec.artifact(), spec.version(), spec.classifier()));
    }
    Disk.write(directory.resolve("pom.xml"), """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>herd</groupId><artifactId>pull</artifactId><version>1</version>
        <packaging>pom</packaging>
        <build><plugins><plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId><version>%s</version>
        <configuration><outputDirectory>${project.basedir}</outputDirectory><artifactItems>
        %s</artifactItems></configuration>
        </plugin></plugins></build></project>
        """.formatted(PLUGIN, items));
    progress.say("mvn fetches " + specs.size() + (specs.size() == 1 ? " jar" : " jars"));
    run(List.of(mvn.toString(), "-q", "-B", "-C", "dependency:copy"), directory, names(specs));
    for (var spec : specs) {
      if (!Files.isRegularFile(directory.resolve(spec.file()))) {
        throw new UserError(
            spec.toString(), "mvn fetched no " + spec.file(), "Check version and classifier.");
      }
    }
  }

  private static String names(List<Spec.Maven> specs) {
    return specs.size() == 1
        ? specs.getFirst().toString()
        : specs.getFirst() + " and " + (specs.size() - 1) + " more";
  }

  /// Fetches one wheel into `directory`.
  void pip(Spec.Pypi spec, Path directory) {
    var command = new ArrayList<String>();
    for (var name : List.of("pip", "pip3")) {
      if (command.isEmpty() && find(name) != null) {
        command.add(find(name).toString());
      }
    }
    for (var name : List.of("python3", "python")) {
      if (command.isEmpty() && find(name) != null) {
        command.addAll(List.of(find(name).toString(), "-m", "pip"));
      }
    }
    if (command.isEmpty()) {
      throw new UserError(
          spec.toString(),
          "no pip on PATH",
          "maven:, hf: and file: sources need no Python",
          "Install pip (apt install python3-pip), or download the wheel yourself and name it as"
              + " file:path.");
    }
    // Wheels only: making a source package tells its metadata by running its code.
    command.addAll(List.of(
        "download",
        "-q",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-input",
        "--disable-pip-version-check",
        "--dest",
        ".",
        spec.requirement()));
    progress.say("pip fetches " + spec.requirement());
    run(command, directory, spec.toString());
  }

  private void run(List<String> command, Path directory, String what) {
    try {
      var output = directory.resolve(".output");
      var builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      var process = builder.start();
      try {
        while (!process.waitFor(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
          progress.check();
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
      }
      var lines = Files.readString(output);
      Files.delete(output);
      if (process.exitValue() != 0) {
        throw new UserError(
            what,
            Path.of(command.getFirst()).getFileName() + " failed: " + essence(lines),
            "Check the name, the network and its settings; things already in the cache need"
                + " neither.");
      }
    } catch (IOException e) {
      throw Disk.trouble(e, directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new herd.run.Interrupted();
    }
  }

  /// The first line that says what is wrong, without colours and links to help.
  static String essence(String output) {
    return output
        .lines()
        .map(line -> line.replaceAll("\033\\[[0-9;]*m", "").strip())
        .filter(line -> line.startsWith("[ERROR]") || line.startsWith("ERROR"))
        .map(line -> line.replaceFirst("^\\[?ERROR\\]?:? ?", ""))
        .map(line -> line.replaceFirst(" -> \\[Help 1\\]$", "")
            .replaceFirst("^Failed to execute goal \\S+ \\(\\S+\\) on project \\S+: ", ""))
        .filter(line -> !line.isBlank())
        .findFirst()
        .orElse(
            output.isBlank()
                ? "it said nothing"
                : output.strip().lines().findFirst().orElse(""));
  }

  private Path find(String program) {
    for (var directory : environment.getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
      for (var name : List.of(program, program + ".cmd", program + ".exe")) {
        var file = directory.isEmpty() ? null : Path.of(directory, name);
        if (file != null && Files.isExecutable(file) && !Files.isDirectory(file)) {
          return file;
        }
      }
    }
    return null;
  }
}
