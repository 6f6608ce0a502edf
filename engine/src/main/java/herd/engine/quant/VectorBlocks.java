package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API, on any processor that has vectors: codes become floats in registers, and sums of
/// products of two bytes stay below 2^24, so floats add them up exactly and results are equal to
/// machine code's bit for bit.
public final class VectorBlocks implements BlockKernels {
  /// Vectors of this machine, of at most 16 numbers.
  static final VectorSpecies<Float> FLOATS = floats();

  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int MOST_TOKENS = 4;

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
      return MOST_TOKENS;
    }

    @Override
    public int groups() {
      return 1;
    }

    @Override
    public void tile(
        long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
      var tile = new Tile(format.layout(), units * format.layout().blocks(), panel, tokens);
      long groupBytes = (long) units * format.layout().unitBytes();
      for (int g = 0; g < groups; g++) {
        for (int lane = 0; lane < BlockFormat.ROWS; lane += LANES) {
          tile.rows(w + g * groupBytes, lane);
          for (int t = 0; t < tokens; t++) {
            long to = y + t * stride + 4L * (g * BlockFormat.ROWS + lane);
            tile.sums[t].intoMemorySegment(Bytes.ALL, to, ByteOrder.nativeOrder());
          }
        }
      }
    }
  }

  /// A panel and what is kept of it while rows pass by.
  private static final class Tile {
    private final Layout layout;
    private final int blocks;
    private final long panel;
    private final int tokens;
    private final int step; // four-byte numbers of a block of the panel
    private final float[] x; // the panel's bytes as floats: [block][column][token]
    private final float[] codes = new float[BlockFormat.COLUMNS * LANES];
    private final float[] scales = new float[LANES];
    private final int[] quads = new int[8];
    private final Packing packing;
    private final FloatVector[] sums;

    Tile(Layout layout, int blocks, long panel, int tokens) {
      this.layout = layout;
      this.blocks = blocks;
      this.panel = panel;
      this.tokens = tokens;
      this.step = Activations.numbers(layout) * tokens;
      this.packing = new Packing(layout);
      this.sums = new FloatVector[tokens];
      this.x = new float[blocks * BlockFormat.COLUMNS * tokens];
      int i = 0;
      for (int block = 0; block < blocks; block++) {
        long at = panel + 4L * step * block;
        for (int column = 0; column < BlockFormat.COLUMNS; column++) {
          for (int t = 0; t < tokens; t++) {
            x[i++] = Bytes.signed(at + 4L * (column / 4 * tokens + t) + column % 4);
          }
        }
      }
    }

    /// The sums of `LANES` rows from `lane` on.
    void rows(long group, int lane) {
      for (int t = 0; t < tokens; t++) {
        sums[t] = FloatVector.zero(FLOATS);
      }
      for (int block = 0; block < blocks; block++) {
        long unit = group + (long) (block / layout.blocks()) * layout.unitBytes();
        long at =
            unit + layout.headerBytes() + (long) (block % layout.blocks()) * layout.blockBytes();
        codes(at + layout.codesAt() + 4 * lane);
        for (int half = 0; half < layout.halves(); half++) {
          half(unit, at, lane, block, half);
        }
      }
    }

    private void half(long unit, long at, int lane, int block, int half) {
      int columns = BlockFormat.COLUMNS / layout.halves();
      int first = half * columns;
      long numbers = panel + 4L * step * block + 32L * tokens;
      for (int i = 0; i < LANES; i++) {
        scales[i] = packing.scale(unit, at, lane + i, half);
      }
      var scale = FloatVector.fromArray(FLOATS, scales, 0);
      for (int t = 0; t < tokens; t++) {
        int from = (block * BlockFormat.COLUMNS + first) * tokens + t;
        var product = dot(first * LANES, from, columns);
        var factor = scale.mul(Bytes.floating(numbers + 4L * t));
        sums[t] = product.fma(factor, sums[t]);
      }
      if (layout.mins()) {
        for (int i = 0; i < LANES; i++) {
          scales[i] = packing.min(unit, at, lane + i, half);
        }
        var min = FloatVector.fromArray(FLOATS, scales, 0);
        long xSums = numbers + 4L * tokens * (1 + layout.halves() + half);
        for (int t = 0; t < tokens; t++) {
          sums[t] = min.fma(FloatVector.broadcast(FLOATS, Bytes.floating(xSums + 4L * t)), sums[t]);
        }
      }
    }

    private FloatVector dot(int code, int from, int columns) {
      var even = FloatVector.zero(FLOATS);
      var odd = FloatVector.zero(FLOATS);
      for (int i = 0; i < columns; i += 2) {
        var one = FloatVector.broadcast(FLOATS, x[from + i * tokens]);
        var two = FloatVector.broadcast(FLOATS, x[from + (i + 1) * tokens]);
        even = FloatVector.fromArray(FLOATS, codes, code + i * LANES).fma(one, even);
        odd = FloatVector.fromArray(FLOATS, codes, code + (i + 1) * LANES).fma(two, odd);
      }
      return even.add(odd);
    }

    /// The codes of a block less their zero as floats, `[column][row]`.
    private void codes(long at) {
      if (layout.table() != null) {
        for (int lane = 0; lane < LANES; lane++) {
          packing.codes(at + 4 * lane, quads);
          for (int i = 0; i < BlockFormat.COLUMNS; i++) {
            codes[i * LANES + lane] = (quads[i / 4] >>> 8 * (i % 4) & 0xFF) - layout.zero();
          }
        }
        return;
      }
      for (int j = 0; j < 8; j++) {
        var quad = quad(at, j);
        for (int k = 0; k < 4; k++) {
          ((FloatVector) quad.lanewise(VectorOperators.LSHR, 8 * k)
                  .and(0xFF)
                  .sub(layout.zero())
                  .convertShape(VectorOperators.I2F, FLOATS, 0))
              .intoArray(codes, (4 * j + k) * LANES);
        }
      }
    }

    private IntVector quad(long at, int j) {
      var out = IntVector.zero(INTS);
      int shift = 0;
      long plane = at;
      for (int bits : layout.bits()) {
        int mask = ((1 << bits) - 1) * 0x01010101;
        long from = plane + 64L * Packing.vector(bits, j);
        var value = IntVector.fromMemorySegment(INTS, Bytes.ALL, from, ByteOrder.LITTLE_ENDIAN);
        if (bits < 8) {
          value = value.lanewise(VectorOperators.LSHR, Packing.shiftOf(bits, j)).and(mask);
        }
        out = out.or(value.lanewise(VectorOperators.LSHL, shift));
        shift += bits;
        plane += 64L * bits;
      }
      return out;
    }
  }
}
