package herd.engine.quant;

import java.util.ArrayList;
import java.util.List;

/// How the numbers of a matrix lie in packed memory: some rows together (a *group*), and of these
/// some columns at a time (a *unit*). Kernels read the other operand from *panels*, of which the
/// format knows too.
public sealed interface PackedFormat permits BlockFormat, DenseFormat {
  /// As in GGUF files.
  String name();

  /// Numbers of a block in a file; rows are whole blocks.
  int fileColumns();

  /// Bytes of a block in a file.
  int fileBytes();

  /// Whether rows of `cols` numbers can be packed.
  boolean fits(int cols);

  /// Rows of a group.
  int groupRows();

  /// Units of a row of `cols` numbers.
  int units(int cols);

  /// Bytes of a unit of all rows of a group.
  int unitBytes();

  /// Bytes of a panel of `tokens` rows of `cols` activations.
  long panelBytes(int tokens, int cols);

  /// Writes a panel.
  /// @param x address of the first of `tokens` rows that follow each other
  void panel(long x, int cols, int tokens, long panel);

  /// What moves rows into groups and back; for one thread.
  RowPacking packing();

  /// Bytes of a group.
  default long groupBytes(int cols) {
    return (long) units(cols) * unitBytes();
  }

  /// All formats.
  static List<PackedFormat> all() {
    var all = new ArrayList<PackedFormat>(List.of(BlockFormat.values()));
    all.addAll(List.of(DenseFormat.values()));
    return all;
  }

  /// The format of that name; null if it is none of these.
  static PackedFormat of(String name) {
    for (var format : all()) {
      if (format.name().equals(name)) {
        return format;
      }
    }
    return null;
  }

  /// Moves rows of a matrix into groups and back.
  interface RowPacking {
    /// Packs one row of `cols` numbers at `from` as row `lane` of the group at `to`.
    void row(long from, long to, int lane, int cols);

    /// Writes row `lane` of the group at `group` to `out` as F32.
    void decode(long group, int lane, int cols, long out);
  }
}
