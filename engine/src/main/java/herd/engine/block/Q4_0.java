package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as 4 bits each with one F16 scale before them: `value = scale * (nibble
/// - 8)`. Byte `i` holds number `i` in its low and number `i + 16` in its high half.
public final class Q4_0 {
  public static final int VALUES = 32;
  public static final int BYTES = 18;

  private static final int HALF = VALUES / 2;

  private Q4_0() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Raw.half(in, b * BYTES);
      for (int i = 0; i < HALF; i++) {
        int two = Raw.u8(in, b * BYTES + 2 + i);
        Raw.number(out, b * VALUES + i, ((two & 15) - 8) * scale);
        Raw.number(out, b * VALUES + HALF + i, ((two >> 4) - 8) * scale);
      }
    }
  }

  /// Encodes all floats of `in`. Without importance the number of a block with the largest
  /// absolute value becomes nibble 0, byte for byte as ggml does; with it the scale is fitted.
  /// @param importance weight of each column of a row, null for none
  public static void quantise(MemorySegment in, MemorySegment out, float[] importance) {
    long blocks = out.byteSize() / BYTES;
    var x = new float[VALUES];
    var fit = new Fit(VALUES);
    for (long b = 0; b < blocks; b++) {
      Raw.numbers(in, b * VALUES, x);
      float scale;
      if (importance == null) {
        scale = Fit.most(x) / -8;
      } else {
        fit.weigh(importance, b * VALUES);
        scale = fit.symmetric(x, 0, VALUES, -8, 7);
      }
      float inverse = scale == 0 ? 0 : 1 / scale;
      Raw.half(out, b * BYTES, scale);
      for (int i = 0; i < HALF; i++) {
        int low = nibble(x[i] * inverse);
        int high = nibble(x[HALF + i] * inverse);
        Raw.byteAt(out, b * BYTES + 2 + i, low | high << 4);
      }
    }
  }

  private static int nibble(float scaled) {
    return Math.clamp((int) (scaled + 8.5f), 0, 15);
  }
}
