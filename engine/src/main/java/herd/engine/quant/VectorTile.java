package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// A panel of rounded activations, while rows of a quantised matrix pass by.
///
/// A block's codes are unpacked into 16-bit lanes: the first and third of each quad, then the
/// second
/// and fourth. Products with activations are added up in 16 bits as long as they fit, then in 32.
/// Codes of more than six bits are signed, without their zero, so that two products fit.
///
/// Vectors never leave a method, but for those of a line or two: the compiler does not inline what
/// it
/// has compiled into much code, and vectors that are returned become objects. What methods share
/// lies in arrays.
final class VectorTile {
  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> CODES =
      VectorSpecies.of(byte.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> BYTES =
      FLOATS.length() > 8 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private final int[] planes;
  private final int units;
  private final int unitBlocks;
  private final int headerBytes;
  private final int blockBytes;
  private final int scaleBytes;
  private final int codesAt;
  private final int halves;
  private final boolean mins;
  private final int blocks;
  private final long panel;
  private final int tokens;
  private final int step; // four-byte numbers of a block of the panel
  private final boolean signed;
  private final boolean small; // products of four quads fit into 16 bits
  private final int[] codes = new int[16 * LANES]; // [quad][even, odd][row]
  private final float[] scales = new float[LANES]; // [row]
  private final float[] sums; // [token][row]
  private final int[] x; // pairs of 16-bit activations: [token][block][quad][even, odd]
  private final byte[] table;

  VectorTile(Layout layout, int units, long panel, int tokens) {
    this.mins = layout.mins();
    this.planes = layout.bits();
    this.units = units;
    this.unitBlocks = layout.blocks();
    this.headerBytes = layout.headerBytes();
    this.blockBytes = layout.blockBytes();
    this.scaleBytes = layout.scaleBytes();
    this.codesAt = layout.codesAt();
    this.halves = layout.halves();
    this.blocks = units * unitBlocks;
    this.panel = panel;
    this.tokens = tokens;
    this.step = Activations.numbers(layout) * tokens;
    this.signed = layout.most() > 63;
    this.small = layout.most() < 32;
    this.sums = new float[tokens * LANES];
    this.x = new int[tokens * blocks * 16];
    this.table = layout.table() == null ? null : repeated(layout.table());
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < 8 * tokens; i++) {
        int quad = Bytes.integer(panel + 4L * (step * block + i));
        int at = (i % tokens * blocks + block) * 16 + i / tokens * 2;
        x[at] = (byte) quad & 0xFFFF | (byte) (quad >> 16) << 16;
        x[at + 1] = (byte) (quad >> 8) & 0xFFFF | quad >> 24 << 16;
      }
    }
  }

  /// Repeated, with the zero taken away: what stands for code `i` modulo 16.
  private static byte[] repeated(byte[] table) {
    var out = new byte[CODES.length()];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (table[i % table.length] ^ 0x80);
    }
    return out;
  }

  /// Writes the sums of `LANES` rows from `lane` on.
  void rows(long group, int lane, long y, long stride) {
    Arrays.fill(sums, 0);
    long unit = group;
    for (int u = 0; u < units; u++) {
      long at = unit + headerBytes;
      for (int b = 0; b < unitBlocks; b++, at += blockBytes) {
        unpack(at + codesAt + 4 * lane);
        for (int half = 0; half < halves; half++) {
          scaled(unit, at, lane, u * unitBlocks + b, half);
        }
      }
      unit = at;
    }
    for (int t = 0; t < tokens; t++) {
      FloatVector.fromArray(FLOATS, sums, t * LANES)
          .intoMemorySegment(Bytes.ALL, y + t * stride, ORDER);
    }
  }

  private static IntVector ints(long at) {
    return IntVector.fromMemorySegment(INTS, Bytes.ALL, at, ORDER);
  }

  // --- products ----------------------------------------------------------------------------------

  private void scaled(long unit, long at, int lane, int block, int half) {
    long numbers = panel + 4L * step * block + 32L * tokens;
    int row = BlockFormat.ROWS * half + lane;
    if (unitBlocks == 1) {
      VectorDense.halves(at + 2 * row, scales);
    } else {
      VectorDense.halves(unit + 2 * lane, scales);
      timesSigned(at + row, scales);
    }
    for (int t = 0; t < tokens; t++) {
      int begin = signed ? 0 : Bytes.integer(numbers + 4L * (tokens * (1 + half) + t));
      float scale = Bytes.floating(numbers + 4L * t);
      int first = (t * blocks + block) * 16 + 8 * half;
      if (small) {
        four(8 * LANES * half, first, begin, scale, t * LANES);
      } else {
        one(8 * LANES * half, first, begin, scale, t * LANES);
      }
    }
    if (mins) {
      mins(unit, at, lane, row, numbers + 4L * tokens * (1 + halves + half));
    }
  }

  private void mins(long unit, long at, int lane, int row, long xSums) {
    if (unitBlocks == 1) {
      VectorDense.halves(at + scaleBytes + 2 * row, scales);
    } else {
      VectorDense.halves(unit + 2 * BlockFormat.ROWS + 2 * lane, scales);
      timesUnsigned(at + scaleBytes + row, scales);
    }
    for (int t = 0; t < tokens; t++) {
      float factor = Bytes.floating(xSums + 4L * t);
      FloatVector.fromArray(FLOATS, scales, 0)
          .fma(
              FloatVector.broadcast(FLOATS, factor), FloatVector.fromArray(FLOATS, sums, t * LANES))
          .intoArray(sums, t * LANES);
    }
  }

  /// Adds the product of half a block, or of one, to the sums at `sum`: four quads in 16 bits, then
  /// all in 32. On arrays and without methods of our own: the compiler has few nodes for a
  /// method,
  /// and
  /// a load from memory outside the heap takes a thousand of them.
  private void four(int code, int at, int begin, float factor, int sum) {
    int[] c = codes;
    int[] activations = x;
    var total = IntVector.broadcast(INTS, begin);
    for (int end = at + 16 / halves; at < end; ) {
      var pairs = ShortVector.zero(SHORTS);
      for (int q = 0; q < 4; q++, at += 2, code += 2 * LANES) {
        var even = IntVector.fromArray(INTS, c, code)
            .reinterpretAsShorts()
            .mul(IntVector.broadcast(INTS, activations[at]).reinterpretAsShorts());
        var odd = IntVector.fromArray(INTS, c, code + LANES)
            .reinterpretAsShorts()
            .mul(IntVector.broadcast(INTS, activations[at + 1]).reinterpretAsShorts());
        pairs = pairs.add(even.add(odd));
      }
      var both = pairs.reinterpretAsInts();
      var low = both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
      total = total.add(low).add(both.lanewise(VectorOperators.ASHR, 16));
    }
    ((FloatVector) total.convert(VectorOperators.I2F, 0))
        .fma(
            FloatVector.fromArray(FLOATS, scales, 0).mul(factor),
            FloatVector.fromArray(FLOATS, sums, sum))
        .intoArray(sums, sum);
  }

  /// As [#four], where only one quad fits into 16 bits.
  private void one(int code, int at, int begin, float factor, int sum) {
    int[] c = codes;
    int[] activations = x;
    var total = IntVector.broadcast(INTS, begin);
    for (int end = at + 16 / halves; at < end; at += 2, code += 2 * LANES) {
      var even = IntVector.fromArray(INTS, c, code)
          .reinterpretAsShorts()
          .mul(IntVector.broadcast(INTS, activations[at]).reinterpretAsShorts());
      var odd = IntVector.fromArray(INTS, c, code + LANES)
          .reinterpretAsShorts()
          .mul(IntVector.broadcast(INTS, activations[at + 1]).reinterpretAsShorts());
      var both = even.add(odd).reinterpretAsInts();
      var low = both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
      total = total.add(low).add(both.lanewise(VectorOperators.ASHR, 16));
    }
    ((FloatVector) total.convert(VectorOperators.I2F, 0))
        .fma(
            FloatVector.fromArray(FLOATS, scales, 0).mul(factor),
            FloatVector.fromArray(FLOATS, sums, sum))
        .intoArray(sums, sum);
  }

  /// Multiplies the scales by as many signed bytes.
  static void timesSigned(long bytes, float[] scales) {
    var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
        .convertShape(VectorOperators.B2I, INTS, 0)
        .convert(VectorOperators.I2F, 0);
    small.mul(FloatVector.fromArray(FLOATS, scales, 0)).intoArray(scales, 0);
  }

  static void timesUnsigned(long bytes, float[] scales) {
    var small = (FloatVector) ByteVector.fromMemorySegment(BYTES, Bytes.ALL, bytes, ORDER)
        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
        .convert(VectorOperators.I2F, 0);
    small.mul(FloatVector.fromArray(FLOATS, scales, 0)).intoArray(scales, 0);
  }

  // --- codes -------------------------------------------------------------------------------------

  /// @param at address of the rows' lanes in the first plane
  private void unpack(long at) {
    if (table != null) {
      looked(at);
      return;
    }
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
  }

  private void signed(IntVector bytes, int quad) {
    var shorts = bytes.reinterpretAsShorts();
    var even = shorts.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
    even.reinterpretAsInts().intoArray(codes, 2 * quad * LANES);
    var odd = shorts.lanewise(VectorOperators.ASHR, 8);
    odd.reinterpretAsInts().intoArray(codes, (2 * quad + 1) * LANES);
  }

  private void eights(long plane) {
    for (int j = 0; j < 8; j++) {
      signed(ints(plane + 64L * j).lanewise(VectorOperators.XOR, 0x80808080), j);
    }
  }

  private void fours(long plane) {
    for (int j = 0; j < 4; j++) {
      var v = ints(plane + 64L * j);
      int low = 2 * j * LANES;
      int high = low + 8 * LANES;
      v.and(0x000F000F).intoArray(codes, low);
      v.lanewise(VectorOperators.LSHR, 8).and(0x000F000F).intoArray(codes, low + LANES);
      v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F).intoArray(codes, high);
      v.lanewise(VectorOperators.LSHR, 12).and(0x000F000F).intoArray(codes, high + LANES);
    }
  }

  private void twos(long plane, int shift) {
    int mask = 0x00030003;
    for (int j = 0; j < 8; j++) {
      var v = ints(plane + 64L * (j / 4)).lanewise(VectorOperators.LSHR, j % 4 * 2);
      put(v.and(mask), shift, 2 * j);
      put(v.lanewise(VectorOperators.LSHR, 8).and(mask), shift, 2 * j + 1);
    }
  }

  private void ones(long plane, int shift) {
    int mask = 0x00010001;
    for (int j = 0; j < 8; j++) {
      var v = ints(plane).lanewise(VectorOperators.LSHR, j);
      put(v.and(mask), shift, 2 * j);
      put(v.lanewise(VectorOperators.LSHR, 8).and(mask), shift, 2 * j + 1);
    }
  }

  /// Bits of a later plane go above those of the first.
  private void put(IntVector bits, int shift, int place) {
    int to = place * LANES;
    if (shift == 0) {
      bits.intoArray(codes, to);
    } else {
      bits.lanewise(VectorOperators.LSHL, shift)
          .or(IntVector.fromArray(INTS, codes, to))
          .intoArray(codes, to);
    }
  }

  private void looked(long plane) {
    var levels = ByteVector.fromArray(CODES, table, 0);
    for (int j = 0; j < 4; j++) {
      var v = ints(plane + 64L * j);
      var low = v.and(0x0F0F0F0F).reinterpretAsBytes();
      var high = v.lanewise(VectorOperators.LSHR, 4).and(0x0F0F0F0F).reinterpretAsBytes();
      signed(low.selectFrom(levels).reinterpretAsInts(), j);
      signed(high.selectFrom(levels).reinterpretAsInts(), j + 4);
    }
  }
}
