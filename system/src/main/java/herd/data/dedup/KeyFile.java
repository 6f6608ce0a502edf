package herd.data.dedup;

import herd.engine.UserError;
import herd.run.Disk;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Sorted hashes in a file, each once, with a number beside it, that are looked up where they lie:
/// memory holds a table of where hashes with the same upper 16 bits begin. Immutable.
public final class KeyFile {
  private static final long MAGIC = 0x484552444b455953L; // "HERDKEYS"
  private static final int HEADER = 32; // magic, mark, count, reserved
  private static final int ROW = 16;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /// What [#find] says of a hash that is not there.
  public static final long ABSENT = -1;

  private final MemorySegment rows;
  private final long count;
  private final long[] starts = new long[(1 << 16) + 1];

  private KeyFile(MemorySegment rows, long count) {
    this.rows = rows;
    this.count = count;
    Arrays.fill(starts, count);
    int next = 0;
    for (long i = 0; i < count; ) { // the first row of each upper half
      int upper = upper(key(i));
      while (next <= upper) {
        starts[next++] = i;
      }
      i = firstAfter(i, upper);
    }
  }

  /// The first row from `from` on with greater upper bits: found in growing steps.
  private long firstAfter(long from, int upper) {
    long step = 1;
    long low = from;
    while (low + step < count && upper(key(low + step)) <= upper) {
      low += step;
      step *= 2;
    }
    long high = Math.min(low + step, count);
    while (high - low > 1) {
      long middle = low + high >>> 1;
      if (upper(key(middle)) <= upper) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private static int upper(long key) {
    return (int) (key >>> 48) ^ 0x8000;
  }

  private long key(long row) {
    return rows.get(LONG, row * ROW);
  }

  /// How many hashes there are.
  public long count() {
    return count;
  }

  /// The number beside a hash, [#ABSENT] if it is not there. May be called from several threads.
  public long find(long key) {
    int upper = upper(key);
    long low = starts[upper];
    long high = starts[upper + 1];
    while (low < high) {
      long middle = low + high >>> 1;
      long found = key(middle);
      if (found == key) {
        return rows.get(LONG, middle * ROW + 8);
      }
      if (found < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return ABSENT;
  }

  /// Hands over all hashes in order, and the numbers beside them.
  void forEach(Each each) {
    for (long i = 0; i < count; i++) {
      each.take(key(i), rows.get(LONG, i * ROW + 8));
    }
  }

  /// Takes a hash.
  @FunctionalInterface
  interface Each {
    void take(long key, long number);
  }

  /// Maps a file that [Writer] wrote.
  /// @param mark that it was written with
  /// @throws UserError if it is missing, damaged or was written with another mark
  public static KeyFile open(Path file, long mark) {
    try (var channel = FileChannel.open(file)) {
      if (channel.size() < HEADER) {
        throw wrong(file, "a file of " + channel.size() + " bytes");
      }
      var all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      if (all.get(LONG, 0) != MAGIC) {
        throw wrong(file, "another kind of file");
      }
      if (all.get(LONG, 8) != mark) {
        throw wrong(file, "an index of other settings");
      }
      long count = all.get(LONG, 16);
      if (count < 0 || count > all.byteSize() / ROW || all.byteSize() != HEADER + count * ROW) {
        throw wrong(file, "a damaged index: " + all.byteSize() + " bytes for " + count + " hashes");
      }
      return new KeyFile(all.asSlice(HEADER), count);
    } catch (IOException e) {
      throw wrong(file, e.toString());
    }
  }

  private static UserError wrong(Path file, String found) {
    return new UserError(
        file.toString(),
        found,
        "an index written by this step with the same settings",
        "Name another file, or write the index anew.");
  }

  /// Writes a file aside and renames it when it is closed.
  public static final class Writer implements AutoCloseable {
    private final Path file;
    private final Path aside;
    private final DataOutputStream out;
    private final long mark;
    private long count;
    private long last;

    /// @param mark what must be the same for who reads it: a hash of settings
    public Writer(Path file, long mark) {
      this.file = file;
      this.mark = mark;
      aside = file.resolveSibling("." + file.getFileName() + ".part");
      try {
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(aside), 1 << 16));
        out.write(new byte[HEADER]);
      } catch (IOException e) {
        throw Disk.trouble(e, file);
      }
    }

    /// Adds a hash; one that was added just before is left out.
    /// @param key not less than the one before
    /// @param number not negative
    public void add(long key, long number) {
      if (count > 0 && key <= last) {
        if (key < last) {
          throw new IllegalArgumentException("not sorted");
        }
        return;
      }
      try {
        out.writeLong(key);
        out.writeLong(number);
      } catch (IOException e) {
        throw Disk.trouble(e, file);
      }
      last = key;
      count++;
    }

    @Override
    public void close() {
      try {
        out.close();
        try (var channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
          var header = ByteBuffer.allocate(HEADER);
          header.putLong(MAGIC).putLong(mark).putLong(count).putLong(0).flip();
          while (header.hasRemaining()) {
            channel.write(header, header.position());
          }
        }
        Files.move(
            aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw Disk.trouble(e, file);
      }
    }
  }
}
