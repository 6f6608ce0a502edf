package herd.train.save;

import herd.engine.io.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Names and digests in a folder of checkpoints.
record CheckpointFolder(Path path) {
  /// Digests and names of a checkpoint's files.
  static final String SUMS = "SHA256SUMS";

  /// What is in a checkpoint beside tensors.
  static final String STATE = "state.json";

  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})");
  private static final Pattern SUM = Pattern.compile("([0-9a-f]{64})  ([^/\\\\]+)");
  private static final String HIDDEN = ".writing-";
  private static final String DAMAGED = "damaged-";

  Path of(long step) {
    return path.resolve(name(step));
  }

  private static String name(long step) {
    return "step-%08d".formatted(step);
  }

  /// A new folder to write the checkpoint of `step` in; leftovers of earlier ones go.
  Path aside(long step) throws IOException {
    clearHidden();
    return Files.createDirectories(path.resolve(HIDDEN + name(step)));
  }

  /// The steps of the checkpoints that stand, oldest first, whole or not.
  List<Long> steps() {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (var files = Files.list(path)) {
      return files
          .map(file -> NAME.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .map(matcher -> Long.valueOf(matcher.group(1)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw WholeFile.unreadable(path, e);
    }
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String digest(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var digest = digest();
      var buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  /// What is wrong with the checkpoint of `step`, or null.
  String damage(long step) {
    Path checkpoint = of(step);
    try {
      Path sums = checkpoint.resolve(SUMS);
      if (!Files.exists(sums)) {
        return "it has no " + SUMS;
      }
      boolean state = false;
      for (String line : new String(Files.readAllBytes(sums), UTF_8).lines().toList()) {
        var sum = SUM.matcher(line);
        if (!sum.matches()) {
          return "a line of " + SUMS + " is not a digest and a name";
        }
        Path file = checkpoint.resolve(sum.group(2));
        if (!Files.exists(file)) {
          return file.getFileName() + " is missing";
        }
        if (!digest(file).equals(sum.group(1))) {
          return file.getFileName() + " differs from its digest";
        }
        state |= sum.group(2).equals(STATE);
      }
      return state ? null : SUMS + " names no " + STATE;
    } catch (IOException e) {
      return message(e);
    }
  }

  /// Gives `aside` the name of `step`; an older checkpoint of that step goes.
  void place(Path aside, long step) throws IOException {
    if (Files.exists(of(step))) {
      remove(of(step));
    }
    WholeFile.syncFolder(aside);
    Files.move(aside, of(step), StandardCopyOption.ATOMIC_MOVE);
    WholeFile.syncFolder(path);
  }

  void prune(Retention retention) throws IOException {
    for (long step : retention.surplus(steps())) {
      remove(of(step));
    }
  }

  /// Takes a checkpoint's name away in one step, then its files.
  private void remove(Path checkpoint) throws IOException {
    Path old = path.resolve(HIDDEN + "old-" + checkpoint.getFileName());
    discard(old);
    Files.move(checkpoint, old, StandardCopyOption.ATOMIC_MOVE);
    discard(old);
  }

  /// Renames a damaged checkpoint, so that it counts no more.
  void setAside(long step) throws IOException {
    Path damaged = path.resolve(DAMAGED + name(step));
    discard(damaged);
    Files.move(of(step), damaged, StandardCopyOption.ATOMIC_MOVE);
  }

  private void clearHidden() {
    if (!Files.isDirectory(path)) {
      return;
    }
    try (var files = Files.list(path)) {
      files
          .filter(file -> file.getFileName().toString().startsWith(HIDDEN))
          .sorted()
          .forEach(CheckpointFolder::discard);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Removes a folder and what is in it; what refuses to go stays, under a name that is never
  /// taken for a checkpoint or with digests that no longer hold.
  static void discard(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
            throws IOException {
          Files.delete(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
          Files.delete(path);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      // The space is not freed; nothing else depends on it.
    }
  }

  static String message(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
