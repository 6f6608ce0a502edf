package herd.engine.block;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Blocks of 256 numbers as 4 bits each: two F16, for each 32 numbers a 6-bit scale and a 6-bit
/// offset packed in 12 bytes, then the nibbles, 64 numbers in each 32 bytes, the first half of
/// them low: `value = d * scale * nibble - dmin * offset`.
public final class Q4_K {
  public static final int VALUES = 256;
  public static final int BYTES = 144;

  private static final int GROUPS = 8;
  private static final int GROUP = 32;
  private static final int LEVELS = 15;
  private static final int MOST = 63; // scales and offsets have 6 bits
  private static final int SCALES = 4;
  private static final int BITS = 16;
  private static final int ROUNDS = 3;

  private Q4_K() {}

  /// Decodes all blocks of `in` into floats.
  public static void dequantise(MemorySegment in, MemorySegment out) {
    long blocks = in.byteSize() / BYTES;
    for (long b = 0; b < blocks; b++) {
      long at = b * BYTES;
      float d = Raw.half(in, at);
      float dMin = Raw.half(in, at + 2);
      for (int group = 0; group < GROUPS; group++) {
        float scale = d * scale(in, at + SCALES, group);
        float offset = dMin * offset(in, at + SCALES, group);
        long bits = at + BITS + group / 2 * GROUP;
        for (int i = 0; i < GROUP; i++) {
          int q = Raw.u8(in, bits + i) >> group % 2 * 4 & 15;
          Raw.number(out, b * VALUES + group * GROUP + i, scale * q - offset);
        }
      }
    }
  }

  /// The 6-bit scale of a group of 32 in the 12 bytes at `at`.
  static int scale(MemorySegment in, long at, int group) {
    return group < 4
        ? Raw.u8(in, at + group) & 63
        : Raw.u8(in, at + group + 4) & 15 | Raw.u8(in, at + group - 4) >> 6 << 4;
  }

  /// The 6-bit offset of a group of 32 in the 12 bytes at `at`.
  static int offset(MemorySegment in, long at, int group) {
    return group < 4
        ? Raw.u8(in, at + group + 4) & 63
        : Raw.u8(in, at + group + 4) >> 4 | Raw.u8(in, at + group) >> 6 << 4;
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

  /// A block being encoded: each group is fitted alone, then the groups' scales and offsets are
  /// rounded together; whole numbers and the two halves are chosen in turn.
  private static final class Block {
    private final float[] x = new float[VALUES];
    private final Fit fit = new Fit(VALUES);
    private final float[] wantedScale = new float[GROUPS];
    private final float[] wantedOffset = new float[GROUPS];
    private int[] scales = new int[GROUPS];
    private int[] offsets = new int[GROUPS];
    private float d;
    private float dMin;

    void search() {
      float mostScale = 0;
      float mostOffset = 0;
      for (int g = 0; g < GROUPS; g++) {
        fit.affine(x, g * GROUP, GROUP, LEVELS, true);
        wantedScale[g] = fit.scale();
        wantedOffset[g] = -fit.least();
        mostScale = Math.max(mostScale, wantedScale[g]);
        mostOffset = Math.max(mostOffset, wantedOffset[g]);
      }
      Arrays.fill(scales, 0);
      Arrays.fill(offsets, 0);
      d = 0;
      dMin = 0;
      float nextD = half(mostScale / MOST);
      float nextMin = half(mostOffset / MOST);
      double error = Double.POSITIVE_INFINITY;
      for (int round = 0; round < ROUNDS; round++) {
        var nextScales = new int[GROUPS];
        var nextOffsets = new int[GROUPS];
        double sum = 0;
        for (int g = 0; g < GROUPS; g++) {
          sum += choose(g, nextD, nextMin, nextScales, nextOffsets);
        }
        if (!(sum < error)) {
          return;
        }
        error = sum;
        d = nextD;
        dMin = nextMin;
        scales = nextScales;
        offsets = nextOffsets;
        double[] halves = halves();
        nextD = half((float) halves[0]);
        nextMin = half((float) halves[1]);
      }
    }

    /// The best whole scale and offset near those that the group wants.
    private double choose(int g, float d, float dMin, int[] toScales, int[] toOffsets) {
      int scale = near(wantedScale[g], d);
      int offset = near(wantedOffset[g], dMin);
      double least = Double.POSITIVE_INFINITY;
      for (int s = Math.max(0, scale - 1); s <= Math.min(MOST, scale + 1); s++) {
        for (int m = Math.max(0, offset - 1); m <= Math.min(MOST, offset + 1); m++) {
          double error = error(g, d * s, dMin * m);
          if (error < least) {
            least = error;
            toScales[g] = s;
            toOffsets[g] = m;
          }
        }
      }
      return least;
    }

    private static int near(float wanted, float unit) {
      return unit > 0 ? Math.clamp(Math.round(wanted / unit), 0, MOST) : 0;
    }

    private double error(int g, float scale, float offset) {
      float inverse = scale > 0 ? 1 / scale : 0;
      float sum = 0;
      for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
        float q = Fit.whole((x[i] + offset) * inverse, 0, LEVELS);
        float difference = scale * q - offset - x[i];
        sum += fit.weight(i) * difference * difference;
      }
      return sum;
    }

    /// `d` and `dMin` that are best for the whole numbers as they stand.
    private double[] halves() {
      double aa = 0;
      double ab = 0;
      double bb = 0;
      double xa = 0;
      double xb = 0;
      for (int i = 0; i < VALUES; i++) {
        int g = i / GROUP;
        double a = scales[g] * nibble(i);
        double b = offsets[g];
        double w = fit.weight(i);
        aa += w * a * a;
        ab += w * a * b;
        bb += w * b * b;
        xa += w * a * x[i];
        xb += w * b * x[i];
      }
      double determinant = aa * bb - ab * ab;
      double first = (xa * bb - xb * ab) / determinant;
      double second = (xa * ab - xb * aa) / determinant;
      boolean both = determinant > 1e-9 * aa * bb && first > 0 && second >= 0;
      return both ? new double[] {first, second} : new double[] {d, dMin};
    }

    private int nibble(int i) {
      float scale = d * scales[i / GROUP];
      return scale > 0
          ? (int) Fit.whole((x[i] + dMin * offsets[i / GROUP]) * (1 / scale), 0, LEVELS)
          : 0;
    }

    void write(MemorySegment out, long at) {
      Raw.half(out, at, d);
      Raw.half(out, at + 2, dMin);
      for (int g = 0; g < 4; g++) {
        Raw.byteAt(out, at + SCALES + g, scales[g] | scales[g + 4] >> 4 << 6);
        Raw.byteAt(out, at + SCALES + g + 4, offsets[g] | offsets[g + 4] >> 4 << 6);
        Raw.byteAt(out, at + SCALES + g + 8, scales[g + 4] & 15 | (offsets[g + 4] & 15) << 4);
      }
      for (int g = 0; g < GROUPS; g += 2) {
        for (int i = 0; i < GROUP; i++) {
          int low = nibble(g * GROUP + i);
          int high = nibble((g + 1) * GROUP + i);
          Raw.byteAt(out, at + BITS + g / 2 * GROUP + i, low | high << 4);
        }
      }
    }

    private static float half(float x) {
      return Float.float16ToFloat(Float.floatToFloat16(x));
    }
  }
}
