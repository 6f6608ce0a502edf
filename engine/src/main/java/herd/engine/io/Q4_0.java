package herd.engine.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Blocks of 32 numbers as 4 bits each with one F16 scale before them: `value = scale * (nibble
/// - 8)`. Byte `i` holds number `i` in its low and number `i + 16` in its high half. Equal bit
/// for bit to ggml's.
final class Q4_0 {
  static final int VALUES = 32;
  static final int BYTES = 18;

  private static final int HALF = VALUES / 2;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Q4_0() {}

  /// Decodes all blocks of `in` into floats.
  static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Float.float16ToFloat(in.get(SHORT, b * BYTES));
      for (int i = 0; i < HALF; i++) {
        int two = in.get(ValueLayout.JAVA_BYTE, b * BYTES + 2 + i);
        out.setAtIndex(FLOAT, b * VALUES + i, ((two & 15) - 8) * scale);
        out.setAtIndex(FLOAT, b * VALUES + HALF + i, ((two >> 4 & 15) - 8) * scale);
      }
    }
  }

  /// Encodes all floats of `in`: the number of a block with the largest absolute value becomes
  /// nibble 0.
  static void quantise(MemorySegment in, MemorySegment out) {
    long blocks = out.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float most = 0;
      for (int i = 0; i < VALUES; i++) {
        float value = in.getAtIndex(FLOAT, b * VALUES + i);
        if (Math.abs(value) > Math.abs(most)) {
          most = value;
        }
      }
      float scale = most / -8;
      float inverse = scale == 0 ? 0 : 1 / scale;
      out.set(SHORT, b * BYTES, Float.floatToFloat16(scale));
      for (int i = 0; i < HALF; i++) {
        int low = nibble(in.getAtIndex(FLOAT, b * VALUES + i) * inverse);
        int high = nibble(in.getAtIndex(FLOAT, b * VALUES + HALF + i) * inverse);
        out.set(ValueLayout.JAVA_BYTE, b * BYTES + 2 + i, (byte) (low | high << 4));
      }
    }
  }

  private static int nibble(float scaled) {
    return Math.clamp((int) (scaled + 8.5f), 0, 15);
  }
}
