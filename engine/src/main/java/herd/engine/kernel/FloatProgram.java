package herd.engine.kernel;

import herd.engine.code.Assembler.Label;
import herd.engine.code.FloatAssembler;
import herd.engine.code.Gpr;
import herd.engine.code.Memory;
import herd.engine.code.Width;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What programs over floats have in common: constants, loops over whole vectors and what is left,
/// exponentials. One template for all widths.
class FloatProgram {
  /// A number in all lanes, 64 bytes of memory before the code.
  enum Constant {
    ONE(1),
    LEAST(-86.6f),
    MOST(88.3f),
    NOTHING(Float.NEGATIVE_INFINITY),
    LOG2_E(1.442695041f),
    MINUS_LN2_HIGH(-0.693359375f), // 9 bits: times a whole number it is exact
    MINUS_LN2_LOW(2.12194440e-4f),
    ROUND(0x1.8p23f), // added, it leaves a whole number in the low bits
    P6(0.00138145394f), // the polynomial of least relative error, 3e-9, that begins with 1 + r
    P5(0.00836874545f),
    P4(0.041668389f),
    P3(0.166665211f),
    P2(0.49999994f);

    private static final int BYTES = 64;
    private final float value;

    Constant(float value) {
      this.value = value;
    }
  }

  /// Holds the address of the constants.
  static final Gpr CONSTANTS = Gpr.R11;

  private static final int MASKS = Constant.values().length * Constant.BYTES;
  private static final int MANTISSA_BITS = 23;

  final FloatAssembler a;
  final int bytes; // of a vector
  final int lanes;
  final int mask;
  private final Label constants;

  FloatProgram(FloatAssembler a) {
    this.a = a;
    bytes = a.width().bytes();
    lanes = bytes / 4;
    mask = a.width() == Width.BITS_512 ? 1 : 15;
    a.function();
    constants = a.here();
    for (var constant : Constant.values()) {
      a.data(repeated(constant.value));
    }
    for (int count = 0; count <= lanes; count++) {
      a.data(mask(count));
    }
  }

  private static byte[] repeated(float value) {
    var out = ByteBuffer.allocate(Constant.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (out.hasRemaining()) {
      out.putFloat(value);
    }
    return out.array();
  }

  /// The mask of the first `count` lanes.
  private byte[] mask(int count) {
    var out = ByteBuffer.allocate(a.maskBytes()).order(ByteOrder.LITTLE_ENDIAN);
    if (a.width() == Width.BITS_512) {
      return out.putShort((short) ((1 << count) - 1)).array();
    }
    for (int i = 0; i < lanes; i++) {
      out.putInt(i < count ? -1 : 0);
    }
    return out.array();
  }

  // --- functions ---------------------------------------------------------------------------------

  /// Begins a function; the constants' address is ready.
  int begin(Gpr... saved) {
    int place = a.function();
    for (var register : saved) {
      a.push(register);
    }
    a.address(CONSTANTS, constants);
    return place;
  }

  /// Ends it.
  void end(Gpr... saved) {
    for (int i = saved.length - 1; i >= 0; i--) {
      a.pop(saved[i]);
    }
    a.endVectors();
    a.ret();
  }

  /// The seventh argument of a function that has pushed `saved` registers.
  static Memory seventh(int saved) {
    return Memory.at(Gpr.RSP, 8 * saved + 8);
  }

  Memory constant(Constant constant) {
    return Memory.at(CONSTANTS, constant.ordinal() * Constant.BYTES);
  }

  /// A float, given as the low bits of `from`, in all lanes.
  void broadcast(int to, Gpr from) {
    var below = Memory.at(Gpr.RSP, -8); // a function that calls none owns 128 bytes there
    a.store32(below, from);
    a.broadcast(to, below);
  }

  /// The halves of `packed`, unsigned.
  void split(Gpr packed, Gpr high, Gpr low) {
    a.store(Memory.at(Gpr.RSP, -8), packed);
    a.load32(low, Memory.at(Gpr.RSP, -8));
    a.load32(high, Memory.at(Gpr.RSP, -4));
  }

  // --- loops -------------------------------------------------------------------------------------

  /// How the numbers of one step are read and written: whole vectors, or the first lanes of one.
  final class Part {
    final boolean whole;
    private final Gpr size;

    private Part(boolean whole, Gpr size) {
      this.whole = whole;
      this.size = size;
    }

    /// Goes on behind the numbers of this step.
    void pass(Gpr... pointers) {
      for (var pointer : pointers) {
        if (whole) {
          a.add(pointer, bytes);
        } else {
          a.add(pointer, size);
        }
      }
    }

    void load(int to, Memory from) {
      if (whole) {
        a.load(to, from);
      } else {
        a.load(to, from, mask);
      }
    }

    void store(Memory to, int from) {
      if (whole) {
        a.store(to, from);
      } else {
        a.store(to, from, mask);
      }
    }
  }

  /// One step of a loop.
  interface Step {
    void emit(Part part);
  }

  /// Makes `steps` a step for each whole vector, and one for what is left. Both registers are lost.
  /// @param whole how many vectors
  /// @param left how many numbers are left, less than a vector
  void overVectors(Gpr whole, Gpr left, Step step) {
    var rest = a.label();
    var end = a.label();
    a.add(whole, 0);
    a.jumpIfZero(rest);
    var loop = a.here();
    step.emit(new Part(true, null));
    a.decrement(whole);
    a.jumpIfNotZero(loop);
    a.bind(rest);
    a.add(left, 0);
    a.jumpIfZero(end);
    a.multiply(whole, left, a.maskBytes());
    a.loadMask(mask, new Memory(CONSTANTS, whole, MASKS));
    a.multiply(left, left, 4);
    step.emit(new Part(false, left));
    a.bind(end);
  }

  /// Makes `steps` a step for each whole vector; the register is lost.
  void overVectors(Gpr whole, Runnable step) {
    var end = a.label();
    a.add(whole, 0);
    a.jumpIfZero(end);
    var loop = a.here();
    step.run();
    a.decrement(whole);
    a.jumpIfNotZero(loop);
    a.bind(end);
  }

  /// The mask of `lanesLeft` lanes, 0 to all; the register is lost.
  void maskOf(Gpr lanesLeft) {
    a.multiply(lanesLeft, lanesLeft, a.maskBytes());
    a.loadMask(mask, new Memory(CONSTANTS, lanesLeft, MASKS));
  }

  // --- arithmetic --------------------------------------------------------------------------------

  /// `x = exp(x)` to about one unit in the last place, for numbers from `LEAST` to `MOST`; the two
  /// others are lost.
  void exp(int x, int power, int p) {
    a.load(power, constant(Constant.ROUND));
    a.multiplyAdd(power, x, constant(Constant.LOG2_E));
    a.subtract(p, power, constant(Constant.ROUND));
    a.multiplyAdd(x, p, constant(Constant.MINUS_LN2_HIGH));
    a.multiplyAdd(x, p, constant(Constant.MINUS_LN2_LOW));
    a.load(p, constant(Constant.P6));
    for (var next : new Constant[] {Constant.P5, Constant.P4, Constant.P3, Constant.P2}) {
      a.timesPlus(p, x, constant(next));
    }
    a.timesPlus(p, x, constant(Constant.ONE));
    a.timesPlus(p, x, constant(Constant.ONE));
    a.shiftIntsLeft(power, power, MANTISSA_BITS);
    a.addInts(x, p, power);
  }
}
