package herd.engine.quant;

import herd.engine.quant.BlockFormat.Layout;

/// Plain loops in double over the same packed numbers: what the others are compared with.
public final class ReferenceBlocks implements BlockKernels {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public BlockKernel kernel(PackedFormat format) {
    return switch (format) {
      case BlockFormat blocks -> new Loops(blocks);
      case DenseFormat numbers -> new DenseLoops(numbers);
    };
  }

  private record DenseLoops(DenseFormat format) implements BlockKernel {
    @Override
    public int tokens() {
      return 4;
    }

    @Override
    public int groups() {
      return 1;
    }

    @Override
    public void tile(
        long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
      for (int row = 0; row < groups * DenseFormat.ROWS; row++) {
        long group = w + row / DenseFormat.ROWS * (long) units * format.unitBytes();
        for (int t = 0; t < tokens; t++) {
          double sum = 0;
          for (int c = 0; c < units * DenseFormat.COLUMNS; c++) {
            float x = Bytes.floating(panel + 4L * ((long) c * tokens + t));
            sum += (double) x * format.value(group + format.place(row % DenseFormat.ROWS, c));
          }
          Bytes.putFloat(y + t * stride + 4L * row, (float) sum);
        }
      }
    }
  }

  private record Loops(BlockFormat format) implements BlockKernel {
    @Override
    public int tokens() {
      return 4;
    }

    @Override
    public int groups() {
      return 1;
    }

    @Override
    public void tile(
        long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead) {
      long groupBytes = (long) units * format.layout().unitBytes();
      var packing = new Packing(format);
      for (int row = 0; row < groups * BlockFormat.ROWS; row++) {
        long group = w + row / BlockFormat.ROWS * groupBytes;
        for (int t = 0; t < tokens; t++) {
          double sum = row(packing, group, row % BlockFormat.ROWS, units, panel + 4L * t, tokens);
          Bytes.putFloat(y + t * stride + 4L * row, (float) sum);
        }
      }
    }

    private double row(Packing packing, long group, int lane, int units, long panel, int tokens) {
      var layout = format.layout();
      var quads = new int[8];
      double sum = 0;
      long x = panel;
      for (int block = 0; block < units * layout.blocks(); block++) {
        long unit = group + (long) (block / layout.blocks()) * layout.unitBytes();
        long at =
            unit + layout.headerBytes() + (long) (block % layout.blocks()) * layout.blockBytes();
        packing.codes(at + layout.codesAt() + 4 * lane, quads);
        for (int half = 0; half < layout.halves(); half++) {
          double scale = packing.scale(unit, at, lane, half);
          double min = layout.mins() ? packing.min(unit, at, lane, half) : 0;
          sum += half(layout, quads, half, x, 4L * tokens, scale, min);
        }
        x += 4L * Activations.numbers(layout) * tokens;
      }
      return sum;
    }

    private static double half(
        Layout layout, int[] quads, int half, long x, long stride, double scale, double min) {
      int count = BlockFormat.COLUMNS / layout.halves();
      double xScale = Bytes.floating(x + 8 * stride);
      double sum = 0;
      for (int i = half * count; i < (half + 1) * count; i++) {
        int code = quads[i / 4] >>> 8 * (i % 4) & 0xFF;
        double value = scale * (code - layout.zero()) + min;
        sum += value * xScale * Bytes.signed(x + i / 4 * stride + i % 4);
      }
      return sum;
    }
  }
}
