package herd.engine.block;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Blocks of 256 numbers as 6 bits each: 128 bytes of low nibbles, 64 bytes of the two high bits,
/// a signed byte as scale for each 16 numbers, then one F16: `value = d * scale * (bits - 32)`.
/// In each half of 128 numbers byte `i` of the nibbles holds numbers `i` and `i + 64`, byte `i` of
/// the high bits the numbers `i`, `i + 32`, `i + 64`, `i + 96`.
public final class Q6_K {
  public static final int VALUES = 256;
  public static final int BYTES = 210;

  private static final int GROUPS = 16;
  private static final int GROUP = 16;
  private static final int HIGH = 128;
  private static final int SCALES = 192;
  private static final int D = 208;
  private static final int ROUNDS = 3;

  private Q6_K() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at + D);
      for (int i = 0; i < VALUES; i++) {
        int half = i / 128;
        int low = Raw.u8(in, at + half * 64 + i % 64) >> i % 128 / 64 * 4 & 15;
        int high = Raw.u8(in, at + HIGH + half * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
        float scale = d * Raw.i8(in, at + SCALES + i / GROUP);
        Raw.number(out, b * VALUES + i, scale * ((low | high << 4) - 32));
      }
    }
  }

  /// Encodes all floats of `in` with a small sum of squared errors.
  /// @param importance weight of each column of a row, null for none
  public static void quantise(MemorySegment in, MemorySegment out, float[] importance) {
    long blocks = out.byteSize() / BYTES;
    var block = new Block();
    for (long b = 0; b < blocks; b++) {
      Raw.numbers(in, b * VALUES, block.x);
      block.fit.weigh(importance, b * VALUES);
      block.search();
      block.write(out, b * BYTES);
    }
  }

  /// A block being encoded: each group is fitted alone, then the groups' scales are rounded
  /// together; whole numbers and the half are chosen in turn.
  private static final class Block {
    private final float[] x = new float[VALUES];
    private final Fit fit = new Fit(VALUES);
    private final float[] wanted = new float[GROUPS];
    private int[] scales = new int[GROUPS];
    private float d;

    void search() {
      float most = 0;
      for (int g = 0; g < GROUPS; g++) {
        wanted[g] = fit.symmetric(x, g * GROUP, GROUP, -32, 31);
        most = Math.abs(wanted[g]) > Math.abs(most) ? wanted[g] : most;
      }
      Arrays.fill(scales, 0);
      d = 0;
      float next = half(most / -128);
      double error = Double.POSITIVE_INFINITY;
      for (int round = 0; round < ROUNDS; round++) {
        var nextScales = new int[GROUPS];
        double sum = 0;
        for (int g = 0; g < GROUPS; g++) {
          sum += choose(g, next, nextScales);
        }
        if (!(sum < error)) {
          return;
        }
        error = sum;
        d = next;
        scales = nextScales;
        next = half((float) best());
      }
    }

    /// The best whole scale near the one that the group wants.
    private double choose(int g, float d, int[] to) {
      int near = d == 0 ? 0 : Math.clamp(Math.round(wanted[g] / d), -128, 127);
      double least = Double.POSITIVE_INFINITY;
      for (int s = Math.max(-128, near - 1); s <= Math.min(127, near + 1); s++) {
        double error = error(g, d * s);
        if (error < least) {
          least = error;
          to[g] = s;
        }
      }
      return least;
    }

    private double error(int g, float scale) {
      float inverse = scale == 0 ? 0 : 1 / scale;
      float sum = 0;
      for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
        float difference = scale * Fit.whole(x[i] * inverse, -32, 31) - x[i];
        sum += fit.weight(i) * difference * difference;
      }
      return sum;
    }

    /// `d` that is best for the whole numbers as they stand.
    private double best() {
      double aa = 0;
      double xa = 0;
      for (int i = 0; i < VALUES; i++) {
        double a = scales[i / GROUP] * bits(i);
        aa += fit.weight(i) * a * a;
        xa += fit.weight(i) * a * x[i];
      }
      return aa > 0 ? xa / aa : d;
    }

    private int bits(int i) {
      float scale = d * scales[i / GROUP];
      return scale == 0 ? 0 : (int) Fit.whole(x[i] * (1 / scale), -32, 31);
    }

    void write(MemorySegment out, long at) {
      Raw.half(out, at + D, d);
      for (int g = 0; g < GROUPS; g++) {
        Raw.byteAt(out, at + SCALES + g, scales[g]);
      }
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 64; i++) {
          int first = bits(half * 128 + i) + 32;
          int second = bits(half * 128 + 64 + i) + 32;
          Raw.byteAt(out, at + half * 64 + i, first & 15 | (second & 15) << 4);
        }
        for (int i = 0; i < 32; i++) {
          int high = 0;
          for (int part = 0; part < 4; part++) {
            high |= bits(half * 128 + part * 32 + i) + 32 >> 4 << 2 * part;
          }
          Raw.byteAt(out, at + HIGH + half * 32 + i, high);
        }
      }
    }

    private static float half(float x) {
      return Float.float16ToFloat(Float.floatToFloat16(x));
    }
  }
}
