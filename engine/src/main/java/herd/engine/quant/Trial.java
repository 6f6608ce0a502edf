package herd.engine.quant;

import herd.engine.code.InstructionSet;
import herd.engine.code.Pages;
import herd.engine.code.Rehearsal;
import herd.engine.quant.BlockFormat.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// Runs kernels where they can do no harm: in a JVM of its own, every format at odd shapes, each
/// operand once right before and once right after memory that must not be touched. The result must
/// be the oracle's.
public final class Trial {
  private static final double TOLERANCE = 2e-6;
  private static final int[] GROUPS = {1, 2, 3};
  private static final int[] UNITS = {1, 3};
  private static final int[] APART = {1, 2, -1}; // rows of a file that follow each other packed

  private Trial() {}

  /// What the child JVM runs: the name of a set.
  public static void main(String[] args) {
    check(MachineBlocks.of(InstructionSet.valueOf(args[0])));
  }

  /// Whether `set` passes, or has passed before.
  static boolean passes(InstructionSet set, Path verdicts) {
    var sources = List.of(
        TileProgram.class,
        PackingProgram.class,
        Packing.class,
        BlockKernel.class,
        TileCodes.class,
        TileCodes.Constants.class,
        PackedFormat.class,
        BlockFormat.class,
        DenseFormat.class,
        DenseProgram.class,
        Layout.class,
        RoundingProgram.class,
        MachineBlocks.class,
        Trial.class);
    return new Rehearsal(Trial.class, set.name(), sources).passes(verdicts);
  }

  // --- the shapes --------------------------------------------------------------------------------

  /// @throws IllegalStateException if a result is not the oracle's
  static void check(BlockKernels kernels) {
    var random = new Random(5);
    for (var format : PackedFormat.all()) {
      for (boolean atEnd : new boolean[] {false, true}) {
        for (int units : UNITS) {
          for (int apart : APART) {
            new Pack(format, units, apart, atEnd).check(kernels.kernel(format), random);
          }
        }
      }
      int most = kernels.kernel(format).tokens();
      for (int units : UNITS) {
        for (int groups : GROUPS) {
          for (int tokens = 1; tokens <= most; tokens++) {
            for (boolean atEnd : new boolean[] {false, true}) {
              new Shape(format, units, groups, tokens, atEnd).check(kernels, random);
            }
          }
        }
      }
    }
  }

  private static int cols(PackedFormat format, int units) {
    return switch (format) {
      case BlockFormat blocks -> units * blocks.layout().unitColumns();
      case DenseFormat _ -> units * DenseFormat.COLUMNS - units % 2; // the last one filled up
    };
  }

  private static void fill(MemorySegment memory, Random random) {
    var bytes = new byte[(int) memory.byteSize()];
    random.nextBytes(bytes);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
  }

  /// Packs rows, of which the first or last touches a page that must not be touched, into some
  /// lanes; the bytes must be those of [PackedFormat.RowPacking], and all others what they were.
  private record Pack(PackedFormat format, int units, int apart, boolean atEnd) {
    void check(BlockKernel kernel, Random random) {
      int most = format.groupRows();
      for (int[] lanes : new int[][] {{0, most}, {0, 1}, {most - 1, 1}, {5, most - 7}}) {
        check(kernel, random, lanes[0], lanes[1]);
      }
    }

    private void check(BlockKernel kernel, Random random, int lane, int rows) {
      int cols = cols(format, units);
      long rowBytes = (long) cols / format.fileColumns() * format.fileBytes();
      long stride = apart * rowBytes;
      try (var arena = Arena.ofConfined()) {
        long between = Math.abs(stride) * (rows - 1);
        var file = Pages.guarded(between + rowBytes, atEnd, arena);
        var found = Pages.guarded(format.groupBytes(cols), atEnd, arena);
        fill(file, random);
        fill(found, random);
        var expected = arena.allocate(found.byteSize(), 64).copyFrom(found);
        long from = file.address() + (apart < 0 ? between : 0);
        kernel.pack(format, from, stride, found.address(), lane, rows, cols);
        var packing = format.packing();
        for (int i = 0; i < rows; i++) {
          packing.row(from + i * stride, expected.address(), lane + i, cols);
        }
        if (expected.mismatch(found) >= 0) {
          throw new IllegalStateException(this + ": packed otherwise");
        }
      }
    }
  }

  private record Shape(PackedFormat format, int units, int groups, int tokens, boolean atEnd) {
    void check(BlockKernels kernels, Random random) {
      try (var arena = Arena.ofConfined()) {
        var w = guarded((long) groups * units * format.unitBytes(), arena);
        weights(w, random);
        int cols = cols(format, units);
        var panel = guarded(format.panelBytes(tokens, cols), arena);
        activations(kernels.kernel(format), panel, cols, random, arena);
        long size = 4L * groups * format.groupRows() * tokens;
        var found = guarded(size, arena);
        var expected = arena.allocate(size, 64);
        tile(kernels.kernel(format), w, panel, found);
        tile(new ReferenceBlocks().kernel(format), w, panel, expected);
        compare(expected, found);
      }
    }

    private MemorySegment guarded(long bytes, Arena arena) {
      return Pages.guarded(bytes, atEnd, arena);
    }

    private void tile(BlockKernel kernel, MemorySegment w, MemorySegment panel, MemorySegment y) {
      long stride = 4L * groups * format.groupRows();
      kernel.tile(
          w.address(), units, groups, panel.address(), tokens, y.address(), stride, 1 << 20);
    }

    private void weights(MemorySegment w, Random random) {
      fill(w, random);
      switch (format) {
        case BlockFormat blocks -> {
          var layout = blocks.layout();
          int halves = layout.blocks() == 1 ? layout.codesAt() / 2 : layout.headerBytes() / 2;
          for (long unit = 0; unit < w.byteSize(); unit += layout.unitBytes()) {
            for (int i = 0; i < halves; i++) {
              short scale = Float.floatToFloat16(random.nextFloat() - 0.5f);
              w.set(ValueLayout.JAVA_SHORT_UNALIGNED, unit + 2 * i, scale);
            }
          }
        }
        case DenseFormat numbers -> numbers(numbers, w, random);
      }
    }

    private static void numbers(DenseFormat format, MemorySegment w, Random random) {
      for (long at = 0; at < w.byteSize(); at += format.fileBytes()) {
        float value = (float) random.nextGaussian();
        short half = format == DenseFormat.F16
            ? Float.floatToFloat16(value)
            : (short) (Float.floatToIntBits(value) >>> 16);
        if (format == DenseFormat.F32) {
          w.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
        } else {
          w.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, half);
        }
      }
    }

    /// Fills the panel, and looks whether the kernel writes the same bits.
    private void activations(
        BlockKernel kernel, MemorySegment panel, int cols, Random random, Arena arena) {
      var rows = guarded(4L * cols * tokens, arena);
      float scale = random.nextInt(8); // a row of zeros too
      for (int i = 0; i < cols * tokens; i++) {
        float value = (float) random.nextGaussian() * scale;
        rows.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value);
      }
      kernel.panel(format, rows.address(), cols, tokens, panel.address());
      var expected = arena.allocate(panel.byteSize(), 64);
      format.panel(rows.address(), cols, tokens, expected.address());
      if (expected.mismatch(panel) >= 0) {
        throw new IllegalStateException(this + ": other activations");
      }
    }

    private void compare(MemorySegment expected, MemorySegment found) {
      double worst = 0;
      double most = 0;
      for (long i = 0; i < expected.byteSize() / 4; i++) {
        float e = expected.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
        float f = found.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
        worst = Math.max(worst, Math.abs(e - f));
        most = Math.max(most, Math.abs(e));
      }
      if (!(worst <= TOLERANCE * most)) {
        throw new IllegalStateException(this + ": wrong by " + worst + " of " + most);
      }
    }
  }
}
