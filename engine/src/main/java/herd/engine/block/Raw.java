package herd.engine.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Single numbers of a block: bytes, little-endian halves and words, and the floats (native byte
/// order) that stand for the block.
final class Raw {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Raw() {}

  static int u8(MemorySegment in, long at) {
    return in.get(BYTE, at) & 0xFF;
  }

  static int i8(MemorySegment in, long at) {
    return in.get(BYTE, at);
  }

  static void byteAt(MemorySegment out, long at, int value) {
    out.set(BYTE, at, (byte) value);
  }

  static int u16(MemorySegment in, long at) {
    return in.get(SHORT, at) & 0xFFFF;
  }

  static int i32(MemorySegment in, long at) {
    return in.get(INT, at);
  }

  static void i32(MemorySegment out, long at, int value) {
    out.set(INT, at, value);
  }

  static float half(MemorySegment in, long at) {
    return Float.float16ToFloat(in.get(SHORT, at));
  }

  static void half(MemorySegment out, long at, float value) {
    out.set(SHORT, at, Float.floatToFloat16(value));
  }

  static float number(MemorySegment in, long index) {
    return in.getAtIndex(FLOAT, index);
  }

  static void number(MemorySegment out, long index, float value) {
    out.setAtIndex(FLOAT, index, value);
  }

  /// Numbers `index … index + into.length - 1`.
  static void numbers(MemorySegment in, long index, float[] into) {
    MemorySegment.copy(in, FLOAT, index * Float.BYTES, into, 0, into.length);
  }
}
