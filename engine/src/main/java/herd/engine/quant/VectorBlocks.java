package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API, on any processor that has vectors, over the layouts that machine code reads and
/// to the same bits: products of bytes are added up as integers, scales by fused multiply-adds.
public final class VectorBlocks implements BlockKernels {
  /// Vectors of this machine, of at most 16 numbers.
  static final VectorSpecies<Float> FLOATS = floats();

  private static final int LANES = FLOATS.length();

  private static VectorSpecies<Float> floats() {
    var preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > BlockFormat.ROWS ? FloatVector.SPECIES_512 : preferred;
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String toString() {
    return name();
  }

  @Override
  public BlockKernel kernel(PackedFormat format) {
    return switch (format) {
      case BlockFormat blocks -> new Tiles(blocks);
      case DenseFormat numbers -> new VectorDense(numbers);
    };
  }

  private record Tiles(BlockFormat format) implements BlockKernel {
    @Override
    public int tokens() {
      return WideTile.TOKENS;
    }

    @Override
    public int groups() {
      return WideTile.GROUPS;
    }

    @Override
    public void tile(
        long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
      var layout = format.layout();
      long groupBytes = (long) units * layout.unitBytes();
      if (tokens >= WideTile.LEAST_TOKENS) {
        var wide = new WideTile(layout, units, panel, tokens);
        for (int g = 0; g < groups; g += WideTile.GROUPS) {
          int some = Math.min(WideTile.GROUPS, groups - g);
          wide.groups(w + g * groupBytes, some, y + 4L * g * BlockFormat.ROWS, stride);
        }
        return;
      }
      for (int t = 0; t < tokens; t++) {
        var tile = new NarrowTile(layout, units, panel, t, tokens);
        for (int g = 0; g < groups; g++) {
          for (int lane = 0; lane < BlockFormat.ROWS; lane += LANES) {
            long to = y + t * stride + 4L * (g * BlockFormat.ROWS + lane);
            tile.rows(w + g * groupBytes, lane, to);
          }
        }
      }
    }
  }

  /// Rows of a quantised matrix times one token, with the Vector API, in three passes over a
  /// vector of rows, each one loop over all blocks: scales, sums of products as integers, and
  /// both together.
  ///
  /// Codes stand in 16-bit lanes: the first and third of each quad, then the second and fourth.
  /// Products are added up in 16 bits as long as they fit, then in 32. Codes of more than six
  /// bits are signed, without their zero, so that two products fit.
  static final class NarrowTile {
    private static final VectorSpecies<Float> FLOATS = VectorBlocks.FLOATS;
    private static final VectorSpecies<Integer> INTS =
        VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS =
        VectorSpecies.of(short.class, FLOATS.vectorShape());
    private static final int LANES = FLOATS.length();
    private static final int PAIRS = 16; // of activations in a block: of each quad even, odd
    private static final int NIBBLES = 0x000F000F;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final WideTile.VectorCodes codes;
    private final int blocks;
    private final int unitBlocks;
    private final int unitBytes;
    private final int headerBytes;
    private final int blockBytes;
    private final int codesAt;
    private final int halves;
    private final boolean hasMins;
    private final boolean signed;
    private final boolean nibbles; // codes of four bits, and nothing else
    private final boolean wholeBytes; // codes of eight bits, and no headers
    private final int[] x; // [block][pair]
    private final int[] begins; // [block][half]
    private final float[] factors; // [block][half]
    private final float[] minFactors;
    private final float[] scales; // [block][half][row]
    private final float[] mins;
    private final int[] products; // [block][half][row]

    /// @param token of the `tokens` in the panel
    NarrowTile(Layout layout, int units, long panel, int token, int tokens) {
      this.codes = new WideTile.VectorCodes(layout);
      this.unitBlocks = layout.blocks();
      this.blocks = units * unitBlocks;
      this.unitBytes = layout.unitBytes();
      this.headerBytes = layout.headerBytes();
      this.blockBytes = layout.blockBytes();
      this.codesAt = layout.codesAt();
      this.halves = layout.halves();
      this.hasMins = layout.mins();
      this.signed = layout.most() > 63;
      this.nibbles = layout.most() == 15;
      this.wholeBytes = layout.bits()[0] == 8 && unitBlocks == 1;
      this.x = new int[blocks * PAIRS];
      int parts = blocks * halves;
      this.begins = new int[parts];
      this.factors = new float[parts];
      this.minFactors = new float[parts];
      this.scales = new float[parts * LANES];
      this.mins = new float[hasMins ? parts * LANES : 0];
      this.products = new int[parts * LANES];
      long step = 4L * Activations.numbers(layout) * tokens;
      for (int block = 0; block < blocks; block++) {
        activations(block, panel + step * block + 4L * token, 4L * tokens);
      }
    }

    private void activations(int block, long at, long stride) {
      for (int j = 0; j < 8; j++) {
        int quad = Bytes.integer(at + j * stride);
        x[block * PAIRS + 2 * j] = (byte) quad & 0xFFFF | (byte) (quad >> 16) << 16;
        x[block * PAIRS + 2 * j + 1] = (byte) (quad >> 8) & 0xFFFF | quad >> 24 << 16;
      }
      for (int half = 0; half < halves; half++) {
        int part = block * halves + half;
        factors[part] = Bytes.floating(at + 8 * stride);
        begins[part] = signed ? 0 : Bytes.integer(at + (9 + half) * stride);
        if (hasMins) {
          minFactors[part] = Bytes.floating(at + (9 + halves + half) * stride);
        }
      }
    }

    /// Writes the sums of `LANES` rows from `lane` on.
    void rows(long group, int lane, long y) {
      if (nibbles) {
        int together = unitBlocks == 1 ? blocks : unitBlocks;
        long at = group + headerBytes + codesAt + 4 * lane;
        for (int block = 0; block < blocks; block += together, at += unitBytes) {
          fours(at, block, together);
        }
      } else if (wholeBytes) {
        eights(group + codesAt + 4 * lane);
      } else {
        others(group, lane);
      }
      scales(group, lane);
      sum(y);
    }

    private void scales(long group, int lane) {
      long unit = group;
      for (int block = 0, part = 0; block < blocks; unit += unitBytes) {
        long at = unit + headerBytes;
        for (int end = block + unitBlocks; block < end; block++, at += blockBytes) {
          for (int half = 0; half < halves; half++, part += LANES) {
            codes.scales(unit, at, lane, half, scales, part);
            if (hasMins) {
              codes.mins(unit, at, lane, half, mins, part);
            }
          }
        }
      }
    }

    private void sum(long y) {
      int parts = blocks * halves;
      var sum = FloatVector.zero(FLOATS);
      if (hasMins) {
        for (int p = 0; p < parts; p++) {
          var product = (FloatVector)
              IntVector.fromArray(INTS, products, p * LANES).convert(VectorOperators.I2F, 0);
          sum = product.fma(FloatVector.fromArray(FLOATS, scales, p * LANES).mul(factors[p]), sum);
          var factor = FloatVector.broadcast(FLOATS, minFactors[p]);
          sum = FloatVector.fromArray(FLOATS, mins, p * LANES).fma(factor, sum);
        }
      } else {
        for (int p = 0; p < parts; p++) {
          var product = (FloatVector)
              IntVector.fromArray(INTS, products, p * LANES).convert(VectorOperators.I2F, 0);
          sum = product.fma(FloatVector.fromArray(FLOATS, scales, p * LANES).mul(factors[p]), sum);
        }
      }
      sum.intoMemorySegment(Bytes.ALL, y, ORDER);
    }

    // --- products
    // ----------------------------------------------------------------------------------

    /// Codes of four bits: all products of a block fit into 16 bits.
    /// @param at where the rows' lanes begin in the first block's codes
    private void fours(long at, int first, int count) {
      int[] numbers = x;
      int[] starts = begins;
      int[] to = products;
      for (int b = first; b < first + count; b++) {
        long from = at + (long) (b - first) * blockBytes;
        var total = ShortVector.zero(SHORTS);
        for (int j = 0; j < 4; j++) {
          int pair = b * PAIRS + 2 * j;
          var v = IntVector.fromMemorySegment(INTS, Bytes.ALL, from + 64L * j, ORDER);
          total = total
              .add(shorts(v.and(NIBBLES)).mul(pair(numbers, pair)))
              .add(shorts(v.lanewise(VectorOperators.LSHR, 8).and(NIBBLES))
                  .mul(pair(numbers, pair + 1)))
              .add(shorts(v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES))
                  .mul(pair(numbers, pair + 8)))
              .add(shorts(v.lanewise(VectorOperators.LSHR, 12).and(NIBBLES))
                  .mul(pair(numbers, pair + 9)));
        }
        var both = total.reinterpretAsInts();
        both.lanewise(VectorOperators.LSHL, 16)
            .lanewise(VectorOperators.ASHR, 16)
            .add(both.lanewise(VectorOperators.ASHR, 16))
            .add(IntVector.broadcast(INTS, starts[b]))
            .intoArray(to, b * LANES);
      }
    }

    private static ShortVector shorts(IntVector v) {
      return v.reinterpretAsShorts();
    }

    private static ShortVector pair(int[] numbers, int at) {
      return IntVector.broadcast(INTS, numbers[at]).reinterpretAsShorts();
    }

    /// Codes of eight bits.
    private void eights(long at) {
      int[] numbers = x;
      int[] to = products;
      for (int b = 0; b < blocks; b++) {
        long from = at + (long) b * blockBytes;
        var total = IntVector.zero(INTS);
        for (int j = 0; j < 8; j++) {
          int pair = b * PAIRS + 2 * j;
          var v = shorts(IntVector.fromMemorySegment(INTS, Bytes.ALL, from + 64L * j, ORDER)
              .lanewise(VectorOperators.XOR, 0x80808080));
          var both = v.lanewise(VectorOperators.LSHL, 8)
              .lanewise(VectorOperators.ASHR, 8)
              .mul(pair(numbers, pair))
              .add(v.lanewise(VectorOperators.ASHR, 8).mul(pair(numbers, pair + 1)))
              .reinterpretAsInts();
          total = total
              .add(both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
              .add(both.lanewise(VectorOperators.ASHR, 16));
        }
        total.intoArray(to, b * LANES);
      }
    }

    private void others(long group, int lane) {
      int quads = 8 / halves;
      long unit = group;
      for (int block = 0; block < blocks; unit += unitBytes) {
        long at = unit + headerBytes + codesAt + 4 * lane;
        for (int end = block + unitBlocks; block < end; block++, at += blockBytes) {
          codes.unpack(at);
          for (int half = 0; half < halves; half++) {
            int part = block * halves + half;
            if (signed) {
              signed(half * quads, quads, block * PAIRS, part);
            } else {
              unsigned(half * quads, quads, block * PAIRS, part);
            }
          }
        }
      }
    }

    /// Products of two quads fit into 16 bits.
    private void unsigned(int first, int count, int block, int part) {
      int[] bytes = codes.quads;
      int[] numbers = x;
      var total = IntVector.broadcast(INTS, begins[part]);
      for (int j = first; j < first + count; j += 2) {
        int pair = block + 2 * j;
        var v = IntVector.fromArray(INTS, bytes, j * LANES);
        var next = IntVector.fromArray(INTS, bytes, j * LANES + LANES);
        var both = shorts(v.and(0x00FF00FF))
            .mul(pair(numbers, pair))
            .add(shorts(v).lanewise(VectorOperators.LSHR, 8).mul(pair(numbers, pair + 1)))
            .add(shorts(next.and(0x00FF00FF)).mul(pair(numbers, pair + 2)))
            .add(shorts(next).lanewise(VectorOperators.LSHR, 8).mul(pair(numbers, pair + 3)))
            .reinterpretAsInts();
        total = total
            .add(both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
            .add(both.lanewise(VectorOperators.ASHR, 16));
      }
      total.intoArray(products, part * LANES);
    }

    /// Products of one quad of signed codes fit into 16 bits.
    private void signed(int first, int count, int block, int part) {
      int[] bytes = codes.quads;
      int[] numbers = x;
      var total = IntVector.zero(INTS);
      for (int j = first; j < first + count; j++) {
        int pair = block + 2 * j;
        var v = shorts(
            IntVector.fromArray(INTS, bytes, j * LANES).lanewise(VectorOperators.XOR, 0x80808080));
        var both = v.lanewise(VectorOperators.LSHL, 8)
            .lanewise(VectorOperators.ASHR, 8)
            .mul(pair(numbers, pair))
            .add(v.lanewise(VectorOperators.ASHR, 8).mul(pair(numbers, pair + 1)))
            .reinterpretAsInts();
        total = total
            .add(both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
            .add(both.lanewise(VectorOperators.ASHR, 16));
      }
      total.intoArray(products, part * LANES);
    }
  }
}
