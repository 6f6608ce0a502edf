package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 256 numbers as 3 bits each: 32 bytes of third bits (each byte has those of eight
/// numbers that lie 32 apart), 64 bytes of the other two, sixteen 6-bit scales in 12 bytes, one
/// F16: `value = d * (scale - 32) * (bits - 4)`.
public final class Q3_K {
  public static final int VALUES = 256;
  public static final int BYTES = 110;

  private static final int BITS = 32;
  private static final int SCALES = 96;
  private static final int D = 108;

  private Q3_K() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at + D);
      for (int group = 0; group < 16; group++) {
        float scale = d * (scale(in, at + SCALES, group) - 32);
        long third = at + group % 2 * 16;
        long bits = at + BITS + group / 8 * 32 + group % 2 * 16;
        int shift = group % 8 / 2 * 2;
        for (int i = 0; i < 16; i++) {
          int q = Raw.u8(in, bits + i) >> shift & 3 | (Raw.u8(in, third + i) >> group / 2 & 1) << 2;
          Raw.number(out, b * VALUES + group * 16 + i, scale * (q - 4));
        }
      }
    }
  }

  /// Four low bits in the first eight bytes, two high ones in the last four.
  private static int scale(MemorySegment in, long at, int group) {
    int low = Raw.u8(in, at + group % 8) >> group / 8 * 4 & 15;
    return low | (Raw.u8(in, at + 8 + group % 4) >> group / 4 * 2 & 3) << 4;
  }
}
