package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;

/// Machine code of the parts of attention: copying rows into numbers of one form, turning keys,
/// products of a few rows at a time, and the softmax in between.
final class AttentionPrograms extends FloatProgram {
  /// Most rows of a tile of a product; fewer are done two or three together or alone.
  private static final int[] HEIGHTS = {6, 3, 2, 1};

  private static final Gpr A = Gpr.RDI;
  private static final Gpr B = Gpr.RSI;
  private static final Gpr C = Gpr.RDX;
  private static final Gpr D = Gpr.RCX;
  private static final Gpr E = Gpr.R8;
  private static final Gpr F = Gpr.R9;
  private static final Gpr[] SAVED = {
    Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15,
  };

  /// How the rows are stored that [#copy] reads.
  enum Source {
    FLOATS,
    HALVES,
    BYTES
  }

  AttentionPrograms(FloatAssembler a) {
    super(a);
  }

  // --- copying -----------------------------------------------------------------------------------

  /// Copies rows: to, bytes from row to row there, from, bytes from row to row there, rows, whole
  /// vectors and numbers left (high and low half; none left but of floats), the bits of a factor,
  /// which only floats need.
  int copy(Source source) {
    var to = Gpr.RBX;
    var from = Gpr.RBP;
    var whole = Gpr.R12;
    var left = Gpr.R13;
    int place = begin(SAVED);
    a.load(Gpr.RAX, seventh(SAVED.length));
    broadcast(1, Gpr.RAX);
    split(F, whole, left);
    var row = a.here();
    a.move(to, A);
    a.move(from, C);
    if (source == Source.BYTES) {
      a.broadcast(1, Memory.at(from, 0));
      a.add(from, 4);
    }
    a.move(Gpr.RAX, whole);
    a.move(Gpr.R10, left);
    switch (source) {
      case FLOATS ->
        overVectors(Gpr.RAX, Gpr.R10, part -> {
          part.load(0, Memory.at(from, 0));
          a.multiply(0, 0, 1);
          part.store(Memory.at(to, 0), 0);
          part.pass(from, to);
        });
      case HALVES ->
        overVectors(Gpr.RAX, () -> {
          a.halvesToFloats(0, Memory.at(from, 0));
          a.store(Memory.at(to, 0), 0);
          a.add(from, bytes / 2);
          a.add(to, bytes);
        });
      case BYTES ->
        overVectors(Gpr.RAX, () -> {
          a.signedBytesToInts(0, Memory.at(from, 0));
          a.intsToFloats(0, 0);
          a.multiply(0, 0, 1);
          a.store(Memory.at(to, 0), 0);
          a.add(from, lanes);
          a.add(to, bytes);
        });
    }
    a.add(A, B);
    a.add(C, D);
    a.decrement(E);
    a.jumpIfNotZero(row);
    end(SAVED);
    return place;
  }

  /// Turns rows into columns, four numbers of as many rows as there are lanes at a time: where to,
  /// bytes from row to row there, from, bytes from row to row there, fours of numbers, vectors of
  /// rows.
  int turn() {
    int places = bytes / 16;
    var bases = new Gpr[] {C, Gpr.RBX, Gpr.RBP, Gpr.R12};
    var index = Gpr.R13;
    var to = Gpr.R14;
    var back = Gpr.R15; // from the fourth row to the first one's next numbers
    var count = Gpr.RAX;
    int place = begin(SAVED);
    a.multiply(back, D, -3);
    a.add(back, 16);
    var vector = a.here();
    a.multiply(Gpr.R10, D, 4);
    for (int i = 1; i < places; i++) {
      a.move(bases[i], bases[i - 1]);
      a.add(bases[i], Gpr.R10);
    }
    a.move(index, 0);
    a.move(to, A);
    a.move(count, E);
    var four = a.here();
    for (int i = 0; i < 4; i++) {
      a.repeatQuad(i, new Memory(bases[0], index, 0));
      for (int p = 1; p < places; p++) {
        a.insertQuad(i, i, new Memory(bases[p], index, 0), p);
      }
      a.add(index, i < 3 ? D : back);
    }
    a.weaveLow(4, 0, 1); // a0 b0 a1 b1
    a.weaveHigh(5, 0, 1); // a2 b2 a3 b3
    a.weaveLow(6, 2, 3);
    a.weaveHigh(7, 2, 3);
    for (int i = 0; i < 4; i++) {
      a.pick(0, 4 + i / 2, 6 + i / 2, i % 2 == 0 ? 0x44 : 0xEE);
      a.store(Memory.at(to, 0), 0);
      a.add(to, B);
    }
    a.decrement(count);
    a.jumpIfNotZero(four);
    a.add(A, bytes);
    a.multiply(Gpr.R10, D, lanes);
    a.add(C, Gpr.R10);
    a.decrement(F);
    a.jumpIfNotZero(vector);
    end(SAVED);
    return place;
  }

  // --- products ----------------------------------------------------------------------------------

  private static final Gpr ROWS = D;
  private static final Gpr STEPS = F;
  private static final Gpr TWO = Gpr.R15; // rows of a
  private static final Gpr FOURTH = Gpr.R14; // row of a
  private static final Gpr OUT_ROW = Gpr.RBX;
  private static final Gpr A_ROW = Gpr.RBP;
  private static final Gpr B_ROW = Gpr.R12;
  private static final Gpr KEEP = Gpr.R13;
  private static final Memory OUT_AT = Memory.at(Gpr.RSP, -8);
  private static final Memory A_AT = Memory.at(Gpr.RSP, -16);
  private static final Memory ROWS_AT = Memory.at(Gpr.RSP, -24);
  private static final Memory KEEP_AT = Memory.at(Gpr.RSP, -32);
  private static final Memory VECTORS_AT = Memory.at(Gpr.RSP, -40);

  /// `out = a b`, or `out = keep * out + a b`: out, a, b, rows of a, vectors of columns, steps, and
  /// the address of four numbers: bytes from row to row of out, a and b, and where there is one
  /// float of `keep` for each row. A number is one sequence of fused multiply-adds over the
  /// steps.
  /// @param adds whether the product is added to what there is
  int product(boolean adds) {
    int place = begin(SAVED);
    a.load(Gpr.RAX, seventh(SAVED.length));
    a.load(OUT_ROW, Memory.at(Gpr.RAX, 0));
    a.load(A_ROW, Memory.at(Gpr.RAX, 8));
    a.load(B_ROW, Memory.at(Gpr.RAX, 16));
    a.load(KEEP, Memory.at(Gpr.RAX, 24));
    a.move(TWO, A_ROW);
    a.add(TWO, A_ROW);
    a.store(OUT_AT, A);
    a.store(A_AT, B);
    a.store(ROWS_AT, ROWS);
    a.store(KEEP_AT, KEEP);
    a.store(VECTORS_AT, E);
    for (int width = a.width() == Width.BITS_512 ? 4 : 2; width > 0; width /= 2) {
      columns(width, adds);
    }
    end(SAVED);
    return place;
  }

  /// All rows times `width` vectors of columns, while there are so many.
  private void columns(int width, boolean adds) {
    var done = a.label();
    var columns = a.here();
    a.load(Gpr.RAX, VECTORS_AT);
    a.compare(Gpr.RAX, width);
    a.jumpIfLess(done);
    a.add(Gpr.RAX, -width);
    a.store(VECTORS_AT, Gpr.RAX);
    a.load(A, OUT_AT);
    a.load(B, A_AT);
    a.load(ROWS, ROWS_AT);
    a.load(KEEP, KEEP_AT);
    for (int height : HEIGHTS) {
      var fewer = a.label();
      var tile = a.here();
      a.compare(ROWS, height);
      a.jumpIfLess(fewer);
      tile(height, width, adds);
      a.add(ROWS, -height);
      a.jumpTo(tile);
      a.bind(fewer);
    }
    a.load(A, OUT_AT);
    a.add(A, width * bytes);
    a.store(OUT_AT, A);
    a.add(C, width * bytes);
    a.jumpTo(columns);
    a.bind(done);
  }

  private void tile(int height, int width, boolean adds) {
    var row = Gpr.R8;
    var fourth = Gpr.RAX;
    var b = Gpr.R11; // no constants are read here
    var count = Gpr.R10;
    int columns = height * width;
    int number = columns + width;
    for (int i = 0; i < columns; i++) {
      a.zero(i);
    }
    a.move(row, B);
    if (height > 3) {
      a.move(fourth, B);
      a.add(fourth, TWO);
      a.add(fourth, A_ROW);
    }
    a.move(b, C);
    a.move(count, STEPS);
    var step = a.here();
    for (int v = 0; v < width; v++) {
      a.load(columns + v, Memory.at(b, v * bytes));
    }
    for (int r = 0; r < height; r++) {
      var base = r < 3 ? row : fourth;
      a.broadcast(
          number,
          switch (r % 3) {
            case 0 -> Memory.at(base, 0);
            case 1 -> new Memory(base, A_ROW, 0);
            default -> new Memory(base, TWO, 0);
          });
      for (int v = 0; v < width; v++) {
        a.multiplyAdd(r * width + v, columns + v, number);
      }
    }
    a.add(row, 4);
    if (height > 3) {
      a.add(fourth, 4);
    }
    a.add(b, B_ROW);
    a.decrement(count);
    a.jumpIfNotZero(step);
    for (int r = 0; r < height; r++) {
      if (adds) {
        a.broadcast(number, Memory.at(KEEP, 4 * r));
      }
      for (int v = 0; v < width; v++) {
        if (adds) {
          a.load(columns, Memory.at(A, v * bytes));
          a.multiplyAdd(r * width + v, columns, number);
        }
        a.store(Memory.at(A, v * bytes), r * width + v);
      }
      a.add(A, OUT_ROW);
      a.add(B, A_ROW);
    }
    a.add(KEEP, 4 * height);
  }

  // --- softmax -----------------------------------------------------------------------------------

  /// Scores become probabilities relative to the largest score so far: scores, bytes from row
  /// to row, the address of three floats for each row (the largest score, the sum of
  /// probabilities, and, written, by what earlier sums are to be multiplied: `rows` of each,
  /// one after the other), bytes from the first float of one kind to that of the next, rows of
  /// one head and heads (high and low half), vectors, and how many scores of the first row
  /// count (one more in each row of the head).
  int softmax() {
    var state = C;
    var kind = D;
    var vectors = F;
    var visible = Gpr.RBX;
    var rows = Gpr.RBP;
    var heads = Gpr.R12;
    var rowsLeft = Gpr.R13;
    var at = Gpr.R14;
    var count = Gpr.R15;
    int place = begin(SAVED);
    split(E, rows, heads);
    a.load(constantsKept(0), constant(Constant.LEAST));
    a.load(constantsKept(1), constant(Constant.NOTHING));
    var head = a.here();
    a.load(visible, seventh(SAVED.length));
    a.move(rowsLeft, rows);
    var row = a.here();
    hide(visible, vectors, at, count);
    a.load(0, constant(Constant.NOTHING));
    a.move(at, A);
    a.move(count, vectors);
    var max = a.here();
    a.load(1, Memory.at(at, 0));
    a.max(0, 0, 1);
    a.add(at, bytes);
    a.decrement(count);
    a.jumpIfNotZero(max);
    a.fold(0, 1, a::max);
    a.broadcast(5, Memory.at(state, 0));
    a.max(0, 5, 0);
    a.storeFirst(Memory.at(state, 0), 0);
    a.subtract(5, 5, 0);
    probability(5);
    a.zero(1);
    a.move(at, A);
    a.move(count, vectors);
    var sum = a.here();
    a.load(2, Memory.at(at, 0));
    a.subtract(2, 2, 0);
    probability(2);
    a.store(Memory.at(at, 0), 2);
    a.add(1, 1, 2);
    a.add(at, bytes);
    a.decrement(count);
    a.jumpIfNotZero(sum);
    a.fold(1, 2, a::add);
    a.broadcast(2, new Memory(state, kind, 0));
    a.multiplyAdd(1, 2, 5);
    a.storeFirst(new Memory(state, kind, 0), 1);
    a.address(at, new Memory(state, kind, 0));
    a.storeFirst(new Memory(at, kind, 0), 5);
    a.add(state, 4);
    a.add(A, B);
    a.add(visible, 1);
    a.decrement(rowsLeft);
    a.jumpIfNotZero(row);
    a.decrement(heads);
    a.jumpIfNotZero(head);
    end(SAVED);
    return place;
  }

  private int constantsKept(int i) {
    return 8 + i;
  }

  /// `x = exp(x)` for numbers up to 0; exactly 0 below what has a normal exponential.
  private void probability(int x) {
    a.compareLess(softmaxMask(), x, constantsKept(0));
    a.max(x, constantsKept(0), x);
    exp(x, 3, 4);
    a.zero(3);
    a.blend(x, softmaxMask(), x, 3);
  }

  private int softmaxMask() {
    return a.width() == Width.BITS_512 ? 2 : 14;
  }

  /// Scores from `visible` on become minus infinity.
  private void hide(Gpr visible, Gpr vectors, Gpr at, Gpr count) {
    var left = Gpr.R10;
    var next = a.label();
    var none = a.label();
    var end = a.label();
    a.move(at, A);
    a.move(count, vectors);
    a.move(left, visible);
    var vector = a.here();
    a.compare(left, lanes);
    var partly = a.label();
    a.jumpIfLess(partly);
    a.add(left, -lanes);
    a.jumpTo(next);
    a.bind(partly);
    a.compare(left, 1);
    a.jumpIfLess(none);
    a.move(Gpr.RAX, left);
    maskOf(Gpr.RAX);
    a.load(0, Memory.at(at, 0));
    a.blend(0, mask, constantsKept(1), 0);
    a.store(Memory.at(at, 0), 0);
    a.move(left, 0);
    a.jumpTo(next);
    a.bind(none);
    a.store(Memory.at(at, 0), constantsKept(1));
    a.bind(next);
    a.add(at, bytes);
    a.decrement(count);
    a.jumpIfNotZero(vector);
    a.bind(end);
  }

  /// Divides rows of sums: to, bytes from row to row there, the sums, bytes from row to row there,
  /// rows, whole vectors and numbers left (high and low half), the address of what to divide by.
  int finish() {
    var to = Gpr.RBX;
    var from = Gpr.RBP;
    var whole = Gpr.R12;
    var left = Gpr.R13;
    var divisor = Gpr.R14;
    int place = begin(SAVED);
    a.load(divisor, seventh(SAVED.length));
    split(F, whole, left);
    var row = a.here();
    a.load(1, constant(Constant.ONE));
    a.broadcast(2, Memory.at(divisor, 0));
    a.divide(1, 1, 2);
    a.move(to, A);
    a.move(from, C);
    a.move(Gpr.RAX, whole);
    a.move(Gpr.R10, left);
    overVectors(Gpr.RAX, Gpr.R10, part -> {
      part.load(0, Memory.at(from, 0));
      a.multiply(0, 0, 1);
      part.store(Memory.at(to, 0), 0);
      part.pass(from, to);
    });
    a.add(A, B);
    a.add(C, D);
    a.add(divisor, 4);
    a.decrement(E);
    a.jumpIfNotZero(row);
    end(SAVED);
    return place;
  }

  // --- backward ----------------------------------------------------------------------------------

  /// One float for each row: the sum of products of two rows: where to, a, b, bytes from row to row
  /// of both, rows, vectors.
  int dots() {
    int place = begin();
    var row = a.here();
    a.move(Gpr.R10, B);
    a.move(Gpr.R11, C); // no constants are read here
    a.move(Gpr.RAX, F);
    a.zero(0);
    var vector = a.here();
    a.load(1, Memory.at(Gpr.R10, 0));
    a.load(2, Memory.at(Gpr.R11, 0));
    a.multiplyAdd(0, 1, 2);
    a.add(Gpr.R10, bytes);
    a.add(Gpr.R11, bytes);
    a.decrement(Gpr.RAX);
    a.jumpIfNotZero(vector);
    a.fold(0, 1, a::add);
    a.storeFirst(Memory.at(A, 0), 0);
    a.add(A, 4);
    a.add(B, D);
    a.add(C, D);
    a.decrement(E);
    a.jumpIfNotZero(row);
    end();
    return place;
  }

  /// `to += from` for rows: to, bytes from row to row there, from, bytes from row to row there,
  /// rows, vectors.
  int addRows() {
    int place = begin();
    var row = a.here();
    a.move(Gpr.R10, A);
    a.move(Gpr.R11, C);
    a.move(Gpr.RAX, F);
    var vector = a.here();
    a.load(0, Memory.at(Gpr.R10, 0));
    a.add(0, 0, Memory.at(Gpr.R11, 0));
    a.store(Memory.at(Gpr.R10, 0), 0);
    a.add(Gpr.R10, bytes);
    a.add(Gpr.R11, bytes);
    a.decrement(Gpr.RAX);
    a.jumpIfNotZero(vector);
    a.add(A, B);
    a.add(C, D);
    a.decrement(E);
    a.jumpIfNotZero(row);
    end();
    return place;
  }

  /// Scores become probabilities, and gradients of probabilities gradients of scores: scores,
  /// gradients, bytes from row to row of both, logs of the softmax's sums, what is to be taken
  /// off each row's gradients (one float after the other), rows and vectors (high and low
  /// half), and the address of three numbers: how many scores of the first row count (one more
  /// in each row), the bits of what scores are to be multiplied with, bytes from one log to the
  /// next.
  int slopes() {
    var visible = Gpr.RBX;
    var rows = Gpr.RBP;
    var vectors = Gpr.R12;
    var gradient = Gpr.R13;
    var at = Gpr.R14;
    var count = Gpr.R15;
    int place = begin(SAVED);
    split(F, rows, vectors);
    a.load(F, seventh(SAVED.length));
    a.load(visible, Memory.at(F, 0));
    a.broadcast(6, Memory.at(F, 8));
    a.load(F, Memory.at(F, 16));
    a.load(constantsKept(0), constant(Constant.LEAST));
    a.load(constantsKept(1), constant(Constant.NOTHING));
    var row = a.here();
    hide(visible, vectors, at, count);
    a.broadcast(7, Memory.at(D, 0));
    a.broadcast(5, Memory.at(E, 0));
    a.move(at, A);
    a.move(gradient, B);
    a.move(count, vectors);
    var vector = a.here();
    a.load(1, Memory.at(at, 0));
    a.multiply(1, 1, 6);
    a.subtract(1, 1, 7);
    probability(1);
    a.store(Memory.at(at, 0), 1);
    a.load(2, Memory.at(gradient, 0));
    a.subtract(2, 2, 5);
    a.multiply(2, 2, 1);
    a.multiply(2, 2, 6);
    a.store(Memory.at(gradient, 0), 2);
    a.add(at, bytes);
    a.add(gradient, bytes);
    a.decrement(count);
    a.jumpIfNotZero(vector);
    a.add(A, C);
    a.add(B, C);
    a.add(D, F);
    a.add(E, 4);
    a.add(visible, 1);
    a.decrement(rows);
    a.jumpIfNotZero(row);
    end(SAVED);
    return place;
  }
}
