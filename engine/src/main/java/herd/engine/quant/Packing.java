package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;

/// Puts rows from a file into groups of 16 ([BlockFormat]), a unit (a block, or a header and its
/// blocks) at a time.
final class Packing implements PackedFormat.RowPacking {
  private static final long LOW = 0x0F0F0F0F0F0F0F0FL;
  private static final long THREES = 0x0303030303030303L;
  private static final long ONES = 0x0101010101010101L;

  private final BlockFormat format;
  private final Layout layout;
  private final int[] quads = new int[8];

  Packing(BlockFormat format) {
    this.format = format;
    this.layout = format.layout();
  }

  /// For reading alone.
  Packing(Layout layout) {
    this.format = null;
    this.layout = layout;
  }

  @Override
  public void row(long from, long to, int lane, int cols) {
    int units = cols / layout.unitColumns();
    int fileUnit = layout.unitColumns() / format.fileColumns() * format.fileBytes();
    int unitBytes = layout.unitBytes();
    switch (format) {
      case Q4_0, IQ4_NL -> nibbles(from, to + 2 * lane, units, fileUnit, unitBytes, lane);
      case Q4_1 -> nibblesAndMins(from, to + 2 * lane, units, fileUnit, unitBytes, lane);
      case Q8_0 -> bytes(from, to + 2 * lane, units, fileUnit, unitBytes, lane);
      default -> {
        for (int u = 0; u < units; u++) {
          unit(from + (long) u * fileUnit, to + (long) u * unitBytes, lane);
        }
      }
    }
  }

  /// All blocks of a row whose codes are nibbles.
  /// @param to where its first scale comes
  private static void nibbles(
      long from, long to, int units, int fileUnit, int unitBytes, int lane) {
    for (int u = 0; u < units; u++, from += fileUnit, to += unitBytes) {
      Bytes.putHalf(to, Bytes.half(from));
      copyNibbles(from + 2, to + 2 * BlockFormat.ROWS + 2 * lane);
    }
  }

  /// As [#nibbles], with mins after the scales.
  private static void nibblesAndMins(
      long from, long to, int units, int fileUnit, int unitBytes, int lane) {
    for (int u = 0; u < units; u++, from += fileUnit, to += unitBytes) {
      Bytes.putHalf(to, Bytes.half(from));
      Bytes.putHalf(to + 2 * BlockFormat.ROWS, Bytes.half(from + 2));
      copyNibbles(from + 4, to + 4 * BlockFormat.ROWS + 2 * lane);
    }
  }

  /// All blocks of a row whose codes are signed bytes.
  private static void bytes(long from, long to, int units, int fileUnit, int unitBytes, int lane) {
    for (int u = 0; u < units; u++, from += fileUnit, to += unitBytes) {
      Bytes.putHalf(to, Bytes.half(from));
      long codes = to + 2 * BlockFormat.ROWS + 2 * lane;
      for (int j = 0; j < 4; j++) {
        two(codes + 128 * j, Bytes.number(from + 2 + 8 * j) ^ 0x8080808080808080L);
      }
    }
  }

  /// Two quads that follow each other, into the lane of two vectors.
  private static void two(long at, long quads) {
    Bytes.putInt(at, (int) quads);
    Bytes.putInt(at + 64, (int) (quads >>> 32));
  }

  private void unit(long from, long to, int lane) {
    if (layout.blocks() == 1) {
      block(from, to, lane);
      return;
    }
    int d =
        switch (format) {
          case Q2_K -> 80;
          case Q3_K -> 108;
          case Q6_K -> 208;
          default -> 0;
        };
    Bytes.putHalf(to + 2 * lane, Bytes.half(from + d));
    if (layout.mins()) {
      int negative = Bytes.half(from + d + 2) ^ 0x8000;
      Bytes.putHalf(to + 2 * BlockFormat.ROWS + 2 * lane, negative);
    }
    for (int g = 0; g < layout.blocks(); g++) {
      long at = to + layout.headerBytes() + (long) g * layout.blockBytes();
      long codes = at + layout.codesAt() + 4 * lane;
      switch (format) {
        case Q2_K -> two(from, g, at + lane, codes);
        case Q3_K -> three(from, g, at + lane, codes);
        case Q4_K -> four(from, g, at + lane, codes);
        case Q5_K -> five(from, g, at + lane, codes);
        case Q6_K -> six(from, g, at + lane, codes);
        case IQ4_XS -> levels(from, g, at + lane, codes);
        default -> throw new IllegalStateException(format + " has no headers");
      }
    }
  }

  /// A block with scales of its own.
  private void block(long from, long to, int lane) {
    Bytes.putHalf(to + 2 * lane, Bytes.half(from));
    if (layout.mins()) {
      Bytes.putHalf(to + layout.scaleBytes() + 2 * lane, Bytes.half(from + 2));
    }
    long source = from + (layout.mins() ? 4 : 2);
    long codes = to + layout.codesAt() + 4 * lane;
    switch (format) {
      case Q5_0, Q5_1 -> {
        copyNibbles(source + 4, codes);
        Bytes.putInt(codes + 256, fifths(Bytes.integer(source)));
      }
      default -> throw new IllegalStateException(format + " is packed otherwise");
    }
  }

  /// Nibbles of numbers `i` and `i + 16` in one byte: in files as here.
  private static void copyNibbles(long from, long to) {
    two(to, Bytes.number(from));
    two(to + 128, Bytes.number(from + 8));
  }

  /// Bit `4 j + k` becomes bit `j` of byte `k`.
  private static int fifths(int bits) {
    int out = 0;
    for (int j = 0; j < 8; j++) {
      out |= ((bits >>> 4 * j & 15) * 0x00204081 & (int) ONES) << j;
    }
    return out;
  }

  // --- blocks that share a header: `at` is the scale of the row, `codes` its lane in the planes
  // ---

  private void two(long from, int g, long at, long codes) {
    for (int half = 0; half < 2; half++) {
      int both = Bytes.unsigned(from + 2 * g + half);
      Bytes.put(at + BlockFormat.ROWS * half, both & 15);
      Bytes.put(at + layout.scaleBytes() + BlockFormat.ROWS * half, both >> 4);
    }
    for (int j = 0; j < 8; j++) {
      quads[j] = Bytes.integer(from + 16 + g / 4 * 32 + 4 * j) >>> g % 4 * 2 & (int) THREES;
    }
    put(codes);
  }

  private void three(long from, int g, long at, long codes) {
    long scales = from + 96;
    for (int half = 0; half < 2; half++) {
      int i = 2 * g + half;
      int low = Bytes.unsigned(scales + i % 8) >> i / 8 * 4 & 15;
      int high = Bytes.unsigned(scales + 8 + i % 4) >> i / 4 * 2 & 3;
      Bytes.put(at + BlockFormat.ROWS * half, (low | high << 4) - 32);
    }
    for (int j = 0; j < 8; j++) {
      int low = Bytes.integer(from + 32 + g / 4 * 32 + 4 * j) >>> g % 4 * 2 & (int) THREES;
      quads[j] = low | (Bytes.integer(from + 4 * j) >>> g & (int) ONES) << 2;
    }
    put(codes);
  }

  private void four(long from, int g, long at, long codes) {
    sixBits(from + 4, g, at);
    lows(from + 16 + g / 2 * 32, g % 2 * 4, codes);
  }

  private void five(long from, int g, long at, long codes) {
    sixBits(from + 4, g, at);
    lows(from + 48 + g / 2 * 32, g % 2 * 4, codes);
    long highs = 0;
    for (int j = 0; j < 8; j += 2) {
      highs |= (Bytes.number(from + 16 + 4 * j) >>> g & ONES) << j;
    }
    // Quads of odd numbers stand in the upper half.
    Bytes.putInt(codes + 256, (int) (highs | highs >>> 31));
  }

  /// Writes 32 codes of 4 bits, which stand at bit `shift` of 32 bytes.
  private static void lows(long from, int shift, long codes) {
    for (int i = 0; i < 2; i++) {
      long first = Bytes.number(from + 8 * i) >>> shift & LOW;
      long second = Bytes.number(from + 16 + 8 * i) >>> shift & LOW;
      two(codes + 128 * i, first | second << 4);
    }
  }

  /// The 6-bit scale and min of block `g` in the 12 bytes at `from`.
  private void sixBits(long from, int g, long at) {
    int scale;
    int min;
    if (g < 4) {
      scale = Bytes.unsigned(from + g) & 63;
      min = Bytes.unsigned(from + g + 4) & 63;
    } else {
      int low = Bytes.unsigned(from + g + 4);
      scale = low & 15 | Bytes.unsigned(from + g - 4) >> 6 << 4;
      min = low >> 4 | Bytes.unsigned(from + g) >> 6 << 4;
    }
    Bytes.put(at, scale);
    Bytes.put(at + layout.scaleBytes(), min);
  }

  private void six(long from, int g, long at, long codes) {
    Bytes.put(at, Bytes.unsigned(from + 192 + 2 * g));
    Bytes.put(at + BlockFormat.ROWS, Bytes.unsigned(from + 193 + 2 * g));
    lows(from + g / 4 * 64 + g % 2 * 32, g % 4 / 2 * 4, codes);
    for (int i = 0; i < 2; i++) {
      long highs = from + 128 + g / 4 * 32 + 16 * i;
      int shift = g % 4 * 2;
      long quads = Bytes.number(highs) >>> shift & THREES;
      quads |= (Bytes.number(highs + 8) >>> shift & THREES) << 4;
      // Quads of odd numbers stand in the upper half.
      Bytes.putInt(codes + 256 + 64 * i, (int) (quads | quads >>> 30));
    }
  }

  private void levels(long from, int g, long at, long codes) {
    int low = Bytes.unsigned(from + 4 + g / 2) >> g % 2 * 4 & 15;
    int high = (Bytes.half(from + 2) & 0xFFFF) >> 2 * g & 3;
    Bytes.put(at, (low | high << 4) - 32);
    copyNibbles(from + 8 + 16 * g, codes);
  }

  // --- looking up --------------------------------------------------------------------------------

  @Override
  public void decode(long group, int lane, int cols, long out) {
    for (int block = 0; block < cols / BlockFormat.COLUMNS; block++) {
      long unit = group + (long) (block / layout.blocks()) * layout.unitBytes();
      long at =
          unit + layout.headerBytes() + (long) (block % layout.blocks()) * layout.blockBytes();
      codes(at + layout.codesAt() + 4 * lane, quads);
      for (int i = 0; i < BlockFormat.COLUMNS; i++) {
        int half = i * layout.halves() / BlockFormat.COLUMNS;
        int code = quads[i / 4] >>> 8 * (i % 4) & 0xFF;
        float value = scale(unit, at, lane, half) * (code - layout.zero());
        if (layout.mins()) {
          value += min(unit, at, lane, half);
        }
        Bytes.putFloat(out + 4L * (block * BlockFormat.COLUMNS + i), value);
      }
    }
  }

  /// The scale of a row in (half of) a block.
  float scale(long unit, long block, int lane, int half) {
    if (layout.blocks() == 1) {
      return Bytes.halfAsFloat(block + 2 * (BlockFormat.ROWS * half + lane));
    }
    return Bytes.halfAsFloat(unit + 2 * lane)
        * Bytes.signed(block + BlockFormat.ROWS * half + lane);
  }

  /// The min of a row in (half of) a block.
  float min(long unit, long block, int lane, int half) {
    long mins = block + layout.scaleBytes();
    if (layout.blocks() == 1) {
      return Bytes.halfAsFloat(mins + 2 * (BlockFormat.ROWS * half + lane));
    }
    return Bytes.halfAsFloat(unit + 2 * BlockFormat.ROWS + 2 * lane)
        * Bytes.unsigned(mins + BlockFormat.ROWS * half + lane);
  }

  /// The eight quads of a row in a block, as codes or what the table says that they stand for.
  /// @param at address of the row's lane in the first vector
  void codes(long at, int[] out) {
    int shift = 0;
    long plane = at;
    for (int j = 0; j < 8; j++) {
      out[j] = 0;
    }
    for (int bits : layout.bits()) {
      int mask = ((1 << bits) - 1) * 0x01010101;
      for (int j = 0; j < 8; j++) {
        int vector = vector(bits, j);
        int value = Bytes.integer(plane + 64L * vector) >>> shiftOf(bits, j) & mask;
        out[j] |= value << shift;
      }
      shift += bits;
      plane += 64L * bits;
    }
    if (layout.table() != null) {
      for (int j = 0; j < 8; j++) {
        out[j] = look(out[j], layout.table());
      }
    }
  }

  private static int look(int quad, byte[] table) {
    int out = 0;
    for (int b = 0; b < 32; b += 8) {
      out |= (table[quad >>> b & 15] & 0xFF) << b;
    }
    return out;
  }

  /// Which of a plane's vectors holds quad `j`: nibbles of quads `j` and `j + 4` share a byte, for
  /// so they lie in files.
  static int vector(int bits, int j) {
    return switch (bits) {
      case 8 -> j;
      case 4 -> j % 4;
      case 2 -> j / 4;
      default -> 0;
    };
  }

  /// At which bit of its byte quad `j` lies.
  static int shiftOf(int bits, int j) {
    return switch (bits) {
      case 8 -> 0;
      case 4 -> j / 4 * 4;
      case 2 -> j % 4 * 2;
      default -> j;
    };
  }

  /// Writes the eight quads of codes into the planes of a block.
  /// @param at address of the row's lane in the first vector
  private void put(long at) {
    int shift = 0;
    long plane = at;
    for (int bits : layout.bits()) {
      for (int v = 0; v < bits; v++) {
        int value =
            switch (bits) {
              case 4 -> quads[v] >>> shift & (int) LOW | (quads[v + 4] >>> shift & (int) LOW) << 4;
              case 2 -> twos(4 * v, shift);
              default -> ones(shift);
            };
        Bytes.putInt(plane + 64L * v, value);
      }
      shift += bits;
      plane += 64L * bits;
    }
  }

  private int twos(int first, int shift) {
    int out = 0;
    for (int i = 0; i < 4; i++) {
      out |= (quads[first + i] >>> shift & (int) THREES) << 2 * i;
    }
    return out;
  }

  private int ones(int shift) {
    int out = 0;
    for (int j = 0; j < 8; j++) {
      out |= (quads[j] >>> shift & (int) ONES) << j;
    }
    return out;
  }
}
