package herd.data.fasttext;

import herd.engine.UserError;
import herd.engine.io.MappedFile;
import herd.engine.io.WholeFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// A file of lines with labels, mapped into memory, read by any number of threads.
final class TrainingText implements AutoCloseable {
  private static final int LONGEST = 1 << 29;

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;

  TrainingText(Path file) {
    this.file = file;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      arena.close();
      throw WholeFile.unreadable(file, e);
    }
  }

  long size() {
    return bytes.byteSize();
  }

  /// Lines from the first that begins at `from` or later.
  Lines lines(long from) {
    return new Lines(from);
  }

  @Override
  public void close() {
    arena.close();
  }

  /// One thread's place in the text.
  final class Lines {
    private long at;
    private byte[] line = new byte[1 << 12];
    private int end;

    private Lines(long from) {
      at = from;
      if (from > 0) {
        at--;
        next();
      }
    }

    /// The line's bytes, from 1 to [#end]; a byte before and one after them may be changed.
    byte[] text() {
      return line;
    }

    int end() {
      return end;
    }

    long at() {
      return at;
    }

    void rewind() {
      at = 0;
    }

    /// Reads the next line.
    /// @return false at the text's end
    boolean next() {
      if (at >= bytes.byteSize()) {
        return false;
      }
      try {
        copy();
      } catch (InternalError e) {
        throw MappedFile.cutShort(file.toString(), e);
      }
      return true;
    }

    private void copy() {
      end = 1;
      while (at < bytes.byteSize()) {
        int room = (int) Math.min(line.length - 1 - end, bytes.byteSize() - at);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, line, end, room);
        int feed = end;
        while (feed < end + room && line[feed] != '\n') {
          feed++;
        }
        at += feed - end;
        boolean found = feed < end + room;
        end = feed;
        if (found) {
          at++;
          return;
        }
        if (line.length > LONGEST) {
          throw new UserError(
              file + " at byte " + at, "a line of more than 512 MB", "shorter lines", "");
        }
        if (end == line.length - 1) {
          line = Arrays.copyOf(line, 2 * line.length);
        }
      }
    }
  }
}
