package herd.engine.quant;

import herd.engine.code.Assembler.Label;
import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.quant.BlockFormat.Layout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Machine code that writes a panel of [Activations], to the same bits: x (rows that follow each
/// other), the panel, tokens, blocks of a row.
///
/// Registers of vectors: the 32 numbers of a block in the first ones, then those named below, then
/// some for what comes and goes.
final class RoundingProgram {
  private static final Gpr X = Gpr.RDI;
  private static final Gpr PANEL = Gpr.RSI;
  private static final Gpr TOKENS = Gpr.RDX;
  private static final Gpr BLOCKS = Gpr.RCX;
  private static final Gpr LEFT = Gpr.R8; // tokens
  private static final Gpr STRIDE = Gpr.R9;
  private static final Gpr STEP = Gpr.R10;
  private static final Gpr CONSTANTS = Gpr.R11;
  private static final Gpr VALUE = Gpr.RAX;
  private static final Gpr TO = Gpr.RBX;
  private static final Gpr BLOCK = Gpr.RBP;
  private static final Gpr COUNT = Gpr.R12;
  private static final Gpr[] SAVED = {Gpr.RBX, Gpr.RBP, Gpr.R12};

  private static final int LARGEST = 4; // then the scale
  private static final int LEVEL = 5;
  private static final int LEAST = 6;
  private static final int INVERSE = 7;
  private static final int TRIED = 8; // an inverse
  private static final int T0 = 9;
  private static final int T1 = 10;
  private static final int T2 = 11;
  private static final int T3 = 12;

  private static final int VECTOR = 64; // bytes of a constant
  private static final int ABSOLUTE = 0;
  private static final int ROUND = VECTOR;
  private static final int INFINITE = 2 * VECTOR;
  private static final int PICK = 3 * VECTOR; // the lowest byte of each number, first in 128 bits
  private static final int LEVELS = 4 * VECTOR;

  private final FloatAssembler a;
  private final Layout layout;
  private final int lanes;
  private final int vectors;
  private final int mask;
  private final Label constants;

  private RoundingProgram(FloatAssembler a, Layout layout) {
    this.a = a;
    this.layout = layout;
    this.lanes = a.width().bytes() / 4;
    this.vectors = BlockFormat.COLUMNS / lanes;
    this.mask = lanes == 16 ? 1 : 15;
    a.function();
    this.constants = a.here();
    for (int number : numbers()) {
      a.data(repeat(number));
    }
  }

  private static List<Integer> numbers() {
    var numbers = new ArrayList<>(List.of(
        0x7FFF_FFFF,
        Float.floatToRawIntBits(Activations.ROUND),
        Float.floatToRawIntBits(Float.POSITIVE_INFINITY),
        0x0C08_0400));
    for (float level : Activations.LEVELS) {
      numbers.add(Float.floatToRawIntBits(level));
      numbers.add(Float.floatToRawIntBits(level * level));
    }
    return numbers;
  }

  private static byte[] repeat(int number) {
    var out = ByteBuffer.allocate(VECTOR).order(ByteOrder.LITTLE_ENDIAN);
    while (out.hasRemaining()) {
      out.putInt(number);
    }
    return out.array();
  }

  private static Memory constant(int at) {
    return Memory.at(CONSTANTS, at);
  }

  /// 128 bytes that a function owns that calls none.
  private static Memory below(int bytes) {
    return Memory.at(Gpr.RSP, -bytes);
  }

  /// Appends the function; returns where it begins.
  static int emit(FloatAssembler a, Layout layout) {
    return new RoundingProgram(a, layout).function();
  }

  private int function() {
    int begin = a.function();
    for (var register : SAVED) {
      a.push(register);
    }
    a.address(CONSTANTS, constants);
    a.multiply(STRIDE, TOKENS, 4);
    a.multiply(STEP, STRIDE, Activations.numbers(layout));
    a.move(LEFT, TOKENS);
    var token = a.here();
    a.move(BLOCK, PANEL);
    a.move(COUNT, BLOCKS);
    var block = a.here();
    a.move(TO, BLOCK);
    block();
    a.add(BLOCK, STEP);
    a.add(X, 4 * BlockFormat.COLUMNS);
    a.decrement(COUNT);
    a.jumpIfNotZero(block);
    a.add(PANEL, 4);
    a.decrement(LEFT);
    a.jumpIfNotZero(token);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.endVectors();
    a.ret();
    return begin;
  }

  private void block() {
    var zeros = a.label();
    var end = a.label();
    for (int v = 0; v < vectors; v++) {
      a.load(v, Memory.at(X, v * a.width().bytes()));
      int to = v == 0 ? LARGEST : T0;
      a.and(to, v, constant(ABSOLUTE));
      if (v > 0) {
        a.maxInts(LARGEST, LARGEST, T0);
      }
    }
    a.fold(LARGEST, T0, a::maxInts);
    a.storeFirst(below(8), LARGEST);
    a.load32(VALUE, below(8));
    a.add(VALUE, 0);
    a.jumpIfZero(zeros);
    level();
    quads();
    sums();
    a.jumpTo(end);
    a.bind(zeros); // the value is 0
    for (int i = 0; i < Activations.numbers(layout); i++) {
      put();
    }
    a.bind(end);
  }

  /// Writes the value as the next number.
  private void put() {
    a.store32(Memory.at(TO, 0), VALUE);
    a.add(TO, STRIDE);
  }

  /// Writes the first lane as the next number.
  private void put(int vector) {
    a.storeFirst(Memory.at(TO, 0), vector);
    a.add(TO, STRIDE);
  }

  /// The level with the least squared error, and its inverse.
  private void level() {
    a.load(LEAST, constant(INFINITE));
    a.load(LEVEL, constant(LEVELS));
    for (int i = 0; i < Activations.LEVELS.length; i++) {
      int level = LEVELS + 2 * i * VECTOR;
      a.load(TRIED, constant(level));
      a.divide(TRIED, TRIED, LARGEST);
      if (i == 0) {
        a.move(INVERSE, TRIED);
      }
      squares();
      a.divide(T2, T2, constant(level + VECTOR));
      a.compareLess(mask, T2, LEAST);
      a.blend(LEAST, mask, LEAST, T2);
      a.blend(INVERSE, mask, INVERSE, TRIED);
      a.load(T0, constant(level));
      a.blend(LEVEL, mask, LEVEL, T0);
    }
  }

  /// The sum of squares of what rounding takes away, halves added to halves.
  private void squares() {
    int kept = vectors / 2; // sums side by side, before they are added
    for (int v = 0; v < vectors; v++) {
      a.multiply(T0, v, TRIED);
      a.add(T1, T0, constant(ROUND));
      a.subtract(T1, T1, constant(ROUND));
      a.subtract(T0, T0, T1);
      int sum = v % kept == 0 ? T2 : T3;
      if (v < kept) {
        a.multiply(sum, T0, T0);
      } else {
        a.multiply(T0, T0, T0);
        a.add(sum, sum, T0);
      }
    }
    if (kept == 2) {
      a.add(T2, T2, T3);
    }
    a.fold(T2, T0, a::add);
  }

  private void quads() {
    a.load(T1, constant(PICK));
    for (int v = 0; v < vectors; v++) {
      a.multiply(v, v, INVERSE);
      a.add(v, v, constant(ROUND));
      a.shiftIntsLeft(v, v, 24);
      a.shiftSignedRight(v, v, 24);
      a.lookUp(T0, v, T1);
      a.store(below(128 - v * a.width().bytes()), T0);
    }
    for (int j = 0; j < 8; j++) {
      a.load32(VALUE, below(128 - 16 * j));
      put();
    }
  }

  private void sums() {
    a.divide(LARGEST, LARGEST, LEVEL);
    put(LARGEST);
    int halves = layout.halves();
    int of = vectors / halves;
    for (int half = 0; half < halves; half++) {
      int sum = half * of;
      for (int v = 1; v < of; v++) {
        a.addInts(sum, sum, sum + v);
      }
      a.fold(sum, T0, a::addInts);
      a.storeFirst(below(8), sum);
      a.load32(VALUE, below(8));
      a.multiply(VALUE, VALUE, -layout.zero());
      put();
    }
    for (int half = 0; layout.mins() && half < halves; half++) {
      int sum = half * of;
      a.intsToFloats(sum, sum);
      a.multiply(sum, sum, LARGEST);
      put(sum);
    }
  }
}
