package herd.engine.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;

/// Whether machine code works here, found out where it can do no harm: in a JVM of its own. The
/// verdict is kept in a file for each processor, kind and build.
/// @param main its `main` is given the kind, and ends well if the code works
/// @param kind which of several programs
/// @param sources the classes that the code comes from
public record Rehearsal(Class<?> main, String kind, List<Class<?>> sources) {
  /// Seconds of the processor that a trial may take, which other programs do not change.
  private static final int SECONDS = 60;

  /// Seconds that a trial may take where the machine has much else to do.
  private static final int MOST_SECONDS = 600;
  private static final String PASSED = "passed";

  /// Whether the code works, or has worked before.
  /// @param verdicts directory where verdicts are kept
  public boolean passes(Path verdicts) {
    try {
      var file = verdicts.resolve("kernels-" + key());
      if (Files.exists(file)) {
        return Files.readString(file).strip().equals(PASSED);
      }
      String verdict = run();
      if (verdict != null) {
        keep(file, verdict);
      }
      return PASSED.equals(verdict);
    } catch (IOException | UncheckedIOException e) {
      return false; // no way to try it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void keep(Path file, String verdict) {
    try {
      Files.createDirectories(file.getParent());
      var aside = Files.createTempFile(file.getParent(), "kernels", ".tmp");
      Files.writeString(aside, verdict + "\n");
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // A directory that cannot be written costs the same trial next time, nothing else.
    }
  }

  /// `passed`, or how it ended; null if it took too long to tell.
  private String run() throws IOException, InterruptedException {
    var process = new ProcessBuilder(command())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    for (int waited = 1; !process.waitFor(1, TimeUnit.SECONDS); waited++) {
      int instead = waited; // where the system does not tell
      long spent =
          process.info().totalCpuDuration().map(Duration::toSeconds).orElse((long) instead);
      if (spent > SECONDS || waited > MOST_SECONDS) {
        process.destroyForcibly();
        return null;
      }
    }
    int code = process.exitValue();
    return code == 0 ? PASSED : "failed, exit code " + code;
  }

  private List<String> command() throws IOException {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-CreateCoredumpOnCrash",
        "-XX:+SuppressFatalErrorMessage",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        place().toString(),
        main.getName(),
        kind);
  }

  /// Changes with the processor and with every class that machine code comes from.
  private String key() {
    var processor = Processor.ask();
    var parts = new StringBuilder(main.getName()).append(' ').append(kind);
    parts.append(' ').append(processor.name()).append(' ').append(processor.features());
    for (long check : checks()) {
      parts.append(' ').append(check);
    }
    var bytes = parts.toString().getBytes(StandardCharsets.UTF_8);
    var forward = new CRC32();
    forward.update(bytes);
    var parities = new Adler32();
    parities.update(bytes);
    return "%08x%08x".formatted(forward.getValue(), parities.getValue());
  }

  /// The checksums of all classes: a jar knows them.
  private List<Long> checks() {
    var types = new ArrayList<>(
        List.of(Assembler.class, FloatAssembler.class, Pages.class, Routine.class, Calls.class));
    types.add(Rehearsal.class);
    types.addAll(sources);
    var checks = new ArrayList<Long>();
    try {
      var place = place();
      if (Files.isDirectory(place)) {
        for (var type : types) {
          var check = new CRC32();
          check.update(Files.readAllBytes(place.resolve(file(type))));
          checks.add(check.getValue());
        }
      } else {
        try (var jar = new ZipFile(place.toFile())) {
          for (var type : types) {
            checks.add(jar.getEntry(file(type)).getCrc());
          }
        }
      }
      return checks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String file(Class<?> type) {
    return type.getName().replace('.', '/') + ".class";
  }

  /// The jar or directory that the classes come from.
  private Path place() throws IOException {
    try {
      return Path.of(main.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }
}
