package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 256 numbers as 2 bits each: for each 16 of them a 4-bit scale and a 4-bit offset in
/// one byte, 64 bytes of bits, then two F16 that scale the scales and the offsets: `value = d *
/// scale * bits - dmin * offset`.
public final class Q2_K {
  public static final int VALUES = 256;
  public static final int BYTES = 84;

  private static final int BITS = 16;
  private static final int D = 80;
  private static final int D_MIN = 82;

  private Q2_K() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at + D);
      float dMin = Raw.half(in, at + D_MIN);
      for (int group = 0; group < 16; group++) {
        int two = Raw.u8(in, at + group);
        float scale = d * (two & 15);
        float offset = dMin * (two >> 4);
        long bits = at + BITS + group / 8 * 32 + group % 2 * 16;
        int shift = group % 8 / 2 * 2;
        for (int i = 0; i < 16; i++) {
          int q = Raw.u8(in, bits + i) >> shift & 3;
          Raw.number(out, b * VALUES + group * 16 + i, scale * q - offset);
        }
      }
    }
  }
}
