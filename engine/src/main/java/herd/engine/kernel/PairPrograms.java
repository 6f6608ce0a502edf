package herd.engine.kernel;

import herd.engine.code.Assembler.Label;
import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Machine code that rounds floats to bf16 and lays two beside each other that one instruction
/// multiplies: *pairs* of neighbours in a row, or of rows that follow each other. A missing second
/// one is 0. AVX-512 alone.
final class PairPrograms extends FloatProgram {
  private static final Gpr TO = Gpr.RDI;
  private static final Gpr TO_ROW = Gpr.RSI;
  private static final Gpr FROM = Gpr.RDX;
  private static final Gpr FROM_ROW = Gpr.RCX;
  private static final Gpr ROWS = Gpr.R8;
  private static final Gpr COUNTS = Gpr.R9;

  private static final Gpr[] SAVED = {Gpr.RBX, Gpr.RBP, Gpr.R12, Gpr.R13};
  private static final Gpr OUT = Gpr.RBX;
  private static final Gpr IN = Gpr.RBP;
  private static final Gpr WHOLE = Gpr.R12;
  private static final Gpr LEFT = Gpr.R13;

  private static final int WEAVING = 5;

  private final Label weaving;

  PairPrograms(FloatAssembler a) {
    super(a);
    a.function();
    weaving = a.here();
    var order = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < lanes; i++) {
      order.putShort((short) i).putShort((short) (lanes + i));
    }
    a.data(order.array());
  }

  /// Neighbours in rows: to, bytes from row to row there, from, bytes from row to row there, rows,
  /// double vectors and numbers left (high and low half).
  int rows() {
    int place = begin(SAVED);
    split(COUNTS, WHOLE, LEFT);
    var row = a.here();
    a.move(OUT, TO);
    a.move(IN, FROM);
    a.move(Gpr.RAX, WHOLE);
    overVectors(Gpr.RAX, () -> {
      a.load(0, Memory.at(IN, 0));
      a.load(1, Memory.at(IN, bytes));
      a.roundBoth(0, 1, 0);
      a.store(Memory.at(OUT, 0), 0);
      a.add(IN, 2 * bytes);
      a.add(OUT, bytes);
    });
    leftInRow();
    a.add(TO, TO_ROW);
    a.add(FROM, FROM_ROW);
    a.decrement(ROWS);
    a.jumpIfNotZero(row);
    end(SAVED);
    return place;
  }

  private void leftInRow() {
    var end = a.label();
    var few = a.label();
    var both = a.label();
    a.add(LEFT, 0);
    a.jumpIfZero(end);
    a.move(Gpr.RAX, LEFT);
    a.compare(LEFT, lanes);
    a.jumpIfLess(few);
    a.add(Gpr.RAX, -lanes);
    maskOf(Gpr.RAX);
    a.load(0, Memory.at(IN, 0));
    a.load(1, Memory.at(IN, bytes), mask);
    a.jumpTo(both);
    a.bind(few);
    maskOf(Gpr.RAX);
    a.load(0, Memory.at(IN, 0), mask);
    a.zero(1);
    a.bind(both);
    a.roundBoth(0, 1, 0);
    a.move(Gpr.RAX, LEFT);
    a.add(Gpr.RAX, 1);
    a.shiftRight32(Gpr.RAX, 1);
    maskOf(Gpr.RAX);
    a.store(Memory.at(OUT, 0), 0, mask);
    a.bind(end);
  }

  /// Rows woven by two: to, bytes from row to row there, from, bytes from row to row there, rows
  /// there, whole vectors and numbers left in a row (high and low half).
  int weave() {
    int place = begin(SAVED);
    split(COUNTS, WHOLE, LEFT);
    a.address(Gpr.RAX, weaving);
    a.load(WEAVING, Memory.at(Gpr.RAX, 0));
    var last = a.label();
    var end = a.label();
    var pair = a.here();
    a.compare(ROWS, 2);
    a.jumpIfLess(last);
    weave(true);
    a.add(TO, TO_ROW);
    a.add(FROM, FROM_ROW);
    a.add(FROM, FROM_ROW);
    a.add(ROWS, -2);
    a.jumpTo(pair);
    a.bind(last);
    a.add(ROWS, 0);
    a.jumpIfZero(end);
    weave(false);
    a.bind(end);
    end(SAVED);
    return place;
  }

  private void weave(boolean both) {
    a.move(OUT, TO);
    a.move(IN, FROM);
    a.move(Gpr.RAX, WHOLE);
    a.move(Gpr.R10, LEFT);
    overVectors(Gpr.RAX, Gpr.R10, part -> {
      part.load(0, Memory.at(IN, 0));
      if (both) {
        part.load(1, new Memory(IN, FROM_ROW, 0));
      } else {
        a.zero(1);
      }
      a.roundBoth(0, 1, 0);
      a.pickShorts(0, WEAVING, 0);
      part.store(Memory.at(OUT, 0), 0);
      part.pass(IN, OUT);
    });
  }
}
