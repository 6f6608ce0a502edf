package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;

/// Rows of activations as signed bytes, 32 at a time with an F32 scale, in *panels* for tiles of
/// some tokens. A panel has, for each 32 columns, four-byte numbers of all its tokens side by side:
/// 8 quads of bytes, the scale, then for each half with a scale of its own what `zero` takes away
/// (`-zero * sum`, an integer), and, for formats with mins, `scale * sum`.
final class Activations {
  /// What the largest absolute value of a block may become: the one that rounds best is taken.
  static final float[] LEVELS = {127, 126, 125, 124};

  /// Added to a small number, leaves the nearest whole number in the lowest bits, halves to even.
  static final float ROUND = 0x1.8p23f;

  private static final boolean VECTORS =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  private Activations() {}

  /// Four-byte numbers of one token in a block of a panel.
  static int numbers(Layout layout) {
    return 9 + layout.halves() * (layout.mins() ? 2 : 1);
  }

  /// Bytes of the panels of `tokens` tokens.
  static long bytes(Layout layout, int tokens, int cols) {
    return 4L * numbers(layout) * tokens * (cols / BlockFormat.COLUMNS);
  }

  /// Writes one token into a panel.
  /// @param x address of its row
  /// @param token its place among the `tokens` of the panel
  static void quantise(Layout layout, long x, int cols, long panel, int token, int tokens) {
    if (VECTORS) {
      VectorActivations.quantise(layout, x, cols, panel, token, tokens);
    } else {
      plainly(layout, x, cols, panel, token, tokens);
    }
  }

  /// As [#quantise], without vectors, to the same bits.
  static void plainly(Layout layout, long x, int cols, long panel, int token, int tokens) {
    long step = 4L * numbers(layout) * tokens;
    long to = panel + 4L * token;
    for (int c = 0; c < cols; c += BlockFormat.COLUMNS, to += step) {
      block(layout, x + 4L * c, to, 4L * tokens);
    }
  }

  /// The largest absolute value becomes one of [#LEVELS]; what infinite or no number is in a block
  /// makes all of
  /// its products so.
  private static void block(Layout layout, long x, long to, long stride) {
    int most = 0; // as bits, which are ordered as the absolute values are
    for (int i = 0; i < BlockFormat.COLUMNS; i++) {
      most = Math.max(most, Bytes.integer(x + 4L * i) & 0x7FFFFFFF);
    }
    float largest = Float.intBitsToFloat(most);
    float level = level(x, largest);
    float inverse = most == 0 ? 0 : level / largest;
    int first = 0;
    int second = 0;
    for (int j = 0; j < 8; j++) {
      int quad = 0;
      int sum = 0;
      for (int i = 0; i < 4; i++) {
        float scaled = Bytes.floating(x + 16L * j + 4 * i) * inverse;
        int q = (byte) Float.floatToRawIntBits(scaled + ROUND);
        quad |= (q & 0xFF) << 8 * i;
        sum += q;
      }
      Bytes.putInt(to + stride * j, quad);
      first += j < 4 ? sum : 0;
      second += j < 4 ? 0 : sum;
    }
    sums(layout, to, stride, largest / level, first, second);
  }

  /// The level with the least squared error of the numbers that come back.
  private static float level(long x, float largest) {
    var squares = new float[BlockFormat.COLUMNS];
    float best = LEVELS[0];
    float least = Float.POSITIVE_INFINITY;
    for (float level : LEVELS) {
      float inverse = largest == 0 ? 0 : level / largest;
      for (int i = 0; i < squares.length; i++) {
        float scaled = Bytes.floating(x + 4L * i) * inverse;
        float rest = scaled - (scaled + ROUND - ROUND);
        squares[i] = rest * rest;
      }
      for (int half = squares.length / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
          squares[i] += squares[i + half];
        }
      }
      float error = squares[0] / (level * level);
      if (error < least) {
        least = error;
        best = level;
      }
    }
    return best;
  }

  /// Writes what follows the quads.
  /// @param first sum of the first 16 bytes
  static void sums(Layout layout, long to, long stride, float scale, int first, int second) {
    int halves = layout.halves();
    if (halves == 1) {
      first += second;
    }
    Bytes.putFloat(to + stride * 8, scale);
    Bytes.putInt(to + stride * 9, -layout.zero() * first);
    if (halves == 2) {
      Bytes.putInt(to + stride * 10, -layout.zero() * second);
    }
    if (layout.mins()) {
      Bytes.putFloat(to + stride * (9 + halves), scale * first);
      if (halves == 2) {
        Bytes.putFloat(to + stride * (10 + halves), scale * second);
      }
    }
  }
}
