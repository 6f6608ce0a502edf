package herd.engine.quant;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;

/// Machine code of [BlockKernel#pack], to the same bytes as [Packing]: the first row, bytes from
/// one row to the next, the group, units of a row, the first lane, rows.
final class PackingProgram {
  private static final Gpr ROW = Gpr.RDI;
  private static final Gpr STRIDE = Gpr.RSI;
  private static final Gpr GROUP = Gpr.RDX;
  private static final Gpr UNITS = Gpr.RCX;
  private static final Gpr LANE = Gpr.R8;
  private static final Gpr ROWS = Gpr.R9;

  private static final Gpr FROM = Gpr.RAX;
  private static final Gpr BYTES = Gpr.R10; // where the lane's bytes go, its halves, its quads
  private static final Gpr HALVES = Gpr.R11;
  private static final Gpr QUADS = Gpr.RBX;
  private static final Gpr COUNT = Gpr.RBP;
  private static final Gpr VALUE = Gpr.R12;
  private static final Gpr MORE = Gpr.R13;
  private static final Gpr[] SAVED = {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13};

  private static final int LOW = 0x0F0F0F0F;
  private static final int THREES = 0x03030303;
  private static final int ONES = 0x01010101;
  private static final int SIGNS = 0x80808080;

  private final FloatAssembler a;
  private final BlockFormat format;
  private final BlockFormat.Layout layout;

  private PackingProgram(FloatAssembler a, BlockFormat format) {
    this.a = a;
    this.format = format;
    this.layout = format.layout();
  }

  /// Appends the function; returns where it begins.
  static int emit(FloatAssembler a, BlockFormat format) {
    return new PackingProgram(a, format).function();
  }

  private int function() {
    int begin = a.function();
    for (var register : SAVED) {
      a.push(register);
    }
    var row = a.here();
    a.move(FROM, ROW);
    a.move(BYTES, GROUP);
    a.add(BYTES, LANE);
    a.move(HALVES, BYTES);
    a.add(HALVES, LANE);
    a.move(QUADS, HALVES);
    a.add(QUADS, LANE);
    a.add(QUADS, LANE);
    a.move(COUNT, UNITS);
    var unit = a.here();
    unit();
    a.add(FROM, layout.unitColumns() / format.fileColumns() * format.fileBytes());
    a.add(BYTES, layout.unitBytes());
    a.add(HALVES, layout.unitBytes());
    a.add(QUADS, layout.unitBytes());
    a.decrement(COUNT);
    a.jumpIfNotZero(unit);
    a.add(ROW, STRIDE);
    a.add(LANE, 1);
    a.decrement(ROWS);
    a.jumpIfNotZero(row);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.ret();
    return begin;
  }

  private void unit() {
    int codes = layout.codesAt();
    switch (format) {
      case Q4_0, IQ4_NL -> {
        half(0, 0);
        copy(2, codes, 4, 0);
      }
      case Q4_1 -> {
        half(0, 0);
        half(2, layout.scaleBytes());
        copy(4, codes, 4, 0);
      }
      case Q5_0 -> {
        half(0, 0);
        fifths(2, codes + 256);
        copy(6, codes, 4, 0);
      }
      case Q5_1 -> {
        half(0, 0);
        half(2, layout.scaleBytes());
        fifths(4, codes + 256);
        copy(8, codes, 4, 0);
      }
      case Q8_0 -> {
        half(0, 0);
        copy(2, codes, 8, SIGNS);
      }
      case Q2_K -> blocks(80);
      case Q3_K -> blocks(108);
      case Q6_K -> blocks(208);
      case Q4_K, Q5_K, IQ4_XS -> blocks(0);
    }
  }

  /// Blocks and their header.
  /// @param scale where the scale of scales lies in the file
  private void blocks(int scale) {
    half(scale, 0);
    if (layout.mins()) {
      a.load16(VALUE, Memory.at(FROM, scale + 2));
      a.xor32(VALUE, 0x8000); // negative
      a.store16(Memory.at(HALVES, 2 * BlockFormat.ROWS), VALUE);
    }
    for (int g = 0; g < layout.blocks(); g++) {
      int at = layout.headerBytes() + g * layout.blockBytes();
      int codes = at + layout.codesAt();
      switch (format) {
        case Q2_K -> two(g, at, codes);
        case Q3_K -> three(g, at, codes);
        case Q4_K -> {
          sixBits(g, at);
          lows(16 + g / 2 * 32, g % 2 * 4, codes);
        }
        case Q5_K -> {
          sixBits(g, at);
          lows(48 + g / 2 * 32, g % 2 * 4, codes);
          ones(16, g, codes + 256);
        }
        case Q6_K -> six(g, at, codes);
        case IQ4_XS -> {
          piece(VALUE, 4 + g / 2, g % 2 * 4, 15, 0);
          piece(MORE, 2 + g / 4, g % 4 * 2, 3, 4);
          signedScale(at);
          copy(8 + 16 * g, codes, 4, 0);
        }
        default -> throw new IllegalArgumentException(format + " has no headers");
      }
    }
  }

  private void half(int from, int to) {
    a.load16(VALUE, Memory.at(FROM, from));
    a.store16(Memory.at(HALVES, to), VALUE);
  }

  private void single(int from, int to) {
    a.load8(VALUE, Memory.at(FROM, from));
    a.store8(Memory.at(BYTES, to), VALUE);
  }

  /// Quads that follow each other, into the lane of as many vectors.
  /// @param change bits that become the other
  private void copy(int from, int to, int quads, int change) {
    for (int j = 0; j < quads; j++) {
      a.load32(VALUE, Memory.at(FROM, from + 4 * j));
      if (change != 0) {
        a.xor32(VALUE, change);
      }
      a.store32(Memory.at(QUADS, to + 64 * j), VALUE);
    }
  }

  /// Block `g` of Q6_K, to `at`.
  private void six(int g, int at, int codes) {
    single(192 + 2 * g, at);
    single(193 + 2 * g, at + BlockFormat.ROWS);
    lows(g / 4 * 64 + g % 2 * 32, g % 4 / 2 * 4, codes);
    for (int i = 0; i < 2; i++) {
      int highs = 128 + g / 4 * 32 + 16 * i;
      twos(highs, g % 4 * 2, codes + 256 + 64 * i);
    }
  }

  /// Block `g` of Q2_K, to `at`.
  private void two(int g, int at, int codes) {
    for (int half = 0; half < 2; half++) {
      int to = at + BlockFormat.ROWS * half;
      piece(VALUE, 2 * g + half, 0, 15, 0);
      a.store8(Memory.at(BYTES, to), VALUE);
      piece(VALUE, 2 * g + half, 4, 15, 0);
      a.store8(Memory.at(BYTES, to + layout.scaleBytes()), VALUE);
    }
    twos(16 + g / 4 * 32, g % 4 * 2, codes);
    twos(32 + g / 4 * 32, g % 4 * 2, codes + 64);
  }

  /// Block `g` of Q3_K, to `at`.
  private void three(int g, int at, int codes) {
    for (int half = 0; half < 2; half++) {
      int i = 2 * g + half;
      piece(VALUE, 96 + i % 8, i / 8 * 4, 15, 0);
      piece(MORE, 104 + i % 4, i / 4 * 2, 3, 4);
      signedScale(at + BlockFormat.ROWS * half);
    }
    twos(32 + g / 4 * 32, g % 4 * 2, codes);
    twos(48 + g / 4 * 32, g % 4 * 2, codes + 64);
    ones(0, g, codes + 128);
  }

  /// Writes the scale whose pieces the two registers hold, 32 taken away.
  private void signedScale(int to) {
    a.or32(VALUE, MORE);
    a.add(VALUE, -32);
    a.store8(Memory.at(BYTES, to), VALUE);
  }

  /// The 6-bit scale and min of block `g`, of which eight lie in 12 bytes from byte 4 on.
  private void sixBits(int g, int at) {
    for (int i = 0; i < 2; i++) { // the scale, the min
      if (g < 4) {
        piece(VALUE, 4 + g + 4 * i, 0, 63, 0);
      } else {
        piece(VALUE, 8 + g, 4 * i, 15, 0);
        piece(MORE, g + 4 * i, 6, 3, 4);
        a.or32(VALUE, MORE);
      }
      a.store8(Memory.at(BYTES, at + i * layout.scaleBytes()), VALUE);
    }
  }

  /// Some bits of one byte, moved to bit `to`.
  private void piece(Gpr register, int from, int shift, int mask, int to) {
    a.load8(register, Memory.at(FROM, from));
    if (shift > 0) {
      a.shiftRight32(register, shift);
    }
    a.and32(register, mask);
    if (to > 0) {
      a.shiftLeft32(register, to);
    }
  }

  /// Bit `4 j + k` of four bytes becomes bit `j` of byte `k`.
  private void fifths(int from, int to) {
    for (int j = 0; j < 8; j++) {
      var register = j == 0 ? VALUE : MORE;
      a.load32(register, Memory.at(FROM, from));
      a.shiftRight32(register, 4 * j);
      a.and32(register, 15);
      a.multiply(register, register, 0x00204081);
      a.and32(register, ONES);
      if (j > 0) {
        a.shiftLeft32(MORE, j);
        a.or32(VALUE, MORE);
      }
    }
    a.store32(Memory.at(QUADS, to), VALUE);
  }

  /// Writes one bit of each of 32 bytes.
  private void ones(int from, int shift, int to) {
    for (int j = 0; j < 8; j++) {
      part(from + 4 * j, shift, ONES, j);
    }
    a.store32(Memory.at(QUADS, to), VALUE);
  }

  /// Writes two bits of each of 16 bytes.
  private void twos(int from, int shift, int to) {
    for (int j = 0; j < 4; j++) {
      part(from + 4 * j, shift, THREES, 2 * j);
    }
    a.store32(Memory.at(QUADS, to), VALUE);
  }

  /// Writes 32 codes of 4 bits, which stand at bit `shift` of 32 bytes.
  private void lows(int from, int shift, int codes) {
    for (int j = 0; j < 4; j++) {
      part(from + 4 * j, shift, LOW, 0);
      part(from + 16 + 4 * j, shift, LOW, 4);
      a.store32(Memory.at(QUADS, codes + 64 * j), VALUE);
    }
  }

  /// The bits of `mask` from bit `shift` on of four bytes, moved to bit `to` of the value; the
  /// first, at bit 0, begins a value.
  private void part(int from, int shift, int mask, int to) {
    var register = to == 0 ? VALUE : MORE;
    a.load32(register, Memory.at(FROM, from));
    if (shift > 0) {
      a.shiftRight32(register, shift);
    }
    a.and32(register, mask);
    if (to > 0) {
      a.shiftLeft32(MORE, to);
      a.or32(VALUE, MORE);
    }
  }
}
