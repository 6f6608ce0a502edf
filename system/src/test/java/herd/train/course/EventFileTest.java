package herd.train.course;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// A reader written from the format's description finds what was written.
class EventFileTest {
  @TempDir
  private Path folder;

  @Test
  void aReaderOfTheFormatFindsTheScalars() throws IOException {
    Path file = folder.resolve("events");
    try (var events = new EventFile(file)) {
      events.scalars(1, Map.of("loss", 2.5));
      events.scalars(300, new TreeMap<>(Map.of("loss/code", -1.25, "a".repeat(200), 1e-3)));
    }
    try (var events = new EventFile(file)) {
      events.restart(200);
    }
    var events = records(Files.readAllBytes(file));
    assertThat(events).hasSize(4);
    assertThat(new String((byte[]) events.get(0).get(3))).isEqualTo("brain.Event:2");
    assertThat(scalars(events.get(1))).isEqualTo(Map.of("loss", 2.5f));
    assertThat(events.get(2).get(2)).isEqualTo(300L);
    assertThat(scalars(events.get(2)))
        .isEqualTo(Map.of("loss/code", -1.25f, "a".repeat(200), 1e-3f));
    assertThat(events.get(3).get(2)).isEqualTo(200L);
    assertThat(fields((byte[]) events.get(3).get(7)).get(1)).isEqualTo(1L);
    double seconds = (double) events.get(1).get(1);
    assertThat(seconds).isBetween(1.7e9, 1e11);
  }

  @Test
  void noEventIsEarlierThanTheOneBeforeWhereverTheClockJumps() throws IOException {
    Path file = folder.resolve("events");
    var times = new ArrayDeque<>(List.of(2_000L, 5_000L, 1_000L, 6_000L));
    try (var events = new EventFile(file, times::remove)) {
      for (int step = 1; step <= 3; step++) {
        events.scalars(step, Map.of("loss", 1.0));
      }
    }
    var seconds =
        records(Files.readAllBytes(file)).stream().map(event -> event.get(1)).toList();
    assertThat(seconds).containsExactly(2.0, 5.0, 5.0, 6.0);
  }

  /// Each record as a message, after its sums were compared.
  private static List<Map<Integer, Object>> records(byte[] bytes) {
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var records = new ArrayList<Map<Integer, Object>>();
    while (in.hasRemaining()) {
      int at = in.position();
      int length = (int) in.getLong();
      assertThat(in.getInt()).isEqualTo(masked(bytes, at, 8));
      var record = new byte[length];
      in.get(record);
      assertThat(in.getInt()).isEqualTo(masked(record, 0, length));
      records.add(fields(record));
    }
    return records;
  }

  private static int masked(byte[] bytes, int from, int count) {
    var crc = new CRC32C();
    crc.update(bytes, from, count);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static Map<String, Float> scalars(Map<Integer, Object> event) {
    var scalars = new TreeMap<String, Float>();
    var in = ByteBuffer.wrap((byte[]) event.get(5)).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      assertThat(varint(in)).isEqualTo(1 << 3 | 2);
      var value = new byte[(int) varint(in)];
      in.get(value);
      var fields = fields(value);
      scalars.put(new String((byte[]) fields.get(1)), (Float) fields.get(2));
    }
    return scalars;
  }

  private static Map<Integer, Object> fields(byte[] message) {
    var in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    var fields = new TreeMap<Integer, Object>();
    while (in.hasRemaining()) {
      long key = varint(in);
      fields.put(
          (int) (key >>> 3),
          switch ((int) key & 7) {
            case 0 -> (Object) varint(in);
            case 1 -> in.getDouble();
            case 5 -> in.getFloat();
            default -> {
              var bytes = new byte[(int) varint(in)];
              in.get(bytes);
              yield bytes;
            }
          });
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 127) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
