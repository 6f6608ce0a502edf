package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// A panel of rounded activations, while rows of a quantised matrix pass by.
///
/// A block's codes are unpacked into 16-bit lanes: the first and third of each quad, then the second
/// and fourth. Products with activations are added up in 16 bits as long as they fit, then in 32.
/// Codes of more than six bits are signed, without their zero, so that two products fit.
///
/// Vectors live within one method and those inlined into it; what outlives a block lies in memory
/// outside the heap, where vectors do not straddle cache lines.
final class VectorTile {
  private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> CODES =
      VectorSpecies.of(byte.class, FLOATS.vectorShape());
  private static final VectorSpecies<Byte> BYTES =
      FLOATS.length() > 8 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  private static final int LANES = FLOATS.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private static final int VECTOR = 4 * LANES;

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
  private final int together; // quads whose products fit into 16 bits
  private final long codes; // address of [quad][even, odd][row]
  private final long sums; // address of [token][row]
  private final long x; // address of pairs of 16-bit activations: [token][block][quad][even, odd]
  private final byte[] table;

  /// @param arena for working memory, alive as long as this
  VectorTile(Layout layout, int units, long panel, int tokens, Arena arena) {
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
    this.together = signed ? 1 : layout.most() > 31 ? 2 : 4;
    long work = (16L + tokens) * VECTOR + 64L * tokens * blocks;
    this.codes = arena.allocate(work, 64).address();
    this.sums = codes + 16 * VECTOR;
    this.x = sums + (long) tokens * VECTOR;
    this.table = layout.table() == null ? null : repeated(layout.table());
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < 8 * tokens; i++) {
        int quad = Bytes.integer(panel + 4L * (step * block + i));
        long at = x + 64L * (i % tokens * blocks + block) + i / tokens * 8;
        Bytes.putInt(at, (byte) quad & 0xFFFF | (byte) (quad >> 16) << 16);
        Bytes.putInt(at + 4, (byte) (quad >> 8) & 0xFFFF | quad >> 24 << 16);
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
    for (int t = 0; t < tokens; t++) {
      put(sums + (long) t * VECTOR, FloatVector.zero(FLOATS));
    }
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
      put(y + t * stride, floats(sums + (long) t * VECTOR));
    }
  }

  private static FloatVector floats(long at) {
    return FloatVector.fromMemorySegment(FLOATS, Bytes.ALL, at, ORDER);
  }

  private static void put(long at, FloatVector vector) {
    vector.intoMemorySegment(Bytes.ALL, at, ORDER);
  }

  private static IntVector ints(long at) {
    return IntVector.fromMemorySegment(INTS, Bytes.ALL, at, ORDER);
  }

  private static void put(long at, IntVector vector) {
    vector.intoMemorySegment(Bytes.ALL, at, ORDER);
  }

  // --- products ----------------------------------------------------------------------------------

  private void scaled(long unit, long at, int lane, int block, int half) {
    long numbers = panel + 4L * step * block + 32L * tokens;
    var scale = scale(unit, at, lane, half);
    for (int t = 0; t < tokens; t++) {
      int begin = signed ? 0 : Bytes.integer(numbers + 4L * (tokens * (1 + half) + t));
      var product = product(half, x + 64L * (t * blocks + block), begin);
      var factor = scale.mul(Bytes.floating(numbers + 4L * t));
      long sum = sums + (long) t * VECTOR;
      var exact = (FloatVector) product.convertShape(VectorOperators.I2F, FLOATS, 0);
      put(sum, exact.fma(factor, floats(sum)));
    }
    if (mins) {
      var min = min(unit, at, lane, half);
      long xSums = numbers + 4L * tokens * (1 + halves + half);
      for (int t = 0; t < tokens; t++) {
        long sum = sums + (long) t * VECTOR;
        var factor = FloatVector.broadcast(FLOATS, Bytes.floating(xSums + 4L * t));
        put(sum, min.fma(factor, floats(sum)));
      }
    }
  }

  private IntVector product(int half, long at, int begin) {
    int quads = 8 / halves;
    int from = half * quads;
    var sum = IntVector.broadcast(INTS, begin);
    if (together == 4) {
      for (int q = from; q < from + quads; q += 4) {
        var four = one(q, at).add(one(q + 1, at)).add(one(q + 2, at).add(one(q + 3, at)));
        sum = sum.add(halves(four));
      }
    } else if (together == 2) {
      for (int q = from; q < from + quads; q += 2) {
        sum = sum.add(halves(one(q, at).add(one(q + 1, at))));
      }
    } else {
      for (int q = from; q < from + quads; q += 2) {
        sum = sum.add(halves(one(q, at)).add(halves(one(q + 1, at))));
      }
    }
    return sum;
  }

  /// The products of a quad in pairs.
  private ShortVector one(int quad, long at) {
    long code = codes + (long) (2 * VECTOR) * quad;
    var even = ints(code)
        .reinterpretAsShorts()
        .mul(IntVector.broadcast(INTS, Bytes.integer(at + 8 * quad)).reinterpretAsShorts());
    var odd = ints(code + VECTOR)
        .reinterpretAsShorts()
        .mul(IntVector.broadcast(INTS, Bytes.integer(at + 8 * quad + 4)).reinterpretAsShorts());
    return even.add(odd);
  }

  private static IntVector halves(ShortVector pairs) {
    var both = pairs.reinterpretAsInts();
    var low = both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
    return low.add(both.lanewise(VectorOperators.ASHR, 16));
  }

  // --- scales ------------------------------------------------------------------------------------

  private FloatVector scale(long unit, long at, int lane, int half) {
    int row = BlockFormat.ROWS * half + lane;
    if (unitBlocks == 1) {
      return VectorDense.halves(at + 2 * row);
    }
    var small = ByteVector.fromMemorySegment(BYTES, Bytes.ALL, at + row, ORDER)
        .convertShape(VectorOperators.B2I, INTS, 0)
        .convertShape(VectorOperators.I2F, FLOATS, 0);
    return ((FloatVector) small).mul(VectorDense.halves(unit + 2 * lane));
  }

  private FloatVector min(long unit, long at, int lane, int half) {
    int row = BlockFormat.ROWS * half + lane;
    if (unitBlocks == 1) {
      return VectorDense.halves(at + scaleBytes + 2 * row);
    }
    var small = ByteVector.fromMemorySegment(
            BYTES, Bytes.ALL, at + scaleBytes + row, ORDER)
        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0)
        .convertShape(VectorOperators.I2F, FLOATS, 0);
    return ((FloatVector) small).mul(VectorDense.halves(unit + 2 * BlockFormat.ROWS + 2 * lane));
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
    long to = codes + (long) (2 * VECTOR) * quad;
    put(to, even.reinterpretAsInts());
    put(to + VECTOR, shorts.lanewise(VectorOperators.ASHR, 8).reinterpretAsInts());
  }

  private void eights(long plane) {
    for (int j = 0; j < 8; j++) {
      signed(ints(plane + 64L * j).lanewise(VectorOperators.XOR, 0x80808080), j);
    }
  }

  private void fours(long plane) {
    for (int j = 0; j < 4; j++) {
      var v = ints(plane + 64L * j);
      long low = codes + (long) (2 * VECTOR) * j;
      long high = low + 8 * VECTOR;
      put(low, v.and(0x000F000F));
      put(low + VECTOR, v.lanewise(VectorOperators.LSHR, 8).and(0x000F000F));
      put(high, v.lanewise(VectorOperators.LSHR, 4).and(0x000F000F));
      put(high + VECTOR, v.lanewise(VectorOperators.LSHR, 12).and(0x000F000F));
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
    long to = codes + (long) VECTOR * place;
    if (shift == 0) {
      put(to, bits);
    } else {
      put(to, bits.lanewise(VectorOperators.LSHL, shift).or(ints(to)));
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
