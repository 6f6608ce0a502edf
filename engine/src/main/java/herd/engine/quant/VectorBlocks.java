package herd.engine.quant;

import jdk.incubator.vector.FloatVector;
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
}
