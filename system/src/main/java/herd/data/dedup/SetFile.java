package herd.data.dedup;

import herd.run.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Sets of hashes in a file, read one at a time; memory holds where each begins.
public final class SetFile implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private long[] starts = new long[1 << 8];
  private int size;

  /// @param scratch a directory
  public SetFile(Path scratch) {
    try {
      file = Files.createTempFile(scratch, "sets", "");
      channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw Disk.trouble(e, scratch);
    }
  }

  /// Adds the set `numbers[from..from + count)`.
  public void add(long[] numbers, int from, int count) {
    var bytes = ByteBuffer.allocate(count * Long.BYTES);
    bytes.asLongBuffer().put(numbers, from, count);
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
    if (size + 1 == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size + 2);
    }
    starts[size + 1] = starts[size] + (long) count * Long.BYTES;
    size++;
  }

  /// The set that was added as the `index`-th, from 0.
  public long[] get(int index) {
    var bytes = ByteBuffer.allocate((int) (starts[index + 1] - starts[index]));
    try {
      while (bytes.hasRemaining() && channel.read(bytes, starts[index] + bytes.position()) >= 0) {}
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
    var set = new long[bytes.capacity() / Long.BYTES];
    bytes.flip().asLongBuffer().get(set);
    return set;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    } finally {
      Disk.delete(file);
    }
  }
}
