package herd.engine.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Blocks of 32 numbers as signed bytes with one F16 scale before them: `value = scale * byte`.
/// Equal bit for bit to ggml's.
final class Q8_0 {
  static final int VALUES = 32;
  static final int BYTES = 34;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Q8_0() {}

  /// Decodes all blocks of `in` into floats.
  static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Float.float16ToFloat(in.get(SHORT, b * BYTES));
      for (int i = 0; i < VALUES; i++) {
        float value = in.get(ValueLayout.JAVA_BYTE, b * BYTES + 2 + i);
        out.setAtIndex(FLOAT, b * VALUES + i, value * scale);
      }
    }
  }

  /// Encodes all floats of `in`: the largest absolute value of a block becomes 127, halves are
  /// rounded away from zero.
  static void quantise(MemorySegment in, MemorySegment out) {
    long blocks = out.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float most = 0;
      for (int i = 0; i < VALUES; i++) {
        most = Math.max(most, Math.abs(in.getAtIndex(FLOAT, b * VALUES + i)));
      }
      float scale = most / 127;
      float inverse = scale == 0 ? 0 : 1 / scale;
      out.set(SHORT, b * BYTES, Float.floatToFloat16(scale));
      for (int i = 0; i < VALUES; i++) {
        double value = in.getAtIndex(FLOAT, b * VALUES + i) * inverse;
        out.set(
            ValueLayout.JAVA_BYTE, b * BYTES + 2 + i, (byte) (value + Math.copySign(0.5, value)));
      }
    }
  }
}
