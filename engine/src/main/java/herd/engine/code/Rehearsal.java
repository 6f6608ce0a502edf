package herd.engine.code;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Whether machine code works here, found out where it can do no harm: in a JVM of its own. The
/// verdict is kept in a file for each processor, kind and build.
/// @param main its `main` is given the kind, and ends well if the code works
/// @param kind which of several programs
/// @param sources the classes that the code comes from
public record Rehearsal(Class<?> main, String kind, List<Class<?>> sources) {
  private static final int SECONDS = 60;
  private static final String PASSED = "passed";

  /// Whether the code works, or has worked before.
  /// @param verdicts directory where verdicts are kept
  public boolean passes(Path verdicts) {
    var file = verdicts.resolve("kernels-" + key());
    try {
      if (Files.exists(file)) {
        return Files.readString(file).strip().equals(PASSED);
      }
      String verdict = run();
      if (verdict != null) {
        keep(file, verdict);
      }
      return PASSED.equals(verdict);
    } catch (IOException e) {
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
    var out = Files.createTempFile("herd-trial", ".txt");
    try {
      var process = new ProcessBuilder(command())
          .redirectErrorStream(true)
          .redirectOutput(out.toFile())
          .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return null;
      }
      int code = process.exitValue();
      return code == 0 ? PASSED : "failed, exit code " + code;
    } finally {
      Files.delete(out);
    }
  }

  private List<String> command() throws IOException {
    try {
      var source = main.getProtectionDomain().getCodeSource().getLocation();
      return List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:-CreateCoredumpOnCrash",
          "-XX:+SuppressFatalErrorMessage",
          "--enable-native-access=ALL-UNNAMED",
          "-cp",
          Path.of(source.toURI()).toString(),
          main.getName(),
          kind);
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /// Changes with the processor and with every class that machine code comes from.
  private String key() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var processor = Processor.ask();
      digest.update((main.getName() + kind + processor.name() + processor.features()).getBytes());
      for (var type : List.of(
          Assembler.class, FloatAssembler.class, Pages.class, Routine.class, Rehearsal.class)) {
        digest.update(bytes(type));
      }
      for (var type : sources) {
        digest.update(bytes(type));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(Class<?> type) {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      return in == null ? new byte[0] : in.readAllBytes();
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
