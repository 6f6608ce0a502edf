package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Rows of a quantised matrix times a panel of many tokens, with the Vector API. Codes and rounded
/// activations become floats, block by block, in arrays that stay near: their products and the sums
/// of a block are whole numbers below 2^24, which floats add up exactly, so the bits are those of
/// integer sums; and a fused multiply-add is the one instruction that every processor does at full
/// speed.
///
/// Rows go in *strips* of two vectors, tokens six or ten at a time.
final class WideTile {
  /// Fewer tokens are not worth it, and reading whole vectors of them could leave the panel.
  static final int LEAST_TOKENS = 6;

  /// Most tokens of a panel: what unpacking weights costs is shared by them.
  static final int TOKENS = 64;

  /// Groups that are done together: what unpacking activations costs is shared by them.
  static final int GROUPS = 4;

  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int STRIP = 2 * LANES;
  private static final int STRIPS = Math.ceilDiv(GROUPS * BlockFormat.ROWS, STRIP);
  private static final int FEW = 6;
  private static final int MANY = 10;
  private static final int STEP = 72; // from one column of activations to the next; a multiple of 6
  private static final boolean FEW_REGISTERS = LANES == 8; // AVX2 has 16
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private final int unitBlocks;
  private final int unitBytes;
  private final int headerBytes;
  private final int blockBytes;
  private final int codesAt;
  private final int halves;
  private final boolean hasMins;
  private final int numbers; // four-byte ones of a token in a block of the panel
  private final int units;
  private final long panel;
  private final int tokens;
  private final VectorCodes codes;
  private final float[] w = new float[BlockFormat.COLUMNS * STRIP]; // [column][row]
  private final float[] x = new float[BlockFormat.COLUMNS * STEP]; // [column][token]
  private final float[] factors = new float[STEP]; // scales of the activations
  private final int[] whole = new int[STEP];
  private final float[] begins = new float[2 * STEP]; // [half][token]
  private final float[] minFactors = new float[2 * STEP];
  private final float[] scales = new float[2 * STRIP]; // [half][row]
  private final float[] mins = new float[2 * STRIP];
  private final float[] products = new float[MANY * STRIP]; // [token][row]
  private final float[] sums = new float[STRIPS * STEP * STRIP]; // [strip][token][row]

  WideTile(Layout layout, int units, long panel, int tokens) {
    this.unitBlocks = layout.blocks();
    this.unitBytes = layout.unitBytes();
    this.headerBytes = layout.headerBytes();
    this.blockBytes = layout.blockBytes();
    this.codesAt = layout.codesAt();
    this.halves = layout.halves();
    this.hasMins = layout.mins();
    this.numbers = Activations.numbers(layout);
    this.units = units;
    this.panel = panel;
    this.tokens = tokens;
    this.codes = new VectorCodes(layout);
  }

  /// Writes the numbers of `groups` groups, at most [#GROUPS].
  void groups(long group, int groups, long y, long stride) {
    Arrays.fill(sums, 0);
    int strips = Math.ceilDiv(groups * BlockFormat.ROWS, STRIP);
    long groupBytes = (long) units * unitBytes;
    int blocks = units * unitBlocks;
    for (int block = 0; block < blocks; block++) {
      activations(block);
      long unit = group + (long) (block / unitBlocks) * unitBytes;
      long at = headerBytes + (long) (block % unitBlocks) * blockBytes;
      for (int strip = 0; strip < strips; strip++) {
        for (int row = 0; row < STRIP; row += LANES) {
          int first = strip * STRIP + row;
          if (first < groups * BlockFormat.ROWS) {
            long from = unit + first / BlockFormat.ROWS * groupBytes;
            rows(from, from + at, first % BlockFormat.ROWS, row);
          }
        }
        strip(strip * STEP * STRIP);
      }
    }
    store(groups * BlockFormat.ROWS, y, stride);
  }

  private void store(int rows, long y, long stride) {
    for (int row = 0; row < rows; row += LANES) {
      int from = row / STRIP * STEP * STRIP + row % STRIP;
      for (int t = 0; t < tokens; t++) {
        FloatVector.fromArray(FLOATS, sums, from + t * STRIP)
            .intoMemorySegment(Bytes.ALL, y + t * stride + 4L * row, ORDER);
      }
    }
  }

  // --- activations -------------------------------------------------------------------------------

  private void activations(int block) {
    long at = panel + 4L * numbers * tokens * block;
    for (int t = 0; t < tokens; t += LANES) {
      columns(at + 4L * t, t);
    }
    long rest = at + 32L * tokens;
    floats(rest, factors, 0);
    for (int half = 0; half < halves; half++) {
      long begin = rest + 4L * tokens * (1 + half);
      MemorySegment.copy(Bytes.ALL, ValueLayout.JAVA_INT_UNALIGNED, begin, whole, 0, tokens);
      for (int t = 0; t < tokens; t++) {
        begins[half * STEP + t] = whole[t];
      }
      if (hasMins) {
        floats(rest + 4L * tokens * (1 + halves + half), minFactors, half * STEP);
      }
    }
  }

  private void floats(long from, float[] to, int at) {
    MemorySegment.copy(Bytes.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, from, to, at, tokens);
  }

  /// A vector of tokens of all columns; what lies beyond the last token is some number.
  private void columns(long at, int token) {
    for (int j = 0; j < 8; j++) {
      var v = IntVector.fromMemorySegment(INTS, Bytes.ALL, at + 4L * tokens * j, ORDER);
      int to = 4 * j * STEP + token;
      signed(v.lanewise(VectorOperators.LSHL, 24), to);
      signed(v.lanewise(VectorOperators.LSHL, 16), to + STEP);
      signed(v.lanewise(VectorOperators.LSHL, 8), to + 2 * STEP);
      signed(v, to + 3 * STEP);
    }
  }

  private void signed(IntVector bytesOnTop, int to) {
    ((FloatVector) bytesOnTop.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0))
        .intoArray(x, to);
  }

  // --- weights -----------------------------------------------------------------------------------

  /// Unpacks `LANES` rows of a block into the strip, from its row `to` on.
  private void rows(long unit, long at, int lane, int to) {
    codes.unpack(at + codesAt + 4 * lane);
    int[] quads = codes.quads;
    for (int j = 0; j < 8; j++) {
      var v = IntVector.fromArray(INTS, quads, j * LANES);
      int column = 4 * j * STRIP + to;
      unsigned(v, column);
      unsigned(v.lanewise(VectorOperators.LSHR, 8), column + STRIP);
      unsigned(v.lanewise(VectorOperators.LSHR, 16), column + 2 * STRIP);
      unsigned(v.lanewise(VectorOperators.LSHR, 24), column + 3 * STRIP);
    }
    for (int half = 0; half < halves; half++) {
      codes.scales(unit, at, lane, half, scales, half * STRIP + to);
      if (hasMins) {
        codes.mins(unit, at, lane, half, mins, half * STRIP + to);
      }
    }
  }

  private void unsigned(IntVector bytesBelow, int to) {
    ((FloatVector) bytesBelow.and(0xFF).convert(VectorOperators.I2F, 0)).intoArray(w, to);
  }

  // --- products ----------------------------------------------------------------------------------

  /// Adds the block's products to the sums of a strip, which begin at `to`.
  private void strip(int to) {
    int columns = BlockFormat.COLUMNS / halves;
    for (int half = 0; half < halves; half++) {
      int from = half * columns;
      int end = from + columns;
      int begin = half * STEP;
      int t = 0;
      for (; !FEW_REGISTERS && t + FEW < tokens; t += MANY) {
        ten(products, begins, begin + t, w, x, from, end, t);
        scaled(half * STRIP, begin, t, Math.min(t + MANY, tokens), to);
      }
      for (; t < tokens; t += FEW) {
        six(products, begins, begin + t, w, x, from, end, t);
        scaled(half * STRIP, begin, t, Math.min(t + FEW, tokens), to);
      }
    }
  }

  private void scaled(int row, int begin, int token, int end, int to) {
    if (hasMins) {
      addWithMins(row, begin, token, end, to + token * STRIP);
    } else {
      add(row, token, end, to + token * STRIP);
    }
  }

  /// Adds products times the scale of the row times that of the token.
  private void add(int row, int token, int end, int to) {
    float[] from = products;
    float[] all = sums;
    var s0 = FloatVector.fromArray(FLOATS, scales, row);
    var s1 = FloatVector.fromArray(FLOATS, scales, row + LANES);
    for (int t = token, p = 0, at = to; t < end; t++, p += STRIP, at += STRIP) {
      var factor = all(factors[t]);
      FloatVector.fromArray(FLOATS, from, p)
          .fma(s0.mul(factor), FloatVector.fromArray(FLOATS, all, at))
          .intoArray(all, at);
      FloatVector.fromArray(FLOATS, from, p + LANES)
          .fma(s1.mul(factor), FloatVector.fromArray(FLOATS, all, at + LANES))
          .intoArray(all, at + LANES);
    }
  }

  /// As [#add], and the min of the row times what it belongs to.
  private void addWithMins(int row, int begin, int token, int end, int to) {
    float[] from = products;
    float[] all = sums;
    var s0 = FloatVector.fromArray(FLOATS, scales, row);
    var s1 = FloatVector.fromArray(FLOATS, scales, row + LANES);
    var m0 = FloatVector.fromArray(FLOATS, mins, row);
    var m1 = FloatVector.fromArray(FLOATS, mins, row + LANES);
    for (int t = token, p = 0, at = to; t < end; t++, p += STRIP, at += STRIP) {
      var factor = all(factors[t]);
      var sum = FloatVector.fromArray(FLOATS, from, p)
          .fma(s0.mul(factor), FloatVector.fromArray(FLOATS, all, at));
      var next = FloatVector.fromArray(FLOATS, from, p + LANES)
          .fma(s1.mul(factor), FloatVector.fromArray(FLOATS, all, at + LANES));
      factor = all(minFactors[begin + t]);
      m0.fma(factor, sum).intoArray(all, at);
      m1.fma(factor, next).intoArray(all, at + LANES);
    }
  }

  private static FloatVector all(float number) {
    return FloatVector.broadcast(FLOATS, number);
  }

  private static void six(
      float[] products,
      float[] begins,
      int begin,
      float[] w,
      float[] x,
      int from,
      int end,
      int token) {
    FloatVector p0 = all(begins[begin + 0]), q0 = p0;
    FloatVector p1 = all(begins[begin + 1]), q1 = p1;
    FloatVector p2 = all(begins[begin + 2]), q2 = p2;
    FloatVector p3 = all(begins[begin + 3]), q3 = p3;
    FloatVector p4 = all(begins[begin + 4]), q4 = p4;
    FloatVector p5 = all(begins[begin + 5]), q5 = p5;
    for (int c = from; c < end; c++) {
      int at = c * STEP + token;
      var w0 = FloatVector.fromArray(FLOATS, w, c * STRIP);
      var w1 = FloatVector.fromArray(FLOATS, w, c * STRIP + LANES);
      var x0 = all(x[at + 0]);
      p0 = w0.fma(x0, p0);
      q0 = w1.fma(x0, q0);
      var x1 = all(x[at + 1]);
      p1 = w0.fma(x1, p1);
      q1 = w1.fma(x1, q1);
      var x2 = all(x[at + 2]);
      p2 = w0.fma(x2, p2);
      q2 = w1.fma(x2, q2);
      var x3 = all(x[at + 3]);
      p3 = w0.fma(x3, p3);
      q3 = w1.fma(x3, q3);
      var x4 = all(x[at + 4]);
      p4 = w0.fma(x4, p4);
      q4 = w1.fma(x4, q4);
      var x5 = all(x[at + 5]);
      p5 = w0.fma(x5, p5);
      q5 = w1.fma(x5, q5);
    }
    p0.intoArray(products, 0 * STRIP);
    q0.intoArray(products, 0 * STRIP + LANES);
    p1.intoArray(products, 1 * STRIP);
    q1.intoArray(products, 1 * STRIP + LANES);
    p2.intoArray(products, 2 * STRIP);
    q2.intoArray(products, 2 * STRIP + LANES);
    p3.intoArray(products, 3 * STRIP);
    q3.intoArray(products, 3 * STRIP + LANES);
    p4.intoArray(products, 4 * STRIP);
    q4.intoArray(products, 4 * STRIP + LANES);
    p5.intoArray(products, 5 * STRIP);
    q5.intoArray(products, 5 * STRIP + LANES);
  }

  private static void ten(
      float[] products,
      float[] begins,
      int begin,
      float[] w,
      float[] x,
      int from,
      int end,
      int token) {
    FloatVector p0 = all(begins[begin + 0]), q0 = p0;
    FloatVector p1 = all(begins[begin + 1]), q1 = p1;
    FloatVector p2 = all(begins[begin + 2]), q2 = p2;
    FloatVector p3 = all(begins[begin + 3]), q3 = p3;
    FloatVector p4 = all(begins[begin + 4]), q4 = p4;
    FloatVector p5 = all(begins[begin + 5]), q5 = p5;
    FloatVector p6 = all(begins[begin + 6]), q6 = p6;
    FloatVector p7 = all(begins[begin + 7]), q7 = p7;
    FloatVector p8 = all(begins[begin + 8]), q8 = p8;
    FloatVector p9 = all(begins[begin + 9]), q9 = p9;
    for (int c = from; c < end; c++) {
      int at = c * STEP + token;
      var w0 = FloatVector.fromArray(FLOATS, w, c * STRIP);
      var w1 = FloatVector.fromArray(FLOATS, w, c * STRIP + LANES);
      var x0 = all(x[at + 0]);
      p0 = w0.fma(x0, p0);
      q0 = w1.fma(x0, q0);
      var x1 = all(x[at + 1]);
      p1 = w0.fma(x1, p1);
      q1 = w1.fma(x1, q1);
      var x2 = all(x[at + 2]);
      p2 = w0.fma(x2, p2);
      q2 = w1.fma(x2, q2);
      var x3 = all(x[at + 3]);
      p3 = w0.fma(x3, p3);
      q3 = w1.fma(x3, q3);
      var x4 = all(x[at + 4]);
      p4 = w0.fma(x4, p4);
      q4 = w1.fma(x4, q4);
      var x5 = all(x[at + 5]);
      p5 = w0.fma(x5, p5);
      q5 = w1.fma(x5, q5);
      var x6 = all(x[at + 6]);
      p6 = w0.fma(x6, p6);
      q6 = w1.fma(x6, q6);
      var x7 = all(x[at + 7]);
      p7 = w0.fma(x7, p7);
      q7 = w1.fma(x7, q7);
      var x8 = all(x[at + 8]);
      p8 = w0.fma(x8, p8);
      q8 = w1.fma(x8, q8);
      var x9 = all(x[at + 9]);
      p9 = w0.fma(x9, p9);
      q9 = w1.fma(x9, q9);
    }
    p0.intoArray(products, 0 * STRIP);
    q0.intoArray(products, 0 * STRIP + LANES);
    p1.intoArray(products, 1 * STRIP);
    q1.intoArray(products, 1 * STRIP + LANES);
    p2.intoArray(products, 2 * STRIP);
    q2.intoArray(products, 2 * STRIP + LANES);
    p3.intoArray(products, 3 * STRIP);
    q3.intoArray(products, 3 * STRIP + LANES);
    p4.intoArray(products, 4 * STRIP);
    q4.intoArray(products, 4 * STRIP + LANES);
    p5.intoArray(products, 5 * STRIP);
    q5.intoArray(products, 5 * STRIP + LANES);
    p6.intoArray(products, 6 * STRIP);
    q6.intoArray(products, 6 * STRIP + LANES);
    p7.intoArray(products, 7 * STRIP);
    q7.intoArray(products, 7 * STRIP + LANES);
    p8.intoArray(products, 8 * STRIP);
    q8.intoArray(products, 8 * STRIP + LANES);
    p9.intoArray(products, 9 * STRIP);
    q9.intoArray(products, 9 * STRIP + LANES);
  }

  /// The codes and scales of a vector of rows, unpacked into arrays with the Vector API.
  ///
  /// Vectors never leave a method, but for those of a line or two: the compiler does not inline
  /// what it has compiled into much code, and vectors that are returned become objects.
  static final class VectorCodes {
    private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
    private static final VectorSpecies<Integer> INTS =
        VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Byte> CODES =
        VectorSpecies.of(byte.class, FLOATS.vectorShape());
    private static final VectorSpecies<Byte> BYTES =
        FLOATS.length() > 8 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
    private static final int LANES = FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /// What [#unpack] writes: a quad of unsigned bytes in each number, `[quad][row]`.
    final int[] quads = new int[8 * LANES];

    private final int[] planes;
    private final byte[] table;
    private final boolean unitScales; // F16, without headers
    private final int scaleBytes;

    VectorCodes(Layout layout) {
      this.planes = layout.bits();
      this.unitScales = layout.blocks() == 1;
      this.scaleBytes = layout.scaleBytes();
      this.table = layout.table() == null ? null : new byte[CODES.length()];
      for (int i = 0; table != null && i < table.length; i++) {
        table[i] = layout.table()[i % layout.table().length];
      }
    }

    // --- scales
    // ------------------------------------------------------------------------------------

    /// Writes the scales of `LANES` rows to `to`.
    /// @param unit address of the unit
    /// @param at address of the block
    /// @param lane the first row
    void scales(long unit, long at, int lane, int half, float[] to, int place) {
      int row = BlockFormat.ROWS * half + lane;
      if (unitScales) {
        VectorDense.halves(at + 2 * row, to, place);
      } else {
        VectorDense.halves(unit + 2 * lane, to, place);
        timesSigned(at + row, to, place);
      }
    }

    /// As [#scales], the mins.
    void mins(long unit, long at, int lane, int half, float[] to, int place) {
      int row = BlockFormat.ROWS * half + lane;
      if (unitScales) {
        VectorDense.halves(at + scaleBytes + 2 * row, to, place);
      } else {
        VectorDense.halves(unit + 2 * BlockFormat.ROWS + 2 * lane, to, place);
        timesUnsigned(at + scaleBytes + row, to, place);
      }
    }

    private static void timesSigned(long bytes, float[] scales, int place) {
      var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
          .convertShape(VectorOperators.B2I, INTS, 0)
          .convert(VectorOperators.I2F, 0);
      small.mul(FloatVector.fromArray(FLOATS, scales, place)).intoArray(scales, place);
    }

    private static void timesUnsigned(long bytes, float[] scales, int place) {
      var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
          .convert(VectorOperators.I2F, 0);
      small.mul(FloatVector.fromArray(FLOATS, scales, place)).intoArray(scales, place);
    }

    // --- codes
    // -------------------------------------------------------------------------------------

    /// @param at address of the rows' lanes in the first plane
    void unpack(long at) {
      int shift = 0;
      long plane = at;
      for (int bits : planes) {
        switch (bits) {
          case 8 -> eights(plane);
          case 4 -> fours(plane);
          case 2 -> twos(plane, shift);
          default -> ones(plane, shift);
        }
        shift += bits;
        plane += 64L * bits;
      }
      if (table != null) {
        lookUp();
      }
    }

    private static IntVector ints(long at) {
      return IntVector.fromMemorySegment(INTS, Bytes.ALL, at, ORDER);
    }

    private void eights(long plane) {
      for (int j = 0; j < 8; j++) {
        ints(plane + 64L * j).intoArray(quads, j * LANES);
      }
    }

    private void fours(long plane) {
      for (int j = 0; j < 4; j++) {
        var v = ints(plane + 64L * j);
        v.and(0x0F0F0F0F).intoArray(quads, j * LANES);
        v.lanewise(VectorOperators.LSHR, 4).and(0x0F0F0F0F).intoArray(quads, (j + 4) * LANES);
      }
    }

    private void twos(long plane, int shift) {
      for (int j = 0; j < 8; j++) {
        var v = ints(plane + 64L * (j / 4)).lanewise(VectorOperators.LSHR, j % 4 * 2);
        put(v.and(0x03030303), shift, j * LANES);
      }
    }

    private void ones(long plane, int shift) {
      for (int j = 0; j < 8; j++) {
        put(ints(plane).lanewise(VectorOperators.LSHR, j).and(0x01010101), shift, j * LANES);
      }
    }

    /// Bits of a later plane go above those of the first.
    private void put(IntVector bits, int shift, int to) {
      if (shift == 0) {
        bits.intoArray(quads, to);
      } else {
        bits.lanewise(VectorOperators.LSHL, shift)
            .or(IntVector.fromArray(INTS, quads, to))
            .intoArray(quads, to);
      }
    }

    private void lookUp() {
      var levels = ByteVector.fromArray(CODES, table, 0);
      for (int j = 0; j < 8; j++) {
        var codes = IntVector.fromArray(INTS, quads, j * LANES).reinterpretAsBytes();
        codes.selectFrom(levels).reinterpretAsInts().intoArray(quads, j * LANES);
      }
    }
  }
}
