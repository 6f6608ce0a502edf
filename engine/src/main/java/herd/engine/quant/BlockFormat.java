package herd.engine.quant;

/// The formats of blocks that can be packed, named as in GGUF files. A number is
/// `scale * (code - zero) + min`, where scale and min belong to a block of 32 numbers of a row, or
/// to half of it.
///
/// *Packed*, 16 rows lie together (a *group*). For each 32 columns there is a block: scales of
/// the 16 rows, mins if there are any, then the codes in planes of 1, 2, 4 or 8 bits. A plane
/// of `b` bits is `b` vectors of 64 bytes; the 32-bit lane of a row in them holds four
/// neighbouring numbers (a *quad*), one in each byte. So a vector of lanes times four numbers
/// of the other operand, repeated, gives 16 rows' sums at once. Formats with scales of scales
/// put a header before every eight blocks.
public enum BlockFormat implements PackedFormat {
  Q8_0(32, 34, plain(128, 8)),
  Q4_0(32, 18, plain(8, 4)),
  Q4_1(32, 20, withMins(4)),
  Q5_0(32, 22, plain(16, 4, 1)),
  Q5_1(32, 24, withMins(4, 1)),
  IQ4_NL(32, 18, levels(1)),
  Q2_K(256, 84, scaled(0, 2, true, 2)),
  Q3_K(256, 110, scaled(4, 2, false, 2, 1)),
  Q4_K(256, 144, scaled(0, 1, true, 4)),
  Q5_K(256, 176, scaled(0, 1, true, 4, 1)),
  Q6_K(256, 210, scaled(32, 2, false, 4, 2)),
  IQ4_XS(256, 136, levels(8));

  /// Rows of a group.
  static final int ROWS = 16;

  /// Columns of a block.
  static final int COLUMNS = 32;

  /// How a format lies in packed memory.
  /// @param zero the code of the number 0, before any min
  /// @param bits of the planes, the lowest bits first
  /// @param halves scales of a block: 1, or 2 for 16 columns each
  /// @param blocks blocks that share a header, where scales are bytes; 1 if there are no headers
  ///     and scales are F16
  /// @param mins whether there are mins
  /// @param table what the codes stand for (before zero is taken away); null for themselves
  record Layout(int zero, int[] bits, int halves, int blocks, boolean mins, byte[] table) {
    /// Bytes of the scales, and as many of the mins, of a block.
    int scaleBytes() {
      return blocks == 1 ? 2 * ROWS * halves : ROWS * halves;
    }

    /// Bytes before the codes of a block.
    int codesAt() {
      return mins ? 2 * scaleBytes() : scaleBytes();
    }

    int blockBytes() {
      return codesAt() + 64 * codeBits();
    }

    private int codeBits() {
      int sum = 0;
      for (int plane : bits) {
        sum += plane;
      }
      return sum;
    }

    int headerBytes() {
      return blocks == 1 ? 0 : mins ? 4 * ROWS : 2 * ROWS;
    }

    /// Columns of what repeats: a block, or a header and its blocks.
    int unitColumns() {
      return COLUMNS * blocks;
    }

    int unitBytes() {
      return headerBytes() + blocks * blockBytes();
    }

    /// The largest number that a code stands for.
    int most() {
      if (table == null) {
        return (1 << codeBits()) - 1;
      }
      int most = 0;
      for (byte entry : table) {
        most = Math.max(most, entry & 0xFF);
      }
      return most;
    }
  }

  private final int fileColumns;
  private final int fileBytes;
  private final Layout layout;

  BlockFormat(int fileColumns, int fileBytes, Layout layout) {
    this.fileColumns = fileColumns;
    this.fileBytes = fileBytes;
    this.layout = layout;
  }

  private static Layout plain(int zero, int... bits) {
    return new Layout(zero, bits, 1, 1, false, null);
  }

  private static Layout withMins(int... bits) {
    return new Layout(0, bits, 1, 1, true, null);
  }

  private static Layout scaled(int zero, int halves, boolean mins, int... bits) {
    return new Layout(zero, bits, halves, 8, mins, null);
  }

  /// The sixteen uneven levels of the IQ4 formats, 128 added to each.
  private static Layout levels(int blocks) {
    int[] levels = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};
    var table = new byte[16];
    for (int i = 0; i < table.length; i++) {
      table[i] = (byte) levels[i];
    }
    return new Layout(128, new int[] {4}, 1, blocks, false, table);
  }

  @Override
  public int fileColumns() {
    return fileColumns;
  }

  @Override
  public int fileBytes() {
    return fileBytes;
  }

  Layout layout() {
    return layout;
  }

  @Override
  public boolean fits(int cols) {
    return cols > 0 && cols % layout.unitColumns() == 0;
  }

  @Override
  public int groupRows() {
    return ROWS;
  }

  @Override
  public int units(int cols) {
    return cols / layout.unitColumns();
  }

  @Override
  public int unitBytes() {
    return layout.unitBytes();
  }

  @Override
  public long panelBytes(int tokens, int cols) {
    return Activations.bytes(layout, tokens, cols);
  }

  @Override
  public void panel(long x, int cols, int tokens, long panel) {
    for (int t = 0; t < tokens; t++) {
      Activations.quantise(layout, x + 4L * cols * t, cols, panel, t, tokens);
    }
  }

  @Override
  public RowPacking packing() {
    return new Packing(this);
  }
}
