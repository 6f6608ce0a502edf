package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.FloatAssembler;
import herd.engine.code.InstructionSet;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Machine code, assembled for this processor when a format is first asked for. The code lives as
/// long as anyone holds the kernel.
public final class MachineBlocks implements BlockKernels {
  private static final int MOST_TOKENS = 6;
  private static final int DENSE_GROUPS = 4; // that stay near while panels pass by

  private final InstructionSet set;
  private final Map<PackedFormat, BlockKernel> kernels = new HashMap<>();

  private MachineBlocks(InstructionSet set) {
    this.set = set;
  }

  static MachineBlocks of(InstructionSet set) {
    return new MachineBlocks(set);
  }

  @Override
  public String name() {
    return "machine";
  }

  @Override
  public String toString() {
    return "machine (" + set + ")";
  }

  @Override
  public synchronized BlockKernel kernel(PackedFormat format) {
    return kernels.computeIfAbsent(format, this::assemble);
  }

  private BlockKernel assemble(PackedFormat format) {
    var assembler = new FloatAssembler(set.width());
    var places =
        switch (format) {
          case BlockFormat blocks -> blocks(assembler, blocks);
          case DenseFormat numbers -> numbers(assembler, numbers);
        };
    int most = places[0].length;
    var starts = new ArrayList<Integer>();
    for (int[] side : places) {
      for (int start : side) {
        starts.add(start);
      }
    }
    if (format instanceof BlockFormat blocks) {
      starts.add(RoundingProgram.emit(assembler, blocks.layout()));
      starts.add(PackingProgram.emit(assembler, blocks));
    }
    var routines =
        Routine.of(assembler, starts.stream().mapToInt(Integer::intValue).toArray());
    var tiles = new Routine[places.length][];
    for (int side = 0; side < places.length; side++) {
      tiles[side] = Arrays.copyOfRange(routines, side * most, (side + 1) * most);
    }
    boolean inBlocks = format instanceof BlockFormat;
    var rounding = inBlocks ? routines[routines.length - 2] : null;
    var packing = inBlocks ? routines[routines.length - 1] : null;
    int groups = format instanceof DenseFormat ? DENSE_GROUPS : places.length;
    long rowBytes = 4L * format.groupRows();
    return new Tiles(tiles, rounding, packing, groups, format.unitBytes(), rowBytes);
  }

  /// Where the functions begin, by groups side by side and by tokens, both less one.
  private int[][] blocks(FloatAssembler assembler, BlockFormat format) {
    int sides = set.width() == Width.BITS_512 ? 2 : 1;
    int most = Math.min(MOST_TOKENS, TileProgram.mostTokens(set.width(), sides));
    var dot = set == InstructionSet.AVX2 ? TileProgram.Dot.PAIRS : TileProgram.Dot.DIRECT;
    var places = new int[sides][most];
    for (int side = 1; side <= sides; side++) {
      for (int tokens = 1; tokens <= most; tokens++) {
        places[side - 1][tokens - 1] =
            TileProgram.emit(assembler, format.layout(), dot, side, tokens);
      }
    }
    return places;
  }

  private int[][] numbers(Assembler assembler, DenseFormat format) {
    var places = new int[1][DenseProgram.mostTokens(set.width())];
    for (int tokens = 1; tokens <= places[0].length; tokens++) {
      places[0][tokens - 1] = DenseProgram.emit(assembler, format, tokens);
    }
    return places;
  }

  /// @param tiles functions by groups side by side and by tokens, both less one
  /// @param rounding writes panels; null where they are floats
  /// @param packing packs rows; null where Java does
  /// @param rowBytes of a group in a row of the result
  private record Tiles(
      Routine[][] tiles,
      Routine rounding,
      Routine packing,
      int groups,
      long unitBytes,
      long rowBytes)
      implements BlockKernel {
    @Override
    public void panel(PackedFormat format, long x, int cols, int tokens, long panel) {
      if (rounding == null || tokens == 0) {
        format.panel(x, cols, tokens, panel);
      } else {
        rounding.call(x, panel, tokens, cols / BlockFormat.COLUMNS, 0, 0, 0);
      }
    }

    @Override
    public void pack(
        PackedFormat format, long from, long stride, long group, int lane, int rows, int cols) {
      if (packing == null) {
        BlockKernel.super.pack(format, from, stride, group, lane, rows, cols);
      } else {
        packing.call(from, stride, group, format.units(cols), lane, rows, 0);
      }
    }

    @Override
    public int tokens() {
      return tiles[0].length;
    }

    @Override
    public void tile(
        long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
      int side = tokens == 1 ? 1 : Math.min(tiles.length, groups);
      int together = groups / side;
      tiles[side - 1][tokens - 1].call(w, panel, y, units, together, stride, ahead);
      int done = together * side;
      if (done < groups) {
        long rest = w + done * units * unitBytes;
        long at = y + rowBytes * done;
        tiles[0][tokens - 1].call(rest, panel, at, units, groups - done, stride, ahead);
      }
    }
  }
}
