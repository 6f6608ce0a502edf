package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;

/// Machine code of the operations on rows. A row of `n` numbers is `n / lanes` whole vectors and
/// `n % lanes` numbers left, of which only those are read and written: every number is computed
/// alike, wherever in the row and the batch it stands.
final class RowPrograms extends FloatProgram {
  // The arguments, in order; the seventh lies on the stack.
  private static final Gpr A = Gpr.RDI;
  private static final Gpr B = Gpr.RSI;
  private static final Gpr C = Gpr.RDX;
  private static final Gpr D = Gpr.RCX;
  private static final Gpr E = Gpr.R8;
  private static final Gpr F = Gpr.R9;

  private static final Gpr WHOLE = Gpr.RAX;
  private static final Gpr LEFT = Gpr.R10;

  RowPrograms(FloatAssembler a) {
    super(a);
  }

  private void load(int to, Constant constant) {
    a.load(to, constant(constant));
  }

  /// `y += factor * x`: y, x, the factor's bits, whole vectors, numbers left.
  int add() {
    int place = begin();
    broadcast(2, C);
    overVectors(D, E, part -> {
      part.load(0, Memory.at(B, 0));
      part.load(1, Memory.at(A, 0));
      a.multiplyAdd(1, 0, 2);
      part.store(Memory.at(A, 0), 1);
      part.pass(A, B);
    });
    end();
    return place;
  }

  /// `y = silu(gate) * up`: y, gate, up, whole vectors, numbers left.
  int swiGlu() {
    int place = begin();
    load(5, Constant.LEAST);
    load(6, Constant.MOST);
    load(7, Constant.ONE);
    overVectors(D, E, part -> {
      part.load(0, Memory.at(B, 0));
      part.load(4, Memory.at(C, 0));
      a.zero(1);
      a.subtract(1, 1, 0);
      a.max(1, 5, 1);
      a.min(1, 6, 1);
      exp(1, 2, 3);
      a.add(1, 1, 7);
      a.divide(0, 0, 1);
      a.multiply(0, 0, 4);
      part.store(Memory.at(A, 0), 0);
      part.pass(A, B, C);
    });
    end();
    return place;
  }

  /// RMSNorm: y, x, weight, inverses, rows, whole vectors and numbers left (high and low half), eps
  /// and `1 / n` as bits (high and low half).
  int rmsNorm() {
    var saved = new Gpr[] {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13};
    var x = Gpr.RBX;
    var weight = Gpr.RBP;
    var vectors = Gpr.R12;
    var rest = Gpr.R13;
    int place = begin(saved);
    a.load(WHOLE, seventh(saved.length));
    split(WHOLE, WHOLE, LEFT);
    broadcast(6, WHOLE); // eps
    broadcast(5, LEFT); // 1 / n
    split(F, vectors, rest);
    load(7, Constant.ONE);
    var row = a.here();
    a.move(x, B);
    a.zero(0);
    counts(vectors, rest);
    overVectors(WHOLE, LEFT, part -> {
      part.load(1, Memory.at(x, 0));
      a.multiplyAdd(0, 1, 1);
      part.pass(x);
    });
    a.fold(0, 1, a::add);
    a.multiply(0, 0, 5);
    a.add(0, 0, 6);
    a.root(0, 0);
    a.divide(0, 7, 0);
    a.storeFirst(Memory.at(D, 0), 0);
    a.move(weight, C);
    counts(vectors, rest);
    overVectors(WHOLE, LEFT, part -> {
      part.load(1, Memory.at(B, 0));
      part.load(2, Memory.at(weight, 0));
      a.multiply(1, 1, 0);
      a.multiply(1, 1, 2);
      part.store(Memory.at(A, 0), 1);
      part.pass(A, B, weight);
    });
    a.add(D, 4);
    a.decrement(E);
    a.jumpIfNotZero(row);
    end(saved);
    return place;
  }

  /// Rotates heads in place: x, the cosines and sines of the first row, rows, heads, whole vectors
  /// and numbers left of half a head (high and low half), bytes of half a head.
  /// @param inverse by the opposite angle
  int rope(boolean inverse) {
    var saved = new Gpr[] {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13};
    var heads = Gpr.RBX;
    var table = Gpr.RBP;
    var vectors = Gpr.R12;
    var rest = Gpr.R13;
    int place = begin(saved);
    split(E, vectors, rest);
    var row = a.here();
    a.move(heads, D);
    var head = a.here();
    a.move(table, B);
    counts(vectors, rest);
    overVectors(WHOLE, LEFT, part -> {
      part.load(0, Memory.at(A, 0));
      part.load(1, new Memory(A, F, 0));
      part.load(2, Memory.at(table, 0));
      part.load(3, new Memory(table, F, 0));
      a.multiply(4, 0, 2);
      a.multiply(5, 1, 2);
      if (inverse) {
        a.multiplyAdd(4, 1, 3);
        a.multiplySubtract(5, 0, 3);
      } else {
        a.multiplySubtract(4, 1, 3);
        a.multiplyAdd(5, 0, 3);
      }
      part.store(Memory.at(A, 0), 4);
      part.store(new Memory(A, F, 0), 5);
      part.pass(A, table);
    });
    a.add(A, F);
    a.decrement(heads);
    a.jumpIfNotZero(head);
    a.add(B, F);
    a.add(B, F);
    a.decrement(C);
    a.jumpIfNotZero(row);
    end(saved);
    return place;
  }

  /// Two floats of `x`: its maximum, and the sum of `exp(x - maximum)`: x, where to, whole vectors,
  /// numbers left.
  int softmaxSum() {
    int place = begin();
    var x = Gpr.R9;
    load(0, Constant.NOTHING);
    load(5, Constant.NOTHING);
    a.move(x, A);
    counts(C, D);
    overVectors(WHOLE, LEFT, part -> {
      part.load(1, Memory.at(x, 0));
      if (!part.whole) {
        a.blend(1, mask, 5, 1);
      }
      a.max(0, 0, 1);
      part.pass(x);
    });
    a.fold(0, 1, a::max);
    a.storeFirst(Memory.at(B, 0), 0);
    a.zero(1);
    load(5, Constant.LEAST);
    a.zero(6);
    overVectors(C, D, part -> {
      part.load(2, Memory.at(A, 0));
      a.subtract(2, 2, 0);
      a.max(2, 5, 2);
      exp(2, 3, 4);
      if (!part.whole) {
        a.blend(2, mask, 6, 2);
      }
      a.add(1, 1, 2);
      part.pass(A);
    });
    a.fold(1, 2, a::add);
    a.storeFirst(Memory.at(B, 4), 1);
    end();
    return place;
  }

  private void counts(Gpr vectors, Gpr rest) {
    a.move(WHOLE, vectors);
    a.move(LEFT, rest);
  }
}
