package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 256 numbers as 5 bits each: two F16 and the scales and offsets of [Q4_K], 32 bytes
/// of fifth bits (each byte has those of eight numbers that lie 32 apart), then the other four
/// bits as in [Q4_K]: `value = d * scale * bits - dmin * offset`.
public final class Q5_K {
  public static final int VALUES = 256;
  public static final int BYTES = 176;

  private static final int SCALES = 4;
  private static final int FIFTH = 16;
  private static final int BITS = 48;

  private Q5_K() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at);
      float dMin = Raw.half(in, at + 2);
      for (int group = 0; group < 8; group++) {
        float scale = d * Q4_K.scale(in, at + SCALES, group);
        float offset = dMin * Q4_K.offset(in, at + SCALES, group);
        long bits = at + BITS + group / 2 * 32;
        for (int i = 0; i < 32; i++) {
          int q = Raw.u8(in, bits + i) >> group % 2 * 4 & 15
              | (Raw.u8(in, at + FIFTH + i) >> group & 1) << 4;
          Raw.number(out, b * VALUES + group * 32 + i, scale * q - offset);
        }
      }
    }
  }
}
