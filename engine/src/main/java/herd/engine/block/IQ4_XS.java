package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 256 numbers as 4 bits each: an F16, the two high bits of eight 6-bit scales in one
/// 16-bit word, their four low bits in four bytes, then the nibbles, 32 numbers after the other
/// as in [IQ4_NL]: `value = d * (scale - 32) * level`.
public final class IQ4_XS {
  public static final int VALUES = 256;
  public static final int BYTES = 136;

  private static final int LOW = 4;
  private static final int BITS = 8;

  private IQ4_XS() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at);
      int high = Raw.u16(in, at + 2);
      for (int group = 0; group < 8; group++) {
        int low = Raw.u8(in, at + LOW + group / 2) >> group % 2 * 4 & 15;
        float scale = d * ((low | (high >> 2 * group & 3) << 4) - 32);
        IQ4_NL.levels(in, at + BITS + group * 16, scale, out, b * VALUES + group * 32);
      }
    }
  }
}
