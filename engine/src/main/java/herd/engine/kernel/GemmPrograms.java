package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;

/// The programs of [MachineGemm]: a tile of the product held in registers, and what brings
/// pieces of a matrix into the order in which a tile reads them: *panels*, step after step,
/// each a row of [#panelBytes].
final class GemmPrograms {
  private static final Gpr A = Gpr.RDI;
  private static final Gpr B = Gpr.RSI;
  private static final Gpr C = Gpr.RDX;
  private static final Gpr C_ROW = Gpr.RCX;
  private static final Gpr STRIDE = Gpr.R8;
  private static final Gpr STEPS = Gpr.R9;
  private static final Gpr STRIDE_2 = Gpr.R10;
  private static final Gpr STRIDE_3 = Gpr.R11;
  private static final Gpr HALF = Gpr.RAX; // the second half of the rows
  private static final int UNROLLED = 4;
  private static final int FIRST_PAIRS = 0x44; // of what two vectors woven from two others hold
  private static final int SECOND_PAIRS = 0xEE;

  private final FloatAssembler a;
  private final int bytes;
  private final boolean pairs;

  /// @param pairs whether a step is two numbers in bf16, side by side, and not one float
  GemmPrograms(FloatAssembler a, boolean pairs) {
    this.a = a;
    this.bytes = a.width().bytes();
    this.pairs = pairs;
  }

  /// Rows of a tile.
  static int rows(Width width) {
    return width == Width.BITS_512 ? 8 : 6;
  }

  /// Vectors in a row of a tile.
  static int vectors(Width width) {
    return width == Width.BITS_512 ? 3 : 2;
  }

  private int rows() {
    return rows(a.width());
  }

  private int panelBytes() {
    return vectors(a.width()) * bytes;
  }

  // --- the tile ----------------------------------------------------------------------------------

  /// `(a, b, c, bytes from row to row of c, stride of a, steps)`: writes or adds a tile of
  /// `vectors` vectors to `c`. `b` is a panel.
  /// @param turned whether numbers of a column of `a` follow each other, and the stride leads
  /// from
  ///     step to step; else those of a row do, and it leads from row to row
  int tile(boolean turned, boolean add, int vectors) {
    int place = a.function();
    nearC(vectors);
    for (int i = 0; i < rows() * vectors; i++) {
      a.zero(i);
    }
    a.move(STRIDE_2, STRIDE);
    a.add(STRIDE_2, STRIDE);
    a.move(STRIDE_3, STRIDE_2);
    a.add(STRIDE_3, STRIDE);
    a.move(HALF, A);
    a.add(HALF, rows() == 8 ? STRIDE_2 : STRIDE_3);
    if (rows() == 8) {
      a.add(HALF, STRIDE_2);
    }
    for (int unrolled : new int[] {UNROLLED, 1}) {
      var end = a.label();
      var loop = a.here();
      a.compare(STEPS, unrolled);
      a.jumpIfLess(end);
      for (int step = 0; step < unrolled; step++) {
        step(turned, vectors, step);
      }
      pass(turned, unrolled);
      a.add(B, unrolled * panelBytes());
      a.add(STEPS, -unrolled);
      a.jumpTo(loop);
      a.bind(end);
    }
    for (int r = 0; r < rows(); r++) {
      for (int v = 0; v < vectors; v++) {
        var at = Memory.at(C, v * bytes);
        if (add) {
          a.add(r * vectors + v, r * vectors + v, at);
        }
        a.store(at, r * vectors + v);
      }
      a.add(C, C_ROW);
    }
    a.endVectors();
    a.ret();
    return place;
  }

  /// Asks for the memory of the result, which is needed at the end.
  private void nearC(int vectors) {
    a.move(HALF, C);
    for (int r = 0; r < rows(); r++) {
      for (int at = 0; at < vectors * bytes; at += 64) {
        a.prefetch(Memory.at(HALF, at));
      }
      a.add(HALF, C_ROW);
    }
  }

  private void step(boolean turned, int vectors, int step) {
    int columns = rows() * vectors;
    int number = columns + vectors;
    int numbers = Math.min(4, a.width().registers() - number);
    for (int v = 0; v < vectors; v++) {
      a.load(columns + v, Memory.at(B, step * panelBytes() + v * bytes));
    }
    for (int r = 0; r < rows(); r++) {
      int register = number + r % numbers;
      a.broadcast(register, turned ? turned(r, step) : plain(r, step));
      for (int v = 0; v < vectors; v++) {
        if (pairs) {
          a.dotPairs(r * vectors + v, columns + v, register);
        } else {
          a.multiplyAdd(r * vectors + v, columns + v, register);
        }
      }
    }
  }

  private Memory plain(int row, int step) {
    int half = rows() / 2;
    return new Memory(row < half ? A : HALF, times(row % half), 4 * step);
  }

  private Memory turned(int row, int step) {
    return new Memory(A, times(step), 4 * row);
  }

  /// The register that holds so many strides.
  private static Gpr times(int count) {
    return switch (count) {
      case 0 -> null;
      case 1 -> STRIDE;
      case 2 -> STRIDE_2;
      default -> STRIDE_3;
    };
  }

  private void pass(boolean turned, int steps) {
    if (!turned) {
      a.add(A, 4 * steps);
      a.add(HALF, 4 * steps);
    } else if (steps == 1) {
      a.add(A, STRIDE);
    } else {
      a.add(A, STRIDE_2);
      a.add(A, STRIDE_2);
    }
  }

  // --- panels ------------------------------------------------------------------------------------

  /// `(to, from, bytes from row to row, steps)`: copies rows of a panel.
  int copy() {
    int place = a.function();
    var loop = a.here();
    for (int at = 0; at < panelBytes(); at += bytes) {
      a.load(at / bytes, Memory.at(Gpr.RSI, at));
    }
    for (int at = 0; at < panelBytes(); at += bytes) {
      a.store(Memory.at(Gpr.RDI, at), at / bytes);
    }
    a.add(Gpr.RSI, Gpr.RDX);
    a.add(Gpr.RDI, panelBytes());
    a.decrement(Gpr.RCX);
    a.jumpIfNotZero(loop);
    a.endVectors();
    a.ret();
    return place;
  }

  /// `(to, from, bytes from row to row, steps / 4)`: a vector's worth of rows become columns of a
  /// panel. 128 bits are the steps of one row first, then one step of four rows.
  int transpose() {
    int quads = bytes / 16;
    var bases = new Gpr[] {Gpr.RSI, Gpr.R9, Gpr.R10, Gpr.R11};
    var strides = new Gpr[] {null, Gpr.RDX, Gpr.RAX, Gpr.RBX};
    int place = a.function();
    a.push(Gpr.RBX);
    a.move(Gpr.RAX, Gpr.RDX);
    a.add(Gpr.RAX, Gpr.RDX);
    a.move(Gpr.RBX, Gpr.RAX);
    a.add(Gpr.RBX, Gpr.RAX);
    for (int q = 1; q < quads; q++) {
      a.move(bases[q], bases[q - 1]);
      a.add(bases[q], Gpr.RBX);
    }
    a.move(Gpr.RBX, Gpr.RAX);
    a.add(Gpr.RBX, Gpr.RDX);
    var loop = a.here();
    for (int i = 0; i < 4; i++) {
      a.repeatQuad(i, new Memory(bases[0], strides[i], 0));
      for (int q = 1; q < quads; q++) {
        a.insertQuad(i, i, new Memory(bases[q], strides[i], 0), q);
      }
    }
    a.weaveLow(4, 0, 1);
    a.weaveHigh(5, 0, 1);
    a.weaveLow(6, 2, 3);
    a.weaveHigh(7, 2, 3);
    a.pick(0, 4, 6, FIRST_PAIRS);
    a.pick(1, 4, 6, SECOND_PAIRS);
    a.pick(2, 5, 7, FIRST_PAIRS);
    a.pick(3, 5, 7, SECOND_PAIRS);
    for (int i = 0; i < 4; i++) {
      a.store(Memory.at(Gpr.RDI, i * panelBytes()), i);
    }
    a.add(Gpr.RDI, 4 * panelBytes());
    for (int q = 0; q < quads; q++) {
      a.add(bases[q], 16);
    }
    a.decrement(Gpr.RCX);
    a.jumpIfNotZero(loop);
    a.pop(Gpr.RBX);
    a.endVectors();
    a.ret();
    return place;
  }
}
