package herd.engine.learn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/// Pieces and their counts on disk, ordered by hash and then by bytes, none twice. The file has
/// no name any more while it is open, where the system allows that: nothing is left of a program
/// that was killed.
final class PieceRun implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int HEAD = 12; // bytes before a piece: its count and its length

  /// Where a piece of a run goes.
  interface Sink {
    /// Takes `bytes[from..to)`, which came `count` times.
    void take(byte[] bytes, int from, int to, long count) throws IOException;
  }

  private final FileChannel file;

  private PieceRun(Path folder) throws IOException {
    file = FileChannel.open(
        Files.createTempFile(folder, "herd-pieces", ".tmp"),
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /// Writes a table.
  static PieceRun of(PieceTable table, Path folder) throws IOException {
    var order = new long[table.size()];
    for (int i = 0; i < order.length; i++) {
      int hash = PieceTable.hash(table.pool(), table.start(i), table.end(i));
      order[i] = (long) hash << 32 | i;
    }
    Arrays.sort(order);
    for (int i = 1; i < order.length; i++) { // equal hashes are rare
      long moved = order[i];
      int at = i;
      while (at > 0
          && order[at - 1] >> 32 == moved >> 32
          && !ordered(table, order[at - 1], moved)) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = moved;
    }
    var run = new PieceRun(folder);
    try (var writer = run.new Writer()) {
      for (long entry : order) {
        int i = (int) entry;
        writer.take(table.pool(), table.start(i), table.end(i), table.count(i));
      }
    }
    return run;
  }

  private static boolean ordered(PieceTable table, long first, long second) {
    int a = (int) first;
    int b = (int) second;
    byte[] pool = table.pool();
    return Arrays.compareUnsigned(
            pool, table.start(a), table.end(a), pool, table.start(b), table.end(b))
        <= 0;
  }

  /// Merges runs into one; counts of the same piece add up.
  static PieceRun merge(List<PieceRun> runs, Path folder) throws IOException {
    var merged = new PieceRun(folder);
    try (var writer = merged.new Writer()) {
      each(runs, writer);
    }
    for (var run : runs) {
      run.close();
    }
    return merged;
  }

  /// Passes on each piece of all runs once, in order.
  static void each(List<PieceRun> runs, Sink sink) throws IOException {
    var heads = new PriorityQueue<Reader>(Math.max(1, runs.size()), Reader::compare);
    for (var run : runs) {
      var reader = run.new Reader();
      if (reader.next()) {
        heads.add(reader);
      }
    }
    byte[] piece = new byte[64];
    while (!heads.isEmpty()) {
      var first = heads.poll();
      int length = first.length;
      if (length > piece.length) {
        piece = new byte[2 * length];
      }
      System.arraycopy(first.piece, 0, piece, 0, length);
      long count = first.count;
      if (first.next()) {
        heads.add(first);
      }
      for (var other = heads.peek();
          other != null && Arrays.equals(other.piece, 0, other.length, piece, 0, length);
          other = heads.peek()) {
        heads.poll();
        count += other.count;
        if (other.next()) {
          heads.add(other);
        }
      }
      sink.take(piece, 0, length, count);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /// Appends pieces.
  private final class Writer implements Sink, AutoCloseable {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

    @Override
    public void take(byte[] bytes, int from, int to, long count) throws IOException {
      if (buffer.remaining() < HEAD) {
        flush();
      }
      buffer.putLong(count).putInt(to - from);
      for (int at = from; at < to; ) {
        if (!buffer.hasRemaining()) {
          flush();
        }
        int some = Math.min(buffer.remaining(), to - at);
        buffer.put(bytes, at, some);
        at += some;
      }
    }

    private void flush() throws IOException {
      buffer.flip();
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
      buffer.clear();
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /// Reads from the beginning.
  private final class Reader {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).limit(0);
    private long position;
    private byte[] piece = new byte[64];
    private int length;
    private int hash;
    private long count;

    boolean next() throws IOException {
      if (!fill(HEAD)) {
        return false;
      }
      count = buffer.getLong();
      length = buffer.getInt();
      if (length > piece.length) {
        piece = new byte[2 * length];
      }
      for (int at = 0; at < length; ) {
        fill(1);
        int some = Math.min(buffer.remaining(), length - at);
        buffer.get(piece, at, some);
        at += some;
      }
      hash = PieceTable.hash(piece, 0, length);
      return true;
    }

    private boolean fill(int bytes) throws IOException {
      if (buffer.remaining() >= bytes) {
        return true;
      }
      buffer.compact();
      while (buffer.position() < bytes) {
        int read = file.read(buffer, position);
        if (read < 0) {
          break;
        }
        position += read;
      }
      buffer.flip();
      return buffer.remaining() >= bytes;
    }

    static int compare(Reader a, Reader b) {
      return a.hash != b.hash
          ? Integer.compare(a.hash, b.hash)
          : Arrays.compareUnsigned(a.piece, 0, a.length, b.piece, 0, b.length);
    }
  }
}
