package herd.engine.io;

import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Writes files that are either whole or not there: the bytes go to a hidden file beside the
/// target, reach the disk, and take the target's name in one step. Whatever fails, an older file
/// under that name stays as it was.
public final class WholeFile {
  private WholeFile() {}

  /// Writes the content of a file, in order.
  @FunctionalInterface
  public interface Body {
    void write(Out out) throws IOException;
  }

  /// Where a [Body] puts its bytes.
  public static final class Out {
    private static final int CHUNK = 1 << 24;

    private final FileChannel channel;

    private Out(FileChannel channel) {
      this.channel = channel;
    }

    /// Bytes written so far.
    public long position() throws IOException {
      return channel.position();
    }

    public void write(byte[] bytes) throws IOException {
      write(ByteBuffer.wrap(bytes));
    }

    /// All remaining bytes of `bytes`.
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    /// Segments of any length.
    public void write(MemorySegment bytes) throws IOException {
      for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
        write(bytes.asSlice(from, Math.min(CHUNK, bytes.byteSize() - from)).asByteBuffer());
      }
    }

    /// Zeros until the position is a multiple of `alignment`.
    public void align(int alignment) throws IOException {
      write(new byte[(int) (-position() & (alignment - 1))]);
    }
  }

  /// @throws UserError if the disk is full, the folder is missing or may not be written to
  public static void write(Path target, Body body) {
    Path aside = target.resolveSibling(".%s.%d-%d.part"
        .formatted(
            target.getFileName(),
            ProcessHandle.current().pid(),
            Thread.currentThread().threadId()));
    try {
      try (var channel = FileChannel.open(
          aside,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE)) {
        body.write(new Out(channel));
        channel.force(true);
      }
      Files.move(
          aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncFolder(target.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw unwritable(target, e);
    } finally {
      discard(aside);
    }
  }

  /// Writes `text` as UTF-8.
  public static void write(Path target, String text) {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void discard(Path aside) {
    try {
      Files.deleteIfExists(aside);
    } catch (IOException e) {
      // The failure that left it behind is being reported; a hidden .part file is never taken for a
      // whole one.
    }
  }

  /// Makes the names in `folder` reach the disk, where the system can.
  public static void syncFolder(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems cannot open a folder; the rename itself is done.
    }
  }

  /// The error for a file that could not be read.
  public static UserError unreadable(Path file, IOException e) {
    return new UserError(file.toString(), cause(e), "Check the path and its permissions.");
  }

  /// The error for a file that could not be written.
  public static UserError unwritable(Path file, IOException e) {
    String cause = cause(e);
    String remedy = cause.contains("space left") || cause.contains("quota")
        ? "Free some space or choose another folder; the file was not changed."
        : "Check the folder and its permissions; the file was not changed.";
    return new UserError(file.toString(), "cannot be written: " + cause, remedy);
  }

  private static String cause(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file or folder";
      case AccessDeniedException _ -> "permission denied";
      case DirectoryNotEmptyException _ -> "a folder of that name stands there";
      case FileAlreadyExistsException _ -> "a folder of that name stands there";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
