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

/// A packed matrix `[rows, cols]` ([PackedFormat]). Activations that are multiplied with quantised
/// numbers are rounded to signed bytes, 32 at a time; others stay F32. Sums are F32.
public final class BlockMatrix implements Weight.Packed {
  private static final long PART_BYTES = 1 << 19; // of weights that one worker takes at a time
  private static final long FILE_BYTES = 1 << 22; // of the file that are packed at a time
  private static final long CALL_BYTES = 1 << 17; // of the file that one call packs
  private static final long AHEAD = 4096; // how far beyond the reading memory is asked for

  private final PackedFormat format;
  private final int rows;
  private final int cols;
  private final MemorySegment data;
  private final BlockKernel kernel;
  private final long groupBytes;

  private BlockMatrix(
      PackedFormat format, int rows, int cols, MemorySegment data, BlockKernel kernel) {
    this.format = format;
    this.rows = rows;
    this.cols = cols;
    this.data = data;
    this.kernel = kernel;
    this.groupBytes = format.groupBytes(cols);
  }

  /// Packs the blocks of `file`, rows one after the other, into `arena`. Pages of `file` that come
  /// from a mapped file are given back.
  /// @param from which row of the file becomes row `i`
  /// @throws IllegalArgumentException if sizes do not fit
  public static BlockMatrix pack(
      PackedFormat format,
      MemorySegment file,
      int rows,
      int cols,
      IntUnaryOperator from,
      BlockKernels kernels,
      Workers workers,
      Arena arena) {
    long rowBytes = (long) cols / format.fileColumns() * format.fileBytes();
    if (!format.fits(cols) || rows < 1 || file.byteSize() != rows * rowBytes) {
      throw new IllegalArgumentException(
          "%d bytes for [%d, %d] %s".formatted(file.byteSize(), rows, cols, format));
    }
    int groups = Math.ceilDiv(rows, format.groupRows());
    long groupBytes = format.groupBytes(cols);
    var data = Pages.data(groups * groupBytes, arena);
    var kernel = kernels.kernel(format);
    int together = format.groupRows();
    int step = (int) Math.max(1, FILE_BYTES / (together * rowBytes)); // groups of a part
    workers.run(Math.ceilDiv(groups, step), part -> {
      int first = part * step * together;
      int last = Math.min(rows, first + step * together);
      int most = (int) Math.max(1, CALL_BYTES / rowBytes);
      for (int row = first; row < last; ) {
        int end = Math.min(Math.min(last, row + most), (row / together + 1) * together);
        int source = from.applyAsInt(row);
        int apart = row + 1 < end ? from.applyAsInt(row + 1) - source : 0;
        int count = evenly(from, row, end, source, apart);
        long at = file.address() + source * rowBytes;
        long group = data.address() + row / together * groupBytes;
        kernel.pack(format, at, apart * rowBytes, group, row % together, count, cols);
        row += count;
      }
      Pages.giveBack(file.asSlice(first * rowBytes, (last - first) * rowBytes));
    });
    return new BlockMatrix(format, rows, cols, data, kernel);
  }

  /// How many rows from `row` on come from rows of the file that lie `apart` rows apart.
  private static int evenly(IntUnaryOperator from, int row, int end, int source, int apart) {
    int count = 1;
    while (row + count < end && from.applyAsInt(row + count) == source + count * apart) {
      count++;
    }
    return count;
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
    return 4L * format.groupRows() * kernel.tokens();
  }

  @Override
  public long workBytes(int tokens) {
    return tailBytes() + panelBytes(tokens);
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
      long rows = x.data().address() + 4L * cols * first;
      kernel.panel(format, rows, cols, count, panels + panelBytes(first));
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
    int groups = rows / format.groupRows(); // whole ones
    int tail = rows % format.groupRows();
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
    return format.panelBytes(tokens, cols);
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
        long at = y.data().address() + first * stride + 4L * format.groupRows() * g;
        kernel.tile(
            data.address() + g * groupBytes,
            format.units(cols),
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
    int group = rows / format.groupRows();
    int count = rows % format.groupRows();
    long asideRow = 4L * format.groupRows();
    int tile = tile(tokens);
    for (int first = 0; first < tokens; first += tile) {
      int some = Math.min(tile, tokens - first);
      kernel.tile(
          data.address() + group * groupBytes,
          format.units(cols),
          1,
          panels + panelBytes(first),
          some,
          aside,
          asideRow,
          0);
      for (int t = 0; t < some; t++) {
        long to = y.data().address() + 4L * (first + t) * rows + asideRow * group;
        MemorySegment.copy(Bytes.ALL, aside + asideRow * t, Bytes.ALL, to, 4L * count);
      }
    }
  }

  @Override
  public void embedding(Tensor y, int[] ids) {
    if (y.type() != DType.F32 || y.cols() != cols || y.rows() != ids.length) {
      throw new IllegalArgumentException(y + " for " + ids.length + " rows of " + cols);
    }
    var packing = format.packing();
    int together = format.groupRows();
    for (int i = 0; i < ids.length; i++) {
      int row = Objects.checkIndex(ids[i], rows);
      long group = data.address() + row / together * groupBytes;
      packing.decode(group, row % together, cols, y.data().address() + 4L * cols * i);
    }
  }
}
