package herd.engine.quant;

/// Numbers that stand for themselves. 32 rows lie together, so that a column of them fills cache
/// lines; eight columns are a unit, the last one filled up with zeros. F32 and F16 lie column by
/// column; of BF16 two neighbouring columns share 32-bit lanes, the first in the lower half.
///
/// A panel has the activations of all its tokens side by side for each column, as F32.
public enum DenseFormat implements PackedFormat {
  F32(4, 1),
  F16(2, 1),
  BF16(2, 2);

  /// Rows of a group.
  static final int ROWS = 32;

  /// Columns of a unit.
  static final int COLUMNS = 8;

  private final int bytes;
  private final int together;

  /// @param together columns that share a lane
  DenseFormat(int bytes, int together) {
    this.bytes = bytes;
    this.together = together;
  }

  @Override
  public int fileColumns() {
    return 1;
  }

  @Override
  public int fileBytes() {
    return bytes;
  }

  @Override
  public boolean fits(int cols) {
    return cols > 0;
  }

  @Override
  public int groupRows() {
    return ROWS;
  }

  @Override
  public int units(int cols) {
    return Math.ceilDiv(cols, COLUMNS);
  }

  @Override
  public int unitBytes() {
    return ROWS * COLUMNS * bytes;
  }

  @Override
  public long panelBytes(int tokens, int cols) {
    return 4L * COLUMNS * units(cols) * tokens;
  }

  @Override
  public void panel(long x, int cols, int tokens, long panel) {
    long to = panel;
    for (int c = 0; c < cols; c++) {
      long from = x + 4L * c;
      for (int t = 0; t < tokens; t++, to += 4, from += 4L * cols) {
        Bytes.putInt(to, Bytes.integer(from));
      }
    }
    for (long end = panel + panelBytes(tokens, cols); to < end; to += 4) {
      Bytes.putInt(to, 0);
    }
  }

  @Override
  public RowPacking packing() {
    return new Rows(this);
  }

  /// Where the number of a row and a column lies in its group.
  long place(int lane, int column) {
    int first = column / together * together;
    return (long) bytes * (ROWS * first + lane * together + column - first);
  }

  float value(long address) {
    return switch (this) {
      case F32 -> Bytes.floating(address);
      case F16 -> Bytes.halfAsFloat(address);
      case BF16 -> Float.intBitsToFloat(Bytes.half(address) << 16);
    };
  }

  private record Rows(DenseFormat format) implements RowPacking {
    @Override
    public void row(long from, long to, int lane, int cols) {
      switch (format) {
        case F32 -> {
          long at = to + 4L * lane;
          for (int c = 0; c < cols; c++, at += 4 * ROWS) {
            Bytes.putInt(at, Bytes.integer(from + 4L * c));
          }
        }
        case F16 -> {
          long at = to + 2L * lane;
          for (int c = 0; c < cols; c++, at += 2 * ROWS) {
            Bytes.putHalf(at, Bytes.half(from + 2L * c));
          }
        }
        case BF16 -> {
          long at = to + 4L * lane;
          int c = 0;
          for (; c + 1 < cols; c += 2, at += 4 * ROWS) {
            Bytes.putInt(at, Bytes.integer(from + 2L * c));
          }
          if (c < cols) {
            Bytes.putHalf(at, Bytes.half(from + 2L * c));
          }
        }
      }
    }

    @Override
    public void decode(long group, int lane, int cols, long out) {
      for (int c = 0; c < cols; c++) {
        Bytes.putFloat(out + 4L * c, format.value(group + format.place(lane, c)));
      }
    }
  }
}
