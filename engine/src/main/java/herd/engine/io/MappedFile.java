package herd.engine.io;

import herd.engine.UserError;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Files that are mapped into memory to be read.
public final class MappedFile {
  private MappedFile() {}

  /// The bytes of `file`, mapped for as long as `arena` lives.
  /// @throws UserError if it cannot be read
  static MemorySegment of(Path file, Arena arena) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw WholeFile.unreadable(file, e);
    }
  }

  /// Copies bytes of a mapped file from `from` on into `to`, from there on to its end.
  /// @throws UserError if the file has become shorter meanwhile
  static void copy(MemorySegment mapped, int from, byte[] to, Path file) {
    try {
      MemorySegment.copy(mapped, ValueLayout.JAVA_BYTE, from, to, from, to.length - from);
    } catch (InternalError e) {
      throw cutShort(file.toString(), e);
    }
  }

  /// What it means for a user that a mapped file could not be read: the JVM turns the signal for a
  /// page beyond the end of a file into this error.
  /// @throws InternalError if it is another
  public static UserError cutShort(String where, InternalError e) {
    if (e.getMessage() != null && e.getMessage().contains("memory access")) {
      return new UserError(
          where, "the file became shorter while it was read", "Load it again when it is whole.");
    }
    throw e;
  }
}
