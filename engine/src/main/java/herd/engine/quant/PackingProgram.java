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
  private static final int SIGNS = 0x80808080;

  private final FloatAssembler a;
  private final BlockFormat format;
  private final BlockFormat.Layout layout;

  private PackingProgram(FloatAssembler a, BlockFormat format) {
    this.a = a;
    this.format = format;
    this.layout = format.layout();
  }

  /// Whether there is machine code for it.
  static boolean covers(BlockFormat format) {
    return switch (format) {
      case Q4_0, IQ4_NL, Q4_1, Q8_0, Q6_K -> true;
      default -> false;
    };
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
    switch (format) {
      case Q4_0, IQ4_NL -> {
        half(0, 0);
        copy(2, layout.codesAt(), 4, 0);
      }
      case Q4_1 -> {
        half(0, 0);
        half(2, layout.scaleBytes());
        copy(4, layout.codesAt(), 4, 0);
      }
      case Q8_0 -> {
        half(0, 0);
        copy(2, layout.codesAt(), 8, SIGNS);
      }
      case Q6_K -> {
        half(208, 0);
        for (int g = 0; g < layout.blocks(); g++) {
          six(g, layout.headerBytes() + g * layout.blockBytes());
        }
      }
      default -> throw new IllegalArgumentException(format + " is packed otherwise");
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
  private void six(int g, int at) {
    single(192 + 2 * g, at);
    single(193 + 2 * g, at + BlockFormat.ROWS);
    int codes = at + layout.codesAt();
    lows(g / 4 * 64 + g % 2 * 32, g % 4 / 2 * 4, codes);
    for (int i = 0; i < 2; i++) {
      int highs = 128 + g / 4 * 32 + 16 * i;
      for (int j = 0; j < 4; j++) {
        part(highs + 4 * j, g % 4 * 2, THREES, 2 * j);
      }
      a.store32(Memory.at(QUADS, codes + 256 + 64 * i), VALUE);
    }
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
