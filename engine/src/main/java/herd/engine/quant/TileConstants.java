package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.Assembler.Label;
import herd.engine.quant.BlockFormat.Layout;

/// The constants of a [TileProgram], 64 bytes each, before its code.
final class TileConstants {
  static final int NIBBLES = 0;
  static final int SIGNS = 64;
  static final int ONES = 128;
  static final int TABLE = 192;
  static final int BITS = 256; // masks of 1, 2, 4, … 128

  private static final int VECTOR = 64;

  private final Label label;

  TileConstants(Assembler a, Layout layout) {
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
