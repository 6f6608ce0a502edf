package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// A row-major matrix `[rows, cols]` on flat off-heap memory. A vector is a matrix of one row. The
/// tensor does not own its memory: the arena it was allocated from does. Rows follow each other
/// without gaps, so a range of rows is a view.
public final class Tensor implements Weight {
  /// Alignment of every allocation, in bytes: a cache line and the widest vector.
  public static final long ALIGNMENT = 64;

  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private final DType type;
  private final int rows;
  private final int cols;
  private final MemorySegment data;

  private Tensor(DType type, int rows, int cols, MemorySegment data) {
    this.type = Objects.requireNonNull(type);
    this.rows = rows;
    this.cols = cols;
    this.data = data;
  }

  /// A zeroed tensor `[rows, cols]` in `arena`, aligned to 64 bytes.
  public static Tensor allocate(Arena arena, DType type, int rows, int cols) {
    long bytes = bytes(type, rows, cols);
    return new Tensor(
        type, rows, cols, arena.allocate(Math.max(bytes, 1), ALIGNMENT).asSlice(0, bytes));
  }

  /// A view of `data`, which must hold exactly `rows * cols` numbers of `type`.
  /// @throws IllegalArgumentException if the size differs
  public static Tensor of(MemorySegment data, DType type, int rows, int cols) {
    if (data.byteSize() != bytes(type, rows, cols)) {
      throw new IllegalArgumentException(
          "%d bytes for [%d, %d] %s".formatted(data.byteSize(), rows, cols, type));
    }
    return new Tensor(type, rows, cols, data);
  }

  /// A copy of `values` as one row in `arena`.
  public static Tensor of(Arena arena, float... values) {
    var tensor = allocate(arena, DType.F32, 1, values.length);
    tensor.copyFrom(values);
    return tensor;
  }

  private static long bytes(DType type, int rows, int cols) {
    if (rows < 0 || cols < 0) {
      throw new IllegalArgumentException("negative shape [" + rows + ", " + cols + "]");
    }
    return Math.multiplyExact(Math.multiplyExact((long) rows, cols), type.bytes());
  }

  public DType type() {
    return type;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  /// `rows * cols`.
  public long size() {
    return (long) rows * cols;
  }

  /// The memory behind this tensor: `size() * type().bytes()` bytes, native byte order.
  public MemorySegment data() {
    return data;
  }

  /// The address of the first number, for kernels.
  /// @throws IllegalArgumentException if this is not `F32` off the heap
  /// @throws IllegalStateException if its arena is closed
  public long address() {
    if (type != DType.F32 || !data.isNative()) {
      throw new IllegalArgumentException(this + "; allowed: F32 off the heap");
    }
    if (!data.scope().isAlive()) {
      throw new IllegalStateException(this + ": its arena is closed");
    }
    return data.address();
  }

  /// One number; for reference code and tests, never for a hot loop.
  public double get(int row, int col) {
    long index = (long) Objects.checkIndex(row, rows) * cols + Objects.checkIndex(col, cols);
    return type == DType.F32 ? data.getAtIndex(F32, index) : data.getAtIndex(F64, index);
  }

  /// Sets one number, rounded to this tensor's type.
  public void set(int row, int col, double value) {
    long index = (long) Objects.checkIndex(row, rows) * cols + Objects.checkIndex(col, cols);
    if (type == DType.F32) {
      data.setAtIndex(F32, index, (float) value);
    } else {
      data.setAtIndex(F64, index, value);
    }
  }

  /// Rows `from` (inclusive) to `to` (exclusive) as a view on the same memory.
  public Tensor rows(int from, int to) {
    Objects.checkFromToIndex(from, to, rows);
    long stride = (long) cols * type.bytes();
    return new Tensor(type, to - from, cols, data.asSlice(from * stride, (to - from) * stride));
  }

  /// The same numbers under another shape of the same size.
  public Tensor reshape(int newRows, int newCols) {
    if ((long) newRows * newCols != size()) {
      throw new IllegalArgumentException("%s as [%d, %d]".formatted(this, newRows, newCols));
    }
    return new Tensor(type, newRows, newCols, data);
  }

  /// Sets every number to `value`.
  public Tensor fill(double value) {
    if (value == 0) {
      data.fill((byte) 0);
    } else {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          set(r, c, value);
        }
      }
    }
    return this;
  }

  /// Copies all numbers of `source`, which has the same shape; converts between types.
  public void copyFrom(Tensor source) {
    if (source.rows != rows || source.cols != cols) {
      throw new IllegalArgumentException(source + " into " + this);
    }
    if (source.type == type) {
      data.copyFrom(source.data);
      return;
    }
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        set(r, c, source.get(r, c));
      }
    }
  }

  /// Copies `size()` floats, row by row.
  public void copyFrom(float[] values) {
    if (values.length != size()) {
      throw new IllegalArgumentException(values.length + " values into " + this);
    }
    if (type == DType.F32) {
      MemorySegment.copy(values, 0, data, F32, 0, values.length);
    } else {
      for (int i = 0; i < values.length; i++) {
        data.setAtIndex(F64, i, values[i]);
      }
    }
  }

  /// A copy of all numbers as floats, row by row.
  /// @throws ArithmeticException if there are more than an array can hold
  public float[] toFloats() {
    var out = new float[Math.toIntExact(size())];
    if (type == DType.F32) {
      MemorySegment.copy(data, F32, 0, out, 0, out.length);
    } else {
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) data.getAtIndex(F64, i);
      }
    }
    return out;
  }

  @Override
  public String toString() {
    return type + " [" + rows + ", " + cols + "]";
  }
}
