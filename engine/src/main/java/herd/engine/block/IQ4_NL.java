package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as 4 bits each with one F16 scale before them. A nibble names one of
/// sixteen unevenly spaced levels: `value = scale * level`. Nibbles lie as in [Q4_0].
public final class IQ4_NL {
  public static final int VALUES = 32;
  public static final int BYTES = 18;

  private static final int HALF = VALUES / 2;
  private static final byte[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private IQ4_NL() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      levels(in, b * BYTES + 2, Raw.half(in, b * BYTES), out, b * VALUES);
    }
  }

  /// Decodes 32 numbers whose nibbles start at `at`.
  static void levels(MemorySegment in, long at, float scale, MemorySegment out, long index) {
    for (int i = 0; i < HALF; i++) {
      int two = Raw.u8(in, at + i);
      Raw.number(out, index + i, scale * LEVELS[two & 15]);
      Raw.number(out, index + HALF + i, scale * LEVELS[two >> 4]);
    }
  }
}
