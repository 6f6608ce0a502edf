package herd.engine.quant;

import herd.engine.code.Pages;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Weight;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/// A packed matrix `[rows, cols]` ([BlockFormat]). Activations are rounded to signed bytes, 32 at a
/// time, before they are multiplied with it; sums are F32.
public final class BlockMatrix implements Weight.Packed {
  private static final long PART_BYTES = 1 << 19; // of weights that one worker takes at a time
  private static final long FILE_BYTES = 1 << 22; // of the file that are packed at a time
  private static final long AHEAD = 4096; // how far beyond the reading memory is asked for

  private final BlockFormat format;
  private final int rows;
  private final int cols;
  private final MemorySegment data;
  private final BlockKernel kernel;
  private final long groupBytes;

  private BlockMatrix(
      BlockFormat format, int rows, int cols, MemorySegment data, BlockKernels kernels) {
    this.format = format;
    this.rows = rows;
    this.cols = cols;
    this.data = data;
    this.kernel = kernels.kernel(format);
    this.groupBytes = format.groupBytes(cols);
  }

  /// Whether a matrix of `cols` columns can be packed.
  public static boolean fits(BlockFormat format, int cols) {
    return cols > 0 && cols % format.layout().unitColumns() == 0;
  }

  /// Packs the blocks of `file`, rows one after the other, into `arena`. Pages of `file` that come
  /// from a mapped file are given back.
  /// @param from which row of the file becomes row `i`
  /// @throws IllegalArgumentException if sizes do not fit
  public static BlockMatrix pack(
      BlockFormat format,
      MemorySegment file,
      int rows,
      int cols,
      IntUnaryOperator from,
      BlockKernels kernels,
      Workers workers,
      Arena arena) {
    long rowBytes = (long) cols / format.fileColumns() * format.fileBytes();
    if (!fits(format, cols) || rows < 1 || file.byteSize() != rows * rowBytes) {
      throw new IllegalArgumentException(
          "%d bytes for [%d, %d] %s".formatted(file.byteSize(), rows, cols, format));
    }
    int groups = Math.ceilDiv(rows, BlockFormat.ROWS);
    long groupBytes = format.groupBytes(cols);
    var data = Pages.data(groups * groupBytes, arena);
    int step = (int) Math.max(1, FILE_BYTES / (BlockFormat.ROWS * rowBytes)); // groups of a part
    workers.run(Math.ceilDiv(groups, step), part -> {
      var packing = new Packing(format);
      int first = part * step * BlockFormat.ROWS;
      int last = Math.min(rows, first + step * BlockFormat.ROWS);
      for (int row = first; row < last; row++) {
        long to = data.address() + row / BlockFormat.ROWS * groupBytes;
        long source = file.address() + from.applyAsInt(row) * rowBytes;
        packing.row(source, to, row % BlockFormat.ROWS, cols);
      }
      Pages.giveBack(file.asSlice(first * rowBytes, (last - first) * rowBytes));
    });
    return new BlockMatrix(format, rows, cols, data, kernels);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  @Override
  public String format() {
    return format.name();
  }

  @Override
  public long bytes() {
    return data.byteSize();
  }

  private long tailBytes() {
    return 4L * BlockFormat.ROWS * kernel.tokens();
  }

  @Override
  public long workBytes(int tokens) {
    return tailBytes() + Activations.bytes(format.layout(), tokens, cols);
  }

  @Override
  public void prepare(Tensor x, Workers workers, MemorySegment work) {
    check(x, cols, x.rows(), work);
    int tokens = x.rows();
    if (tokens == 0) {
      return;
    }
    int tile = tile(tokens);
    long panels = work.address() + tailBytes();
    workers.run(Math.ceilDiv(tokens, tile), part -> {
      int first = part * tile;
      int count = Math.min(tile, tokens - first);
      long panel = panels + panelBytes(first);
      for (int t = 0; t < count; t++) {
        long row = x.data().address() + 4L * cols * (first + t);
        Activations.quantise(format.layout(), row, cols, panel, t, count);
      }
    });
  }

  @Override
  public void multiply(Tensor y, Workers workers, MemorySegment work) {
    check(y, rows, y.rows(), work);
    int tokens = y.rows();
    if (tokens == 0) {
      return;
    }
    long panels = work.address() + tailBytes();
    int groups = rows / BlockFormat.ROWS; // whole ones
    int tail = rows % BlockFormat.ROWS;
    int most = (int) Math.max(kernel.groups(), PART_BYTES / groupBytes);
    int share = Math.ceilDiv(groups, workers.count());
    int step = Math.max(1, Math.min(most, Math.ceilDiv(share, kernel.groups()) * kernel.groups()));
    int parts = Math.ceilDiv(groups, step);
    workers.run(parts + (tail > 0 ? 1 : 0), part -> {
      if (part < parts) {
        int from = part * step;
        groups(y, panels, tokens, from, Math.min(groups, from + step));
      } else {
        tail(y, panels, tokens, work.address());
      }
    });
  }

  private void check(Tensor tensor, int wanted, int tokens, MemorySegment work) {
    boolean fits =
        tensor.type() == DType.F32 && tensor.cols() == wanted && tensor.data().isNative();
    if (!fits || work.byteSize() < workBytes(tokens) || !work.isNative()) {
      throw new IllegalArgumentException(
          "%s for a matrix [%d, %d] %s".formatted(tensor, rows, cols, format));
    }
    if (!data.scope().isAlive()
        || !work.scope().isAlive()
        || !tensor.data().scope().isAlive()) {
      throw new IllegalStateException("an arena is closed");
    }
  }

  private long panelBytes(int tokens) {
    return Activations.bytes(format.layout(), tokens, cols);
  }

  /// Tokens of a panel: as many panels as there must be, of nearly equal size.
  private int tile(int tokens) {
    return Math.ceilDiv(tokens, Math.ceilDiv(tokens, kernel.tokens()));
  }

  /// All tokens times some groups. With several panels a few groups stay near while all panels pass
  /// by, and the next groups are asked for meanwhile.
  private void groups(Tensor y, long panels, int tokens, int from, int to) {
    int tile = tile(tokens);
    int step = tokens <= tile ? to - from : kernel.groups();
    long stride = 4L * rows;
    for (int g = from; g < to; g += step) {
      int count = Math.min(step, to - g);
      long ahead = tokens <= tile ? AHEAD : count * groupBytes;
      for (int first = 0; first < tokens; first += tile) {
        int some = Math.min(tile, tokens - first);
        long at = y.data().address() + first * stride + 64L * g;
        kernel.tile(
            data.address() + g * groupBytes,
            units(),
            count,
            panels + panelBytes(first),
            some,
            at,
            stride,
            ahead);
      }
    }
  }

  /// The last rows, which do not fill a group: first aside, then what there is of them.
  private void tail(Tensor y, long panels, int tokens, long aside) {
    int group = rows / BlockFormat.ROWS;
    int count = rows % BlockFormat.ROWS;
    int tile = tile(tokens);
    for (int first = 0; first < tokens; first += tile) {
      int some = Math.min(tile, tokens - first);
      kernel.tile(
          data.address() + group * groupBytes,
          units(),
          1,
          panels + panelBytes(first),
          some,
          aside,
          4L * BlockFormat.ROWS,
          0);
      for (int t = 0; t < some; t++) {
        long to = y.data().address() + 4L * ((long) (first + t) * rows + group * BlockFormat.ROWS);
        MemorySegment.copy(Bytes.ALL, aside + 4L * BlockFormat.ROWS * t, Bytes.ALL, to, 4L * count);
      }
    }
  }

  private int units() {
    return cols / format.layout().unitColumns();
  }

  @Override
  public void embedding(Tensor y, int[] ids) {
    if (y.type() != DType.F32 || y.cols() != cols || y.rows() != ids.length) {
      throw new IllegalArgumentException(y + " for " + ids.length + " rows of " + cols);
    }
    var packing = new Packing(format);
    for (int i = 0; i < ids.length; i++) {
      int row = Objects.checkIndex(ids[i], rows);
      long group = data.address() + row / BlockFormat.ROWS * groupBytes;
      packing.decode(group, row % BlockFormat.ROWS, cols, y.data().address() + 4L * cols * i);
    }
  }
}
