package herd.run;

import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// Files written so that they are whole or not there, and a disk's troubles put into words.
public final class Disk {
  private Disk() {}

  /// Writes a small text aside, forces it to the disk and renames it into place.
  public static void write(Path file, String text) {
    var aside = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(aside, text, StandardCharsets.UTF_8);
      force(aside);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      force(file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw trouble(e, file);
    }
  }

  /// Creates a directory and those above it.
  /// @throws UserError if that is not possible
  public static Path directory(Path directory) {
    try {
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw trouble(e, directory);
    }
  }

  /// Forces a file, or a directory's list of names, to the disk.
  static void force(Path path) throws IOException {
    boolean directory = Files.isDirectory(path);
    if (directory && System.getProperty("os.name").startsWith("Windows")) {
      return; // Windows cannot open a directory, and needs not
    }
    var mode = directory ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try (var channel = FileChannel.open(path, mode)) {
      channel.force(true);
    }
  }

  /// Removes a file, or a directory with all below it; nothing if there is none. Links are removed,
  /// not followed.
  public static void delete(Path path) {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.walkFileTree(path, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
            throws IOException {
          Files.delete(file);
          return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException failure)
            throws IOException {
          Files.delete(directory);
          return FileVisitResult.CONTINUE;
        }
      });
    } catch (IOException e) {
      throw trouble(e, path);
    }
  }

  /// What a failure of the disk means for the user: full, read-only and forbidden places are user
  /// errors that name the path; anything else stays what it is.
  public static RuntimeException trouble(Throwable failure, Path path) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError mistake) {
        return mistake;
      }
      var place = cause instanceof FileSystemException e && e.getFile() != null
          ? e.getFile()
          : path.toString();
      var text = String.valueOf(cause.getMessage());
      if (text.contains("No space left on device") || text.contains("Disk quota exceeded")) {
        return new UserError(
            place, "no space left on the disk", "Free some space and run the same command again.");
      }
      if (cause instanceof AccessDeniedException) {
        return new UserError(
            place, "no permission", "Choose a directory that you may write, or change its rights.");
      }
      if (cause instanceof ReadOnlyFileSystemException || text.contains("Read-only file system")) {
        return new UserError(
            place, "on a read-only file system", "Choose a directory that can be written.");
      }
      if (text.contains("Not a directory")
          || cause instanceof NotDirectoryException
          || cause instanceof FileAlreadyExistsException) {
        return new UserError(place, "not a directory", "Remove the file or choose another place.");
      }
    }
    return switch (failure) {
      case IOException e -> new UncheckedIOException(e);
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(failure);
    };
  }
}
