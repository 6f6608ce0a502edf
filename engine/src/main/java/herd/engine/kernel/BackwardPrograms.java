package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;

/// Machine code of what only training does to rows: the backward passes of the operations on them,
/// and the optimizer. As in [RowPrograms] every number is computed alike, wherever it stands.
final class BackwardPrograms extends FloatProgram {
  private static final Gpr A = Gpr.RDI;
  private static final Gpr B = Gpr.RSI;
  private static final Gpr C = Gpr.RDX;
  private static final Gpr D = Gpr.RCX;
  private static final Gpr E = Gpr.R8;
  private static final Gpr F = Gpr.R9;

  private static final Gpr WHOLE = Gpr.RAX;
  private static final Gpr LEFT = Gpr.R10;
  private static final Gpr[] SAVED = {
    Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15,
  };

  /// The numbers that [#adamW] reads, in order, one float each.
  static final int ADAM_NUMBERS = 9;

  private static final int FIRST_ADAM = 6; // the registers that hold them

  BackwardPrograms(FloatAssembler a) {
    super(a);
  }

  private void load(int to, Constant constant) {
    a.load(to, constant(constant));
  }

  /// Adds to both gradients of SwiGLU: dgate, dup, dy, gate, up, whole vectors, numbers left.
  int swiGlu() {
    int place = begin();
    a.load(LEFT, seventh(0));
    load(5, Constant.LEAST);
    load(6, Constant.MOST);
    load(7, Constant.ONE);
    overVectors(F, LEFT, part -> {
      part.load(0, Memory.at(D, 0));
      a.zero(1);
      a.subtract(1, 1, 0);
      a.max(1, 5, 1);
      a.min(1, 6, 1);
      exp(1, 2, 3);
      a.add(1, 1, 7);
      a.divide(1, 7, 1); // s, the sigmoid
      a.multiply(0, 0, 1); // gate * s, the slope by up
      part.load(2, Memory.at(C, 0));
      part.load(3, Memory.at(B, 0));
      a.multiplyAdd(3, 2, 0);
      part.store(Memory.at(B, 0), 3);
      a.add(4, 1, 0);
      a.multiplySubtract(4, 0, 1); // s + gate * s * (1 - s), the slope by gate over up
      part.load(3, Memory.at(E, 0));
      a.multiply(2, 2, 3);
      part.load(3, Memory.at(A, 0));
      a.multiplyAdd(3, 2, 4);
      part.store(Memory.at(A, 0), 3);
      part.pass(A, B, C, D, E);
    });
    end();
    return place;
  }

  /// Adds to the gradients of RMSNorm: dx, a row of sums of the weight's gradient, dy, inverses, x,
  /// weight, and the address of three numbers: rows, whole vectors and numbers left (high and low
  /// half), the bits of `-1 / n`.
  int rmsNorm() {
    var rowsLeft = Memory.at(Gpr.RSP, -16);
    var dweight = Gpr.RBX;
    var weight = Gpr.RBP;
    var dy = Gpr.R14;
    var x = Gpr.R15;
    var vectors = Gpr.R12;
    var rest = Gpr.R13;
    int place = begin(SAVED);
    a.load(Gpr.R10, seventh(SAVED.length));
    a.load(Gpr.RAX, Memory.at(Gpr.R10, 0));
    a.store(rowsLeft, Gpr.RAX);
    a.broadcast(6, Memory.at(Gpr.R10, 16));
    a.load(Gpr.RAX, Memory.at(Gpr.R10, 8));
    split(Gpr.RAX, vectors, rest);
    var row = a.here();
    a.broadcast(5, Memory.at(D, 0));
    a.move(dweight, B);
    a.move(weight, F);
    a.move(dy, C);
    a.move(x, E);
    a.zero(0);
    counts(vectors, rest);
    overVectors(WHOLE, LEFT, part -> {
      part.load(1, Memory.at(dy, 0));
      part.load(2, Memory.at(x, 0));
      a.multiply(1, 1, 2);
      part.load(2, Memory.at(weight, 0));
      a.multiplyAdd(0, 1, 2);
      part.load(3, Memory.at(dweight, 0));
      a.multiplyAdd(3, 1, 5);
      part.store(Memory.at(dweight, 0), 3);
      part.pass(dy, x, weight, dweight);
    });
    a.fold(0, 1, a::add);
    a.multiply(0, 0, 6);
    a.multiply(0, 0, 5);
    a.multiply(0, 0, 5);
    a.multiply(0, 0, 5);
    a.move(weight, F);
    counts(vectors, rest);
    overVectors(WHOLE, LEFT, part -> {
      part.load(1, Memory.at(C, 0));
      part.load(2, Memory.at(weight, 0));
      a.multiply(1, 1, 2);
      part.load(2, Memory.at(E, 0));
      part.load(3, Memory.at(A, 0));
      a.multiplyAdd(3, 2, 0);
      a.multiplyAdd(3, 1, 5);
      part.store(Memory.at(A, 0), 3);
      part.pass(A, C, E, weight);
    });
    a.add(D, 4);
    a.load(Gpr.RAX, rowsLeft);
    a.add(Gpr.RAX, -1);
    a.store(rowsLeft, Gpr.RAX); // keeps the flags
    a.jumpIfNotZero(row);
    end(SAVED);
    return place;
  }

  /// `x = factor * exp(x - shift)`, `shift` no less than any `x`: x, the address of both, whole
  /// vectors, numbers left.
  int scaledExp() {
    int place = begin();
    load(5, Constant.LEAST);
    a.broadcast(6, Memory.at(B, 0));
    a.broadcast(7, Memory.at(B, 4));
    overVectors(C, D, part -> {
      part.load(0, Memory.at(A, 0));
      a.subtract(0, 0, 6);
      a.max(0, 5, 0);
      exp(0, 1, 2);
      a.multiply(0, 0, 7);
      part.store(Memory.at(A, 0), 0);
      part.pass(A);
    });
    end();
    return place;
  }

  /// Sums of squares in double: x, where to (two vectors of sums), whole vectors.
  int squares() {
    int place = begin();
    a.zero(0);
    a.zero(1);
    overVectors(C, () -> {
      a.floatsToDoubles(2, Memory.at(A, 0));
      a.floatsToDoubles(3, Memory.at(A, bytes / 2));
      a.multiplyAddDoubles(0, 2, 2);
      a.multiplyAddDoubles(1, 3, 3);
      a.add(A, bytes);
    });
    a.store(Memory.at(B, 0), 0);
    a.store(Memory.at(B, bytes), 1);
    end();
    return place;
  }

  /// One step of AdamW: weight, gradient, m, v, the address of [#ADAM_NUMBERS] (factor of the
  /// gradient, both betas, what is left of them to 1, factor of the weight, minus the corrected
  /// rate, factor of the root, eps), whole vectors, numbers left.
  int adamW() {
    int place = begin();
    a.load(LEFT, seventh(0));
    for (int i = 0; i < ADAM_NUMBERS; i++) {
      a.broadcast(FIRST_ADAM + i, Memory.at(E, 4 * i));
    }
    overVectors(F, LEFT, part -> {
      part.load(0, Memory.at(B, 0));
      a.multiply(0, 0, FIRST_ADAM);
      part.load(1, Memory.at(C, 0));
      a.multiply(1, 1, FIRST_ADAM + 1);
      a.multiplyAdd(1, 0, FIRST_ADAM + 3);
      part.store(Memory.at(C, 0), 1);
      part.load(2, Memory.at(D, 0));
      a.multiply(2, 2, FIRST_ADAM + 2);
      a.multiply(3, 0, FIRST_ADAM + 4);
      a.multiplyAdd(2, 3, 0);
      part.store(Memory.at(D, 0), 2);
      a.root(3, 2);
      a.multiply(3, 3, FIRST_ADAM + 7);
      a.add(3, 3, FIRST_ADAM + 8);
      a.multiply(1, 1, FIRST_ADAM + 6);
      a.divide(1, 1, 3);
      part.load(0, Memory.at(A, 0));
      a.multiply(0, 0, FIRST_ADAM + 5);
      a.add(0, 0, 1);
      part.store(Memory.at(A, 0), 0);
      part.pass(A, B, C, D);
    });
    end();
    return place;
  }

  private void counts(Gpr vectors, Gpr rest) {
    a.move(WHOLE, vectors);
    a.move(LEFT, rest);
  }
}
