package herd.data.spill;

import herd.run.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/// Rows of numbers, sorted by their first one, in bounded memory: what does not fit is sorted in
/// parts, each in a file, and the parts are merged while they are read. Rows with the same first
/// number come in the order in which they were added.
public final class SortedRows implements AutoCloseable {
  /// Numbers held in memory.
  private static final int HELD = 1 << 22;

  /// Numbers of a part that are read at a time.
  private static final int READ = 1 << 13;

  /// Takes a row.
  @FunctionalInterface
  public interface Each {
    /// @param numbers holds the row, and is used again
    /// @param at where the row begins
    void take(long[] numbers, int at);
  }

  private final int width;
  private final int capacity;
  private final Path scratch;
  private final List<Path> parts = new ArrayList<>();
  private long[] rows;
  private int count;
  private long size;

  /// @param width numbers of a row
  /// @param scratch a directory, only used if there are many rows
  public SortedRows(int width, Path scratch) {
    this(width, scratch, HELD / width);
  }

  /// @param capacity rows held in memory
  SortedRows(int width, Path scratch, int capacity) {
    this.width = width;
    this.capacity = capacity;
    this.scratch = scratch;
    rows = new long[width * Math.min(capacity, 1024)];
  }

  /// Adds a row of [#width] numbers.
  public void add(long... row) {
    if (row.length != width) {
      throw new IllegalArgumentException(row.length + " numbers for a row of " + width);
    }
    if (count == capacity) {
      spill();
    }
    if ((count + 1) * width > rows.length) {
      rows = Arrays.copyOf(rows, (int) Math.min(2L * rows.length, (long) capacity * width));
    }
    System.arraycopy(row, 0, rows, count * width, width);
    count++;
    size++;
  }

  /// How many rows there are.
  public long size() {
    return size;
  }

  /// Hands over all rows, sorted by their first number as a signed one. No row can be added then.
  public void forEach(Each each) {
    if (parts.isEmpty()) {
      int[] order = order();
      for (int i = 0; i < count; i++) {
        each.take(rows, order[i] * width);
      }
      return;
    }
    spill();
    merge(each);
  }

  private int[] order() {
    int n = count;
    var order = new int[n];
    var next = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int shift = 0; shift < 64; shift += 16) {
      var ends = new int[1 << 16];
      for (int i = 0; i < n; i++) {
        ends[digit(i, shift)]++;
      }
      int sum = 0;
      for (int d = 0; d < ends.length; d++) {
        int some = ends[d];
        ends[d] = sum;
        sum += some;
      }
      for (int i = 0; i < n; i++) {
        next[ends[digit(order[i], shift)]++] = order[i];
      }
      var swap = order;
      order = next;
      next = swap;
    }
    return order;
  }

  private int digit(int row, int shift) {
    long key = rows[row * width] ^ Long.MIN_VALUE;
    return (int) (key >>> shift) & 0xFFFF;
  }

  private void spill() {
    if (count == 0) {
      return;
    }
    var file = scratch.resolve("sorted-" + System.identityHashCode(this) + "-" + parts.size());
    var bytes = ByteBuffer.allocate(READ * width * Long.BYTES).order(ByteOrder.nativeOrder());
    int[] order = order();
    parts.add(file);
    try (var out = FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      for (int i = 0; i < count; ) {
        var numbers = bytes.clear().asLongBuffer();
        for (; numbers.hasRemaining() && i < count; i++) {
          numbers.put(rows, order[i] * width, width);
        }
        bytes.limit(numbers.position() * Long.BYTES);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
    count = 0;
  }

  private void merge(Each each) {
    rows = new long[0];
    var heads = new PriorityQueue<Part>();
    try {
      for (int i = 0; i < parts.size(); i++) {
        var part = new Part(FileChannel.open(parts.get(i)), width, i);
        if (part.next()) {
          heads.add(part);
        }
      }
      while (!heads.isEmpty()) {
        var first = heads.poll();
        each.take(first.row, 0);
        if (first.next()) {
          heads.add(first);
        }
      }
    } catch (IOException e) {
      throw Disk.trouble(e, scratch);
    }
  }

  private static final class Part implements Comparable<Part> {
    private final FileChannel file;
    private final int number;
    private final ByteBuffer bytes;
    private final long[] row;
    private LongBuffer numbers = LongBuffer.allocate(0);

    Part(FileChannel file, int width, int number) {
      this.file = file;
      this.number = number;
      row = new long[width];
      bytes = ByteBuffer.allocate(READ * width * Long.BYTES).order(ByteOrder.nativeOrder());
    }

    boolean next() throws IOException {
      if (!numbers.hasRemaining()) {
        bytes.clear();
        while (bytes.hasRemaining() && file.read(bytes) >= 0) {}
        numbers = bytes.flip().asLongBuffer();
        if (!numbers.hasRemaining()) {
          file.close();
          return false;
        }
      }
      numbers.get(row);
      return true;
    }

    @Override
    public int compareTo(Part other) {
      int byKey = Long.compare(row[0], other.row[0]);
      return byKey != 0 ? byKey : Integer.compare(number, other.number);
    }
  }

  /// Removes what lies on the disk.
  @Override
  public void close() {
    parts.forEach(Disk::delete);
    rows = new long[0];
    count = 0;
  }
}
