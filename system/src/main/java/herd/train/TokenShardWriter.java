package herd.train;

import herd.engine.io.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The one pass that writes a [TokenShard]: collects blocks, sums each when it is full, and keeps
/// the index of documents for the end.
final class TokenShardWriter {
  private final WholeFile.Out out;
  private final int vocab;
  private final int width;
  private final ByteBuffer block =
      ByteBuffer.allocate(TokenShard.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private long[] starts = new long[1024];
  private int documents;
  private long tokens;
  private int[] sums = new int[64];
  private int blocks;

  TokenShardWriter(WholeFile.Out out, int vocab) {
    this.out = out;
    this.vocab = vocab;
    this.width = TokenShard.width(vocab);
  }

  /// Every number is written within one block: all offsets are multiples of its size.
  void number(long value) throws IOException {
    block.putLong(value);
    flushFull();
  }

  void put(byte[] bytes) throws IOException {
    for (byte b : bytes) {
      block.put(b);
      flushFull();
    }
  }

  void align(int alignment) throws IOException {
    while (block.position() % alignment != 0) {
      block.put((byte) 0);
    }
    flushFull();
  }

  void document(int[] ids) throws IOException {
    if (ids.length == 0) {
      return;
    }
    if (documents + 1 == starts.length) {
      starts = Arrays.copyOf(starts, starts.length * 2);
    }
    for (int id : ids) {
      if (id < 0 || id >= vocab) {
        throw new IllegalArgumentException(
            "token %d of document %d in a vocabulary of %d".formatted(id, documents, vocab));
      }
      if (width == Short.BYTES) {
        block.putShort((short) id);
      } else {
        block.putInt(id);
      }
      flushFull();
    }
    tokens += ids.length;
    starts[++documents] = tokens;
  }

  /// Index, sums, counts and the closing mark.
  void finish(long end) throws IOException {
    align(Long.BYTES);
    for (int d = 0; d <= documents; d++) {
      number(starts[d]);
    }
    if (block.position() > 0) {
      flush();
    }
    var tail = ByteBuffer.allocate(blocks * Integer.BYTES + TokenShard.FOOTER)
        .order(ByteOrder.LITTLE_ENDIAN);
    for (int b = 0; b < blocks; b++) {
      tail.putInt(sums[b]);
    }
    tail.putLong(documents).putLong(tokens);
    var crc = new CRC32C();
    crc.update(tail.array(), 0, tail.position());
    tail.putInt((int) crc.getValue()).putInt(0).putLong(end);
    out.write(tail.flip());
  }

  private void flushFull() throws IOException {
    if (!block.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    if (blocks == sums.length) {
      sums = Arrays.copyOf(sums, sums.length * 2);
    }
    var crc = new CRC32C();
    crc.update(block.array(), 0, block.position());
    sums[blocks++] = (int) crc.getValue();
    out.write(block.flip());
    block.clear();
  }
}
