package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as 5 bits each: an F16 scale, the fifth bits of all in one word, then the
/// other four as in [Q4_0]: `value = scale * (bits - 16)`.
public final class Q5_0 {
  public static final int VALUES = 32;
  public static final int BYTES = 22;

  private static final int HALF = VALUES / 2;

  private Q5_0() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Raw.half(in, b * BYTES);
      int fifth = Raw.i32(in, b * BYTES + 2);
      for (int i = 0; i < HALF; i++) {
        int two = Raw.u8(in, b * BYTES + 6 + i);
        int low = two & 15 | (fifth >>> i & 1) << 4;
        int high = two >> 4 | (fifth >>> i + HALF & 1) << 4;
        Raw.number(out, b * VALUES + i, (low - 16) * scale);
        Raw.number(out, b * VALUES + HALF + i, (high - 16) * scale);
      }
    }
  }

  /// Encodes all floats of `in`. Without importance the number of a block with the largest
  /// absolute value becomes 0, byte for byte as ggml does; with it the scale is fitted.
  /// @param importance weight of each column of a row, null for none
  public static void quantise(MemorySegment in, MemorySegment out, float[] importance) {
    long blocks = out.byteSize() / BYTES;
    var x = new float[VALUES];
    var fit = new Fit(VALUES);
    for (long b = 0; b < blocks; b++) {
      Raw.numbers(in, b * VALUES, x);
      float scale;
      if (importance == null) {
        scale = Fit.most(x) / -16;
      } else {
        fit.weigh(importance, b * VALUES);
        scale = fit.symmetric(x, 0, VALUES, -16, 15);
      }
      float inverse = scale == 0 ? 0 : 1 / scale;
      Raw.half(out, b * BYTES, scale);
      int fifth = 0;
      for (int i = 0; i < HALF; i++) {
        int low = bits(x[i] * inverse);
        int high = bits(x[HALF + i] * inverse);
        Raw.byteAt(out, b * BYTES + 6 + i, low & 15 | (high & 15) << 4);
        fifth |= low >> 4 << i | high >> 4 << i + HALF;
      }
      Raw.i32(out, b * BYTES + 2, fifth);
    }
  }

  private static int bits(float scaled) {
    return Math.clamp((int) (scaled + 16.5f), 0, 31);
  }
}
