package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.Assembler.Label;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;

/// Machine code of [BlockKernel#tile] for numbers that stand for themselves: each sum is one
/// sequence of fused multiply-adds over the columns, whatever the tile and the width.
final class DenseProgram {
  // The arguments: w, panel, y, units, groups, stride; ahead lies on the stack.
  private static final Gpr W = Gpr.RDI;
  private static final Gpr PANEL = Gpr.RSI;
  private static final Gpr Y = Gpr.RDX;
  private static final Gpr UNITS = Gpr.RCX;
  private static final Gpr GROUPS = Gpr.R8;
  private static final Gpr STRIDE = Gpr.R9;

  private static final Gpr AHEAD = Gpr.R10;
  private static final Gpr X = Gpr.R11;
  private static final Gpr COUNT = Gpr.RAX;

  private static final int[] HIGH_HALF = {0, 0, 0xFF, 0xFF};

  private final Assembler a;
  private final DenseFormat format;
  private final int tokens;
  private final int vectors; // of a column
  private final int spare; // registers from here on
  private final boolean weightsHeld; // all of a column at a time, else all its numbers of x
  private final int mask;
  private final Label constants;

  private DenseProgram(Assembler a, DenseFormat format, int tokens) {
    this.a = a;
    this.format = format;
    this.tokens = tokens;
    this.vectors = vectors(a.width());
    this.spare = vectors * tokens;
    this.weightsHeld = a.width() == Width.BITS_512;
    this.mask = weightsHeld ? spare + vectors + 1 : -1;
    int last = weightsHeld ? mask : spare + tokens;
    if (last >= a.width().registers()) {
      throw new IllegalArgumentException("too large a tile");
    }
    a.function();
    constants = a.here();
    for (int i = 0; i < 64; i++) {
      a.data(new byte[] {(byte) HIGH_HALF[i % 4]});
    }
  }

  private static int vectors(Width width) {
    return 4 * DenseFormat.ROWS / width.bytes();
  }

  /// Most tokens that fit into the registers.
  static int mostTokens(Width width) {
    int vectors = vectors(width);
    return width == Width.BITS_512
        ? (width.registers() - vectors - 2) / vectors
        : (width.registers() - 1) / (vectors + 1);
  }

  /// Appends the function, with its constants before it; returns where it begins.
  static int emit(Assembler a, DenseFormat format, int tokens) {
    return new DenseProgram(a, format, tokens).function();
  }

  private int sum(int vector, int token) {
    return vector * tokens + token;
  }

  private int function() {
    int begin = a.function();
    a.load(AHEAD, Memory.at(Gpr.RSP, 8));
    if (format == DenseFormat.BF16) {
      a.address(COUNT, constants);
      if (weightsHeld) {
        a.load(mask, Memory.at(COUNT, 0));
      }
    }
    var group = a.here();
    for (int i = 0; i < spare; i++) {
      a.zero(i);
    }
    a.move(X, PANEL);
    a.move(COUNT, UNITS);
    var unit = a.here();
    for (int at = 0; at < format.unitBytes(); at += 64) {
      a.prefetch(new Memory(W, AHEAD, at));
    }
    for (int c = 0; c < DenseFormat.COLUMNS; c++) {
      column(c);
    }
    a.add(W, format.unitBytes());
    a.add(X, 4 * DenseFormat.COLUMNS * tokens);
    a.decrement(COUNT);
    a.jumpIfNotZero(unit);
    store();
    a.add(Y, 4 * DenseFormat.ROWS);
    a.decrement(GROUPS);
    a.jumpIfNotZero(group);
    a.endVectors();
    a.ret();
    return begin;
  }

  private void column(int column) {
    if (weightsHeld) {
      for (int v = 0; v < vectors; v++) {
        weight(spare + v, column, v);
      }
      int number = spare + vectors;
      for (int t = 0; t < tokens; t++) {
        a.broadcast(number, x(column, t));
        for (int v = 0; v < vectors; v++) {
          a.multiplyAdd(sum(v, t), spare + v, number);
        }
      }
      return;
    }
    for (int t = 0; t < tokens; t++) {
      a.broadcast(spare + 1 + t, x(column, t));
    }
    for (int v = 0; v < vectors; v++) {
      weight(spare, column, v);
      for (int t = 0; t < tokens; t++) {
        a.multiplyAdd(sum(v, t), spare, spare + 1 + t);
      }
    }
  }

  private Memory x(int column, int token) {
    return Memory.at(X, 4 * (column * tokens + token));
  }

  /// Some rows' numbers of a column as F32.
  private void weight(int to, int column, int vector) {
    int lane = vector * a.width().bytes() / 4;
    switch (format) {
      case F32 -> a.load(to, Memory.at(W, (int) format.place(lane, column)));
      case F16 -> a.halvesToFloats(to, Memory.at(W, (int) format.place(lane, column)));
      case BF16 -> {
        var pair = Memory.at(W, (int) format.place(lane, column & ~1));
        a.load(to, pair);
        if (column % 2 == 0) {
          a.shiftIntsLeft(to, to, 16);
        } else if (weightsHeld) {
          a.and(to, to, mask);
        } else {
          a.shiftIntsRight(to, to, 16);
          a.shiftIntsLeft(to, to, 16);
        }
      }
    }
  }

  private void store() {
    a.move(COUNT, Y);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < vectors; v++) {
        a.store(Memory.at(COUNT, v * a.width().bytes()), sum(v, t));
      }
      if (t < tokens - 1) {
        a.add(COUNT, STRIDE);
      }
    }
  }
}
