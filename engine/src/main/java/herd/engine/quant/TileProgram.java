package herd.engine.quant;

import herd.engine.code.Assembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;
import herd.engine.quant.BlockFormat.Layout;

/// Machine code of [BlockKernel#tile] for one format, one number of groups side by side and one
/// number of tokens: the one template of all formats and vector widths.
///
/// Registers of vectors, `r` counting those that 16 rows of all groups fill: sums `[r][token]` as
/// F32, integer sums `[r][token]` of the block, codes `[r]`, some for numbers of `x`, constants.
final class TileProgram {
  /// How 8-bit products are added up.
  enum Dot {
    /// One instruction: unsigned times signed bytes, four at a time.
    DIRECT,
    /// Pairs in 16 bits, then pairs of pairs: AVX2.
    PAIRS
  }

  // The arguments: w, panel, y, units, groups / side, stride; ahead lies on the stack.
  private static final Gpr W = Gpr.RDI;
  private static final Gpr PANEL = Gpr.RSI;
  private static final Gpr Y = Gpr.RDX;
  private static final Gpr UNITS = Gpr.RCX;
  private static final Gpr GROUPS = Gpr.R8;
  private static final Gpr STRIDE = Gpr.R9;

  private static final Gpr NEXT = Gpr.R10; // the second group
  private static final Gpr X = Gpr.R11;
  private static final Gpr COUNT = Gpr.RAX;
  private static final Gpr BLOCKS = Gpr.RBX;
  private static final Gpr AHEAD = Gpr.R12;
  private static final Gpr HEADER = Gpr.R13;
  private static final Gpr HEADER2 = Gpr.R14;
  private static final Gpr CONSTANTS = Gpr.R15;
  private static final Gpr[] SAVED = {
    Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15,
  };

  private final Assembler a;
  private final Layout layout;
  private final Dot dot;
  private final int side;
  private final int tokens;
  private final int parts; // vectors that 16 lanes fill
  private final int vectors; // of one quad of all groups
  private final int codes; // registers from here on
  private final int spare;
  private final int mask;
  private final int numbers;
  private final int numberCount;

  private TileProgram(Assembler a, Layout layout, Dot dot, int side, int tokens) {
    this.a = a;
    this.layout = layout;
    this.dot = dot;
    this.side = side;
    this.tokens = tokens;
    this.parts = 64 / a.width().bytes();
    this.vectors = side * parts;
    this.codes = 2 * vectors * tokens;
    this.spare = codes + vectors;
    this.mask = spare + 1;
    this.numbers = mask + 1;
    this.numberCount = Math.min(3, a.width().registers() - numbers);
    if (numberCount < (dot == Dot.PAIRS ? 2 : 1)) {
      throw new IllegalArgumentException("too large a tile");
    }
  }

  /// Most tokens that fit into the registers with `side` groups.
  static int mostTokens(Width width, int side) {
    int vectors = side * 64 / width.bytes();
    return (width.registers() - 4 - vectors) / (2 * vectors);
  }

  /// Appends the function, with its constants before it; returns where it begins.
  static int emit(Assembler a, Layout layout, Dot dot, int side, int tokens) {
    return new TileProgram(a, layout, dot, side, tokens).function();
  }

  private int sum(int vector, int token) {
    return vector * tokens + token;
  }

  private int product(int vector, int token) {
    return (vectors + vector) * tokens + token;
  }

  private int number(int token) {
    return numbers + token % numberCount;
  }

  private Memory of(int vector, int offset) {
    return Memory.at(vector < parts ? W : NEXT, offset);
  }

  /// A four-byte number of a token in the panel's block.
  private Memory x(int row, int token) {
    return Memory.at(X, 4 * (row * tokens + token));
  }

  private boolean repeats() {
    return a.width() == Width.BITS_512;
  }

  // --- loops -------------------------------------------------------------------------------------

  private int function() {
    var constants = new TileCodes.Constants(a, layout);
    int begin = a.function();
    for (var register : SAVED) {
      a.push(register);
    }
    a.load(AHEAD, Memory.at(Gpr.RSP, 8 * SAVED.length + 8));
    a.address(CONSTANTS, constants.label());
    a.load(mask, Memory.at(CONSTANTS, TileCodes.Constants.NIBBLES));
    if (side == 2) {
      a.multiply(NEXT, UNITS, layout.unitBytes());
      a.add(NEXT, W);
    }
    var group = a.here();
    for (int i = 0; i < vectors * tokens; i++) {
      a.zero(i);
    }
    a.move(X, PANEL);
    a.move(COUNT, UNITS);
    var unit = a.here();
    unit();
    a.decrement(COUNT);
    a.jumpIfNotZero(unit);
    store();
    if (side == 2) {
      a.move(W, NEXT);
      a.multiply(COUNT, UNITS, layout.unitBytes());
      a.add(NEXT, COUNT);
    }
    a.add(Y, 64 * side);
    a.decrement(GROUPS);
    a.jumpIfNotZero(group);
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.endVectors();
    a.ret();
    return begin;
  }

  private void unit() {
    if (layout.blocks() == 1) {
      block();
      return;
    }
    a.move(HEADER, W);
    a.add(W, layout.headerBytes());
    if (side == 2) {
      a.move(HEADER2, NEXT);
      a.add(NEXT, layout.headerBytes());
    }
    a.move(BLOCKS, layout.blocks());
    var block = a.here();
    block();
    a.decrement(BLOCKS);
    a.jumpIfNotZero(block);
  }

  private void block() {
    for (int at = 0; at < layout.blockBytes(); at += 64) {
      a.prefetch(new Memory(W, AHEAD, at));
      if (side == 2) {
        a.prefetch(new Memory(NEXT, AHEAD, at));
      }
    }
    int quads = 8 / layout.halves();
    for (int half = 0; half < layout.halves(); half++) {
      begin(half);
      for (int j = half * quads; j < (half + 1) * quads; j++) {
        quad(j);
      }
      scale(half);
    }
    a.add(W, layout.blockBytes());
    if (side == 2) {
      a.add(NEXT, layout.blockBytes());
    }
    a.add(X, 4 * Activations.numbers(layout) * tokens);
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

  // --- a block -----------------------------------------------------------------------------------

  /// Integer sums begin with what the zero of the codes takes away; where the codes have been made
  /// signed there is nothing to take away.
  private void begin(int half) {
    boolean nothing = layout.zero() == 0 || signed();
    for (int v = 0; v < vectors; v++) {
      for (int t = 0; t < tokens; t++) {
        if (nothing) {
          a.zero(product(v, t));
        } else {
          a.broadcast(product(v, t), x(9 + half, t));
        }
      }
    }
  }

  /// Whether pairs of products would not fit in 16 bits: then codes become signed, and the sign
  /// goes over to the other operand.
  private boolean signed() {
    return dot == Dot.PAIRS && layout.most() > 128;
  }

  private void quad(int j) {
    for (int v = 0; v < vectors; v++) {
      new TileCodes(a, layout, CONSTANTS, mask, spare).emit(codes + v, j, of(v, lane(v)));
      if (signed()) {
        a.xor(codes + v, codes + v, spareLoaded(TileCodes.Constants.SIGNS));
      }
    }
    for (int t = 0; t < tokens; t++) {
      if (dot == Dot.DIRECT && vectors == 1 && repeats()) {
        a.dotRepeated(product(0, t), codes, x(j, t));
        continue;
      }
      a.broadcast(number(t), x(j, t));
      for (int v = 0; v < vectors; v++) {
        dot(product(v, t), codes + v, number(t), number(t + 1));
      }
    }
  }

  /// Where a vector's lanes begin within 64 bytes of a block's codes.
  private int lane(int vector) {
    return layout.codesAt() + vector % parts * a.width().bytes();
  }

  private int spareLoaded(int constant) {
    a.load(spare, Memory.at(CONSTANTS, constant));
    return spare;
  }

  private void dot(int to, int code, int number, int other) {
    if (dot == Dot.DIRECT) {
      a.dot(to, code, number);
      return;
    }
    if (signed()) {
      a.signBytes(other, number, code);
      a.absoluteBytes(spare, code);
      a.multiplyBytesAddPairs(spare, spare, other);
    } else {
      a.multiplyBytesAddPairs(spare, code, number);
    }
    a.multiplyShortsAddPairs(spare, spare, Memory.at(CONSTANTS, TileCodes.Constants.ONES));
    a.addInts(to, to, spare);
  }

  // --- scales ------------------------------------------------------------------------------------

  private void scale(int half) {
    for (int v = 0; v < vectors; v++) {
      int scale = codes + v;
      scaleOf(scale, v, half, false);
      for (int t = 0; t < tokens; t++) {
        times(spare, scale, x(8, t));
        a.intsToFloats(product(v, t), product(v, t));
        a.multiplyAdd(sum(v, t), product(v, t), spare);
      }
      if (layout.mins()) {
        scaleOf(scale, v, half, true);
        for (int t = 0; t < tokens; t++) {
          addTimes(sum(v, t), scale, x(9 + layout.halves() + half, t));
        }
      }
    }
  }

  /// Scales, or mins, of 16 rows in half a block as floats.
  private void scaleOf(int to, int vector, int half, boolean min) {
    int lanes = a.width().bytes() / 4;
    int row = vector % parts * lanes + half * BlockFormat.ROWS;
    int at = min ? layout.scaleBytes() : 0;
    if (layout.blocks() == 1) {
      a.halvesToFloats(to, of(vector, at + 2 * row));
      return;
    }
    if (min) {
      a.bytesToInts(to, of(vector, at + row));
    } else {
      a.signedBytesToInts(to, of(vector, at + row));
    }
    a.intsToFloats(to, to);
    int head = (min ? 2 * BlockFormat.ROWS : 0) + 2 * (vector % parts * lanes);
    a.halvesToFloats(spare, Memory.at(vector < parts ? HEADER : HEADER2, head));
    a.multiply(to, to, spare);
  }

  private void times(int to, int vector, Memory number) {
    if (repeats()) {
      a.multiplyRepeated(to, vector, number);
    } else {
      a.broadcast(to, number);
      a.multiply(to, vector, to);
    }
  }

  private void addTimes(int to, int vector, Memory number) {
    if (repeats()) {
      a.multiplyAddRepeated(to, vector, number);
    } else {
      a.broadcast(spare, number);
      a.multiplyAdd(to, vector, spare);
    }
  }
}
