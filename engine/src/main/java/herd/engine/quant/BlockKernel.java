package herd.engine.quant;

/// The product of packed rows of one format with panels of activations. Each number of the result
/// is the sum over blocks, in order, of `float(integer product) * (scale of the row * scale of the
/// token)` and of `min * sum`, each added by a fused multiply-add in F32: all kernels but the
/// oracle round alike, whatever the tile.
public interface BlockKernel {
  /// Most tokens of a panel.
  int tokens();

  /// Groups of 16 rows that are best done together when there are several panels.
  int groups();

  /// Writes `groups * 16` numbers of each of the `tokens` rows at `y`.
  /// @param w address of the first group
  /// @param units blocks of a row, or headers with their blocks
  /// @param stride bytes from one row of `y` to the next
  /// @param ahead bytes beyond what is read that are likely read next
  void tile(long w, int units, int groups, long panel, int tokens, long y, long stride, long ahead);
}
