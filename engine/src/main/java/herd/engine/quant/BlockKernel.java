package herd.engine.quant;

/// The product of packed rows of one format with panels of activations. Each number of the result
/// is the sum over blocks, in order, of `float(integer product) * (scale of the row * scale of the
/// token)` and of `min * sum`, each added by a fused multiply-add in F32: all kernels but the
/// oracle round alike, whatever the tile. Of numbers that stand for themselves it is the sum over
/// columns, in order, each added by a fused multiply-add in F32.
public interface BlockKernel {
  /// Most tokens of a panel.
  int tokens();

  /// Groups that are best done together when there are several panels.
  int groups();

  /// Writes a panel of activations, to the same bits as [PackedFormat#panel].
  /// @param x address of the first of `tokens` rows that follow each other
  default void panel(PackedFormat format, long x, int cols, int tokens, long panel) {
    format.panel(x, cols, tokens, panel);
  }

  /// Packs rows of a file into a group, to the same bytes as [PackedFormat.RowPacking#row].
  /// @param from address of the first of `rows` rows, at least one
  /// @param stride bytes from one row to the next, of any sign
  /// @param group address of the group
  /// @param lane of the group that the first row becomes
  default void pack(
      PackedFormat format, long from, long stride, long group, int lane, int rows, int cols) {
    var packing = format.packing();
    for (int i = 0; i < rows; i++) {
      packing.row(from + i * stride, group, lane + i, cols);
    }
  }

  /// Writes the numbers of all rows of `groups` groups for each of the `tokens` rows at `y`.
  /// @param w address of the first group
  /// @param units of a row
  /// @param stride bytes from one row of `y` to the next
  /// @param ahead bytes beyond what is read that are likely read next
  void tile(long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead);
}
