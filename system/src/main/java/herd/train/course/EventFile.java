package herd.train.course;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/// Scalars in the record format that TensorBoard reads: length, masked CRC-32C of the length,
/// a protocol buffer `Event`, masked CRC-32C of that.
final class EventFile implements AutoCloseable {
  private static final int MASK = 0xa282ead8;

  private final FileChannel channel;
  private final LongSupplier clock;
  private long latest; // an event is never earlier than the one before, wherever the clock jumps

  /// Appends to `file`, which is made if it is not there.
  EventFile(Path file) throws IOException {
    this(file, System::currentTimeMillis);
  }

  /// @param clock milliseconds since 1970
  EventFile(Path file, LongSupplier clock) throws IOException {
    this.clock = clock;
    channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (channel.size() == 0) {
      var version = "brain.Event:2".getBytes(StandardCharsets.US_ASCII);
      record(event(0, 3, version));
    }
  }

  /// Says that training goes on after `step`: what was shown of later steps is forgotten.
  void restart(long step) throws IOException {
    var start = ByteBuffer.allocate(2).put((byte) 0x08).put((byte) 1).array(); // status: START
    record(event(step, 7, start));
  }

  /// @param values by tag
  void scalars(long step, Map<String, Double> values) throws IOException {
    var summary = new Proto();
    values.forEach((tag, value) -> summary.bytes(
        1,
        new Proto()
            .bytes(1, tag.getBytes(StandardCharsets.UTF_8))
            .float32(2, value.floatValue())
            .done()));
    record(event(step, 5, summary.done()));
  }

  private byte[] event(long step, int field, byte[] content) {
    latest = Math.max(latest, clock.getAsLong());
    return new Proto()
        .float64(1, latest / 1000.0)
        .varint(2, step)
        .bytes(field, content)
        .done();
  }

  private void record(byte[] event) throws IOException {
    var out = ByteBuffer.allocate(event.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(event.length);
    out.putInt(masked(out.array(), 0, 8));
    out.put(event);
    out.putInt(masked(event, 0, event.length));
    out.flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  private static int masked(byte[] bytes, int from, int count) {
    var crc = new CRC32C();
    crc.update(bytes, from, count);
    int value = (int) crc.getValue();
    return (value >>> 15 | value << 17) + MASK;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// Fields of a protocol buffer message.
  private static final class Proto {
    private ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

    private ByteBuffer room(int bytes) {
      if (out.remaining() < bytes) {
        var larger = ByteBuffer.allocate(2 * (out.position() + bytes));
        out = larger.order(ByteOrder.LITTLE_ENDIAN).put(out.flip());
      }
      return out;
    }

    private void number(long value) {
      room(10);
      for (; (value & -128) != 0; value >>>= 7) {
        out.put((byte) (value & 127 | 128));
      }
      out.put((byte) value);
    }

    Proto varint(int field, long value) {
      number((long) field << 3);
      number(value);
      return this;
    }

    Proto float64(int field, double value) {
      number((long) field << 3 | 1);
      room(8).putDouble(value);
      return this;
    }

    Proto float32(int field, float value) {
      number((long) field << 3 | 5);
      room(4).putFloat(value);
      return this;
    }

    Proto bytes(int field, byte[] content) {
      number((long) field << 3 | 2);
      number(content.length);
      room(content.length).put(content);
      return this;
    }

    byte[] done() {
      var bytes = new byte[out.position()];
      out.get(0, bytes);
      return bytes;
    }
  }
}
