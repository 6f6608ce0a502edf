package herd.engine.quant;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;
import herd.engine.quant.BlockFormat.Layout;

/// Machine code of [BlockKernel#tile] for one format, one number of groups side by side and one
/// number of tokens: the one template of all formats and vector widths.
///
/// Registers of vectors, `r` counting those that 16 rows of all groups fill: sums `[r][token]` as
/// F32, integer sums `[r][token]` of the block, codes `[r]`, some for numbers of `x`, constants.
/// Where registers are few, the F32 sums of large tiles lie on the stack, where each block meets
/// them once.
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
  private static final int OTHERS = 4; // registers beside sums and codes
  private static final Gpr FRAME = Gpr.RBP; // the stack pointer as it was
  private static final Gpr[] SAVED = {
    Gpr.RBX, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15, Gpr.RBP,
  };

  private final FloatAssembler a;
  private final Layout layout;
  private final Dot dot;
  private final int side;
  private final int tokens;
  private final int parts; // vectors that 16 lanes fill
  private final int vectors; // of one quad of all groups
  private final boolean kept; // F32 sums in registers
  private final int products; // registers from here on
  private final int codes;
  private final int spare;
  private final int mask; // -1 where there is no register for it
  private final int numbers;
  private final int numberCount;

  private TileProgram(FloatAssembler a, Layout layout, Dot dot, int side, int tokens) {
    this.a = a;
    this.layout = layout;
    this.dot = dot;
    this.side = side;
    this.tokens = tokens;
    this.parts = 64 / a.width().bytes();
    this.vectors = side * parts;
    int sums = vectors * tokens;
    int registers = a.width().registers();
    this.kept = 2 * sums + vectors + OTHERS <= registers;
    this.products = kept ? sums : 0;
    this.codes = products + sums;
    this.spare = codes + vectors;
    this.numbers = spare + 1;
    this.mask = kept ? registers - 1 : -1;
    this.numberCount = Math.min(2, registers - numbers - (kept ? 1 : 0));
    if (numberCount < 1) {
      throw new IllegalArgumentException("too large a tile");
    }
  }

  /// Most tokens that fit into the registers with `side` groups.
  static int mostTokens(Width width, int side) {
    int vectors = side * 64 / width.bytes();
    return (width.registers() - vectors - 2) / vectors;
  }

  /// Appends the function, with its constants before it; returns where it begins.
  static int emit(FloatAssembler a, Layout layout, Dot dot, int side, int tokens) {
    return new TileProgram(a, layout, dot, side, tokens).function();
  }

  private int sum(int vector, int token) {
    return vector * tokens + token;
  }

  private int product(int vector, int token) {
    return products + vector * tokens + token;
  }

  /// Where the F32 sum lies that has no register.
  private Memory sumAside(int vector, int token) {
    return Memory.at(Gpr.RSP, a.width().bytes() * (vector * tokens + token));
  }

  /// Where integer sums wait for those of later quads.
  private Memory productAside(int vector, int token) {
    int sums = kept ? 0 : vectors * tokens;
    return Memory.at(Gpr.RSP, a.width().bytes() * (sums + vector * tokens + token));
  }

  /// Bytes of the stack; a multiple of 64.
  private int frameBytes() {
    int lots = (kept ? 0 : 1) + (waits() ? 1 : 0);
    return (lots * vectors * tokens * a.width().bytes() + 63) / 64 * 64;
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
    if (mask >= 0) {
      a.load(mask, Memory.at(CONSTANTS, TileCodes.Constants.NIBBLES));
    }
    if (frameBytes() > 0) {
      a.move(FRAME, Gpr.RSP);
      a.add(Gpr.RSP, -frameBytes());
      a.and(Gpr.RSP, -64);
    }
    if (side == 2) {
      a.multiply(NEXT, UNITS, layout.unitBytes());
      a.add(NEXT, W);
    }
    var group = a.here();
    clear();
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
    if (frameBytes() > 0) {
      a.move(Gpr.RSP, FRAME);
    }
    for (int i = SAVED.length - 1; i >= 0; i--) {
      a.pop(SAVED[i]);
    }
    a.endVectors();
    a.ret();
    return begin;
  }

  private void clear() {
    a.zero(0);
    for (int t = 0; t < tokens; t++) {
      for (int v = 0; v < vectors; v++) {
        if (kept) {
          a.zero(sum(v, t));
        } else {
          a.store(sumAside(v, t), 0);
        }
      }
    }
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
      for (int j = 0; j < quads; j++) {
        quad(half * quads + j, j);
        if (shorts() && (j + 1) % run() == 0) {
          widen(half, j);
        }
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
        if (!kept) {
          a.load(spare, sumAside(v, t));
        }
        a.store(Memory.at(COUNT, v * a.width().bytes()), kept ? sum(v, t) : spare);
      }
      if (t < tokens - 1) {
        a.add(COUNT, STRIDE);
      }
    }
  }

  // --- a block -----------------------------------------------------------------------------------

  /// Integer sums begin with what the zero of the codes takes away; where the codes have been made
  /// signed there is nothing to take away. Sums of 16 bits begin with their first products.
  private void begin(int half) {
    holdConstant();
    if (shorts()) {
      return;
    }
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

  /// Whether products are added up in 16 bits.
  private boolean shorts() {
    return dot == Dot.PAIRS && !signed();
  }

  /// Quads whose products fit in 16 bits when they are added up.
  private int run() {
    int most = Short.MAX_VALUE / (2 * 127 * layout.most());
    return Math.min(Integer.highestOneBit(most), 8 / layout.halves());
  }

  /// Whether integer sums of several runs are added up.
  private boolean waits() {
    return shorts() && run() < 8 / layout.halves();
  }

  /// Makes 32-bit sums of those of 16 bits, after quad `j` of a half.
  private void widen(int half, int j) {
    boolean first = j < run();
    boolean last = j + 1 == 8 / layout.halves();
    for (int t = 0; t < tokens; t++) {
      if (last && layout.zero() != 0) {
        a.broadcast(number(0), x(9 + half, t));
      }
      for (int v = 0; v < vectors; v++) {
        int to = product(v, t);
        a.multiplyShortsAddPairs(to, to, Memory.at(CONSTANTS, TileCodes.Constants.ONES));
        if (!first) {
          a.addInts(to, to, productAside(v, t));
        }
        if (!last) {
          a.store(productAside(v, t), to);
        } else if (layout.zero() != 0) {
          a.addInts(to, to, number(0));
        }
      }
    }
  }

  /// A register that is free while a block's products are made: for the mask of codes that need no
  /// other.
  private int nibbles() {
    boolean free = dot == Dot.DIRECT && layout.bits().length == 1 && layout.table() == null;
    return mask < 0 && free ? spare : mask;
  }

  private void holdConstant() {
    if (mask < 0 && nibbles() == spare && layout.bits()[0] == 4) {
      a.load(spare, Memory.at(CONSTANTS, TileCodes.Constants.NIBBLES));
    }
    if (signed()) {
      a.load(ones(), Memory.at(CONSTANTS, TileCodes.Constants.ONES));
    }
  }

  /// @param place of the quad within its half
  private void quad(int j, int place) {
    if (signed()) {
      signedQuad(j);
      return;
    }
    for (int v = 0; v < vectors; v++) {
      new TileCodes(a, layout, CONSTANTS, nibbles(), spare).emit(codes + v, j, of(v, lane(v)));
    }
    for (int t = 0; t < tokens; t++) {
      if (dot == Dot.DIRECT && vectors == 1 && repeats()) {
        a.dotRepeated(product(0, t), codes, x(j, t));
        continue;
      }
      a.broadcast(number(t), x(j, t));
      for (int v = 0; v < vectors; v++) {
        dot(product(v, t), codes + v, number(t), shorts() && place % run() == 0);
      }
    }
  }

  private void dot(int to, int code, int number, boolean first) {
    if (dot == Dot.DIRECT) {
      a.dot(to, code, number);
    } else if (first) {
      a.multiplyBytesAddPairs(to, code, number);
    } else {
      a.multiplyBytesAddPairs(spare, code, number);
      a.addShorts(to, to, spare);
    }
  }

  // Registers of a quad of signed codes, one vector after the other: its codes, their absolute
  // values, what comes and goes, ones.

  private int absolute() {
    return codes + 1;
  }

  private int ones() {
    return codes + 3;
  }

  private void signedQuad(int j) {
    int number = codes + 2;
    for (int v = 0; v < vectors; v++) {
      new TileCodes(a, layout, CONSTANTS, mask, absolute()).emit(codes, j, of(v, lane(v)));
      a.load(absolute(), Memory.at(CONSTANTS, TileCodes.Constants.SIGNS));
      a.xor(codes, codes, absolute());
      a.absoluteBytes(absolute(), codes);
      for (int t = 0; t < tokens; t++) {
        a.broadcast(number, x(j, t));
        a.signBytes(number, number, codes);
        a.multiplyBytesAddPairs(number, absolute(), number);
        a.multiplyShortsAddPairs(number, number, ones());
        a.addInts(product(v, t), product(v, t), number);
      }
    }
  }

  /// Where a vector's lanes begin within 64 bytes of a block's codes.
  private int lane(int vector) {
    return layout.codesAt() + vector % parts * a.width().bytes();
  }

  // --- scales ------------------------------------------------------------------------------------

  private void scale(int half) {
    if (!kept) {
      scaleAside(half);
      return;
    }
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

  /// As [#scale]: the codes' registers hold the scales of all rows, then the mins.
  private void scaleAside(int half) {
    int number = number(0);
    for (int v = 0; v < vectors; v++) {
      scaleOf(codes + v, v, half, false);
    }
    for (int t = 0; t < tokens; t++) {
      a.broadcast(number, x(8, t));
      for (int v = 0; v < vectors; v++) {
        a.multiply(spare, codes + v, number);
        a.intsToFloats(product(v, t), product(v, t));
        a.timesPlus(product(v, t), spare, sumAside(v, t));
        if (!layout.mins()) {
          a.store(sumAside(v, t), product(v, t));
        }
      }
    }
    if (!layout.mins()) {
      return;
    }
    for (int v = 0; v < vectors; v++) {
      scaleOf(codes + v, v, half, true);
    }
    for (int t = 0; t < tokens; t++) {
      a.broadcast(number, x(9 + layout.halves() + half, t));
      for (int v = 0; v < vectors; v++) {
        a.multiplyAdd(product(v, t), codes + v, number);
        a.store(sumAside(v, t), product(v, t));
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
