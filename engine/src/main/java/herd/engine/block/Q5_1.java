package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as 5 bits each: an F16 scale, an F16 least number, the fifth bits of all
/// in one word, then the other four as in [Q4_0]: `value = scale * bits + least`.
public final class Q5_1 {
  public static final int VALUES = 32;
  public static final int BYTES = 24;

  private static final int HALF = VALUES / 2;
  private static final int LEVELS = 31;

  private Q5_1() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Raw.half(in, b * BYTES);
      float least = Raw.half(in, b * BYTES + 2);
      int fifth = Raw.i32(in, b * BYTES + 4);
      for (int i = 0; i < HALF; i++) {
        int two = Raw.u8(in, b * BYTES + 8 + i);
        int low = two & 15 | (fifth >>> i & 1) << 4;
        int high = two >> 4 | (fifth >>> i + HALF & 1) << 4;
        Raw.number(out, b * VALUES + i, low * scale + least);
        Raw.number(out, b * VALUES + HALF + i, high * scale + least);
      }
    }
  }

  /// Encodes all floats of `in`. Without importance the least number of a block becomes 0 and the
  /// largest 31, byte for byte as ggml does; with it both ends are fitted.
  /// @param importance weight of each column of a row, null for none
  public static void quantise(MemorySegment in, MemorySegment out, float[] importance) {
    long blocks = out.byteSize() / BYTES;
    var x = new float[VALUES];
    var fit = new Fit(VALUES);
    for (long b = 0; b < blocks; b++) {
      Raw.numbers(in, b * VALUES, x);
      if (importance == null) {
        fit.ends(x, LEVELS);
      } else {
        fit.weigh(importance, b * VALUES);
        fit.affine(x, 0, VALUES, LEVELS, false);
      }
      float inverse = fit.scale() == 0 ? 0 : 1 / fit.scale();
      Raw.half(out, b * BYTES, fit.scale());
      Raw.half(out, b * BYTES + 2, fit.least());
      int fifth = 0;
      for (int i = 0; i < HALF; i++) {
        int low = bits((x[i] - fit.least()) * inverse);
        int high = bits((x[HALF + i] - fit.least()) * inverse);
        Raw.byteAt(out, b * BYTES + 8 + i, low & 15 | (high & 15) << 4);
        fifth |= low >> 4 << i | high >> 4 << i + HALF;
      }
      Raw.i32(out, b * BYTES + 4, fifth);
    }
  }

  private static int bits(float scaled) {
    return Math.clamp((int) (scaled + 0.5f), 0, LEVELS);
  }
}
