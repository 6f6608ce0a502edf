package herd.engine.block;

import java.lang.foreign.MemorySegment;

/// Blocks of 32 numbers as signed bytes with one F16 scale before them: `value = scale * byte`.
public final class Q8_0 {
  public static final int VALUES = 32;
  public static final int BYTES = 34;

  private Q8_0() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      float scale = Raw.half(in, b * BYTES);
      for (int i = 0; i < VALUES; i++) {
        Raw.number(out, b * VALUES + i, Raw.i8(in, b * BYTES + 2 + i) * scale);
      }
    }
  }

  /// Encodes all floats of `in`: the largest absolute value of a block becomes 127, halves are
  /// rounded away from zero, byte for byte as ggml does.
  public static void quantise(MemorySegment in, MemorySegment out) {
    long blocks = out.byteSize() / BYTES;
    var x = new float[VALUES];
    for (long b = 0; b < blocks; b++) {
      Raw.numbers(in, b * VALUES, x);
      float scale = Math.abs(Fit.most(x)) / 127;
      float inverse = scale == 0 ? 0 : 1 / scale;
      Raw.half(out, b * BYTES, scale);
      for (int i = 0; i < VALUES; i++) {
        double value = x[i] * inverse;
        Raw.byteAt(out, b * BYTES + 2 + i, (int) (value + Math.copySign(0.5, value)));
      }
    }
  }
}
