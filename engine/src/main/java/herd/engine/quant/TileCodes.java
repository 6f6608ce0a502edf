package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.quant.BlockFormat.Layout;

/// The instructions that take one quad's codes out of a block's planes.
/// @param constants where [TileConstants] lie
/// @param nibbles register whose bytes are all 15
/// @param spare register that may change
record TileCodes(Assembler a, Layout layout, Gpr constants, int nibbles, int spare) {
  /// @param to register for the codes, one quad in each 32-bit lane
  /// @param at where the vector begins in the block's first 64 bytes of codes
  void emit(int to, int j, Memory at) {
    int shift = 0;
    int plane = at.offset();
    for (int bits : layout.bits()) {
      int register = shift == 0 ? to : spare;
      var from = Memory.at(at.base(), plane + 64 * Packing.vector(bits, j));
      field(register, from, bits, Packing.shiftOf(bits, j) - shift, shift);
      if (shift > 0) {
        a.or(to, to, spare);
      }
      shift += bits;
      plane += 64 * bits;
    }
    if (layout.table() != null) {
      a.load(spare, Memory.at(constants, TileConstants.TABLE));
      a.lookUp(to, spare, to);
    }
  }

  /// Shifted words carry bits into their neighbours; the mask takes those away.
  private void field(int to, Memory from, int bits, int right, int shift) {
    if (bits == 8) {
      a.load(to, from);
      return;
    }
    if (right == 0 && bits == 4) {
      a.and(to, nibbles, from);
      return;
    }
    a.load(to, from);
    if (right > 0) {
      a.shiftShortsRight(to, to, right);
    } else if (right < 0) {
      a.shiftShortsLeft(to, to, -right);
    }
    if (bits == 4) {
      a.and(to, to, nibbles);
    } else {
      int mask = ((1 << bits) - 1) << shift;
      a.and(to, to, Memory.at(constants, TileConstants.mask(mask)));
    }
  }
}
