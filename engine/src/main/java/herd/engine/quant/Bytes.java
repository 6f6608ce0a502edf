package herd.engine.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Numbers at native addresses, little-endian as in the files. Who calls has checked bounds and
/// liveness once for the whole operation; one segment over all memory then costs neither inside the
/// loops.
final class Bytes {
  static final MemorySegment ALL = all();

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  @SuppressWarnings("restricted")
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  static byte signed(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static int unsigned(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
  }

  static void put(long address, int value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
  }

  static short half(long address) {
    return ALL.get(SHORT, address);
  }

  static float halfAsFloat(long address) {
    return Float.float16ToFloat(ALL.get(SHORT, address));
  }

  static void putHalf(long address, int bits) {
    ALL.set(SHORT, address, (short) bits);
  }

  static int integer(long address) {
    return ALL.get(INT, address);
  }

  static long number(long address) {
    return ALL.get(LONG, address);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static float floating(long address) {
    return ALL.get(FLOAT, address);
  }

  static void putFloat(long address, float value) {
    ALL.set(FLOAT, address, value);
  }
}
