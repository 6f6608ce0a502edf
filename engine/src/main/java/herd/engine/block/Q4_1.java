package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as 4 bits each with an F16 scale and an F16 least number before them:
/// `value = scale * nibble + least`. Byte `i` holds number `i` in its low and number `i + 16` in
/// its high half.
public final class Q4_1 {
  public static final int VALUES = 32;
  public static final int BYTES = 20;

  private static final int HALF = VALUES / 2;
  private static final int LEVELS = 15;

  private Q4_1() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Raw.half(in, b * BYTES);
      float least = Raw.half(in, b * BYTES + 2);
      for (int i = 0; i < HALF; i++) {
        int two = Raw.u8(in, b * BYTES + 4 + i);
        Raw.number(out, b * VALUES + i, (two & 15) * scale + least);
        Raw.number(out, b * VALUES + HALF + i, (two >> 4) * scale + least);
      }
    }
  }

  /// Encodes all floats of `in`. Without importance the least number of a block becomes nibble 0
  /// and the largest 15, byte for byte as ggml does; with it both ends are fitted.
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
      for (int i = 0; i < HALF; i++) {
        int low = nibble((x[i] - fit.least()) * inverse);
        int high = nibble((x[HALF + i] - fit.least()) * inverse);
        Raw.byteAt(out, b * BYTES + 4 + i, low | high << 4);
      }
    }
  }

  private static int nibble(float scaled) {
    return Math.clamp((int) (scaled + 0.5f), 0, LEVELS);
  }
}
