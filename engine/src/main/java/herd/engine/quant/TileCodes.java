package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.Assembler.Label;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.quant.BlockFormat.Layout;

/// The instructions that take one quad's codes out of a block's planes.
/// @param constants where [Constants] lie
/// @param nibbles register whose bytes are all 15; -1 for none
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
      a.load(spare, Memory.at(constants, Constants.TABLE));
      a.lookUp(to, spare, to);
    }
  }

  /// Shifted words carry bits into their neighbours; the mask takes those away.
  private void field(int to, Memory from, int bits, int right, int shift) {
    if (bits == 8) {
      a.load(to, from);
      return;
    }
    if (right == 0 && bits == 4 && nibbles >= 0) {
      a.and(to, nibbles, from);
      return;
    }
    a.load(to, from);
    if (right > 0) {
      a.shiftShortsRight(to, to, right);
    } else if (right < 0) {
      a.shiftShortsLeft(to, to, -right);
    }
    if (bits == 4 && nibbles >= 0) {
      a.and(to, to, nibbles);
    } else if (bits == 4) {
      a.and(to, to, Memory.at(constants, Constants.NIBBLES));
    } else {
      int mask = ((1 << bits) - 1) << shift;
      a.and(to, to, Memory.at(constants, Constants.mask(mask)));
    }
  }

  /// The constants of a [TileProgram], 64 bytes each, before its code.
  static final class Constants {
    static final int NIBBLES = 0;
    static final int SIGNS = 64;
    static final int ONES = 128;
    static final int TABLE = 192;
    static final int BITS = 256; // masks of 1, 2, 4, … 128

    private static final int VECTOR = 64;

    private final Label label;

    Constants(Assembler a, Layout layout) {
      a.function();
      label = a.here();
      a.data(repeat(0x0F));
      a.data(repeat(0x80));
      a.data(repeat(1, 0));
      a.data(layout.table() == null ? new byte[VECTOR] : repeat(layout.table()));
      for (int mask : new int[] {0x03, 0x04, 0x10, 0x30}) {
        a.data(repeat(mask));
      }
    }

    /// Where the constant lies whose bytes are all `mask`.
    static int mask(int mask) {
      return BITS
          + VECTOR
              * switch (mask) {
                case 0x03 -> 0;
                case 0x04 -> 1;
                case 0x10 -> 2;
                case 0x30 -> 3;
                default -> throw new IllegalArgumentException("mask " + mask);
              };
    }

    Label label() {
      return label;
    }

    private static byte[] repeat(int... pattern) {
      var bytes = new byte[pattern.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) pattern[i];
      }
      return repeat(bytes);
    }

    private static byte[] repeat(byte[] pattern) {
      var out = new byte[VECTOR];
      for (int i = 0; i < VECTOR; i++) {
        out[i] = pattern[i % pattern.length];
      }
      return out;
    }
  }
}
