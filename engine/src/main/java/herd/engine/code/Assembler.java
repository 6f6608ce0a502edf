package herd.engine.code;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes x86-64 machine code: only the instructions that the kernels use. Vector registers are
/// numbers from 0; vector instructions are named by what they do, are of one [Width] for the whole
/// program, and their names as the processor's manual has them stand beside them. Integer
/// instructions work on 64 bits unless they say otherwise.
public sealed class Assembler permits FloatAssembler {
  /// A place in the code, to jump to.
  public static final class Label {
    private int at = -1;
    private final List<Integer> jumps = new ArrayList<>();
  }

  // Prefixes and opcode maps, as VEX and EVEX number them.
  static final int NONE = 0;
  static final int P66 = 1;
  static final int PF3 = 2;
  static final int PF2 = 3;
  static final int MAP_0F = 1;
  static final int MAP_0F38 = 2;
  static final int MAP_0F3A = 3;

  private final Width width;
  byte[] code = new byte[4096];
  int length;

  public Assembler(Width width) {
    this.width = width;
  }

  /// Of all vector instructions.
  public Width width() {
    return width;
  }

  /// The code so far.
  public byte[] code() {
    return Arrays.copyOf(code, length);
  }

  /// Fills up to a multiple of 64 bytes, where a function begins; returns that place. What lies
  /// between is a trap.
  public int function() {
    while (length % 64 != 0) {
      bytes(0xCC);
    }
    return length;
  }

  void bytes(int... values) {
    if (length + values.length > code.length) {
      code = Arrays.copyOf(code, 2 * code.length);
    }
    for (int value : values) {
      code[length++] = (byte) value;
    }
  }

  void int32(int value) {
    bytes(value, value >> 8, value >> 16, value >> 24);
  }

  /// Constants, as they are.
  public void data(byte[] constants) {
    for (byte constant : constants) {
      bytes(constant);
    }
  }

  // --- jumps -------------------------------------------------------------------------------------

  /// A place that is not known yet.
  public Label label() {
    return new Label();
  }

  /// Makes `label` the place here.
  public void bind(Label label) {
    if (label.at >= 0) {
      throw new IllegalStateException("bound twice");
    }
    label.at = length;
    for (int jump : label.jumps) {
      patch(jump, length);
    }
  }

  /// A place that is here.
  public Label here() {
    var label = label();
    bind(label);
    return label;
  }

  private void patch(int jump, int target) {
    int distance = target - (jump + 4);
    for (int i = 0; i < 4; i++) {
      code[jump + i] = (byte) (distance >> 8 * i);
    }
  }

  void jump(Label label) {
    int at = length;
    int32(0);
    if (label.at >= 0) {
      patch(at, label.at);
    } else {
      label.jumps.add(at);
    }
  }

  /// Goes to `label` if the last result was not zero (`jne`).
  public void jumpIfNotZero(Label label) {
    bytes(0x0F, 0x85);
    jump(label);
  }

  /// Goes to `label` if the last result was zero (`je`).
  public void jumpIfZero(Label label) {
    bytes(0x0F, 0x84);
    jump(label);
  }

  // --- integers ----------------------------------------------------------------------------------

  void rex(int reg, Memory m) {
    int index = m.index() == null ? 0 : m.index().high();
    bytes(0x48 | (reg >> 3 & 1) << 2 | index << 1 | m.base().high());
  }

  void rex(Gpr reg, Gpr rm) {
    bytes(0x48 | reg.high() << 2 | rm.high());
  }

  void registers(int reg, Gpr rm) {
    bytes(0xC0 | (reg & 7) << 3 | rm.low());
  }

  /// The bytes that name `m`; an offset of a multiple of `unit` bytes may take one byte.
  void memory(int reg, Memory m, int unit) {
    boolean small = m.offset() % unit == 0 && Math.abs(m.offset() / unit) < 128;
    int mode = small ? 0x40 : 0x80;
    if (m.index() == null && m.base().low() != 4) {
      bytes(mode | (reg & 7) << 3 | m.base().low());
    } else {
      int index = m.index() == null ? 4 : m.index().low();
      bytes(mode | (reg & 7) << 3 | 4, index << 3 | m.base().low());
    }
    if (small) {
      bytes(m.offset() / unit);
    } else {
      int32(m.offset());
    }
  }

  /// `to = from` (`mov`).
  public void move(Gpr to, Gpr from) {
    rex(from, to);
    bytes(0x89);
    registers(from.low(), to);
  }

  /// Eight bytes from memory (`mov`).
  public void load(Gpr to, Memory from) {
    rex(to.ordinal(), from);
    bytes(0x8B);
    memory(to.ordinal(), from, 1);
  }

  /// The low four bytes to memory (`mov`).
  public void store32(Memory to, Gpr from) {
    int index = to.index() == null ? 0 : to.index().high();
    int extension = from.high() << 2 | index << 1 | to.base().high();
    if (extension != 0) {
      bytes(0x40 | extension);
    }
    bytes(0x89);
    memory(from.ordinal(), to, 1);
  }

  /// A constant, sign-extended (`mov`).
  public void move(Gpr to, int constant) {
    bytes(0x48 | to.high(), 0xC7);
    registers(0, to);
    int32(constant);
  }

  /// `to = ` the address of `m` (`lea`).
  public void address(Gpr to, Memory m) {
    rex(to.ordinal(), m);
    bytes(0x8D);
    memory(to.ordinal(), m, 1);
  }

  /// `to = ` the address of `label` (`lea`).
  public void address(Gpr to, Label label) {
    bytes(0x48 | to.high() << 2, 0x8D, to.low() << 3 | 5);
    jump(label);
  }

  /// `to += constant` (`add`).
  public void add(Gpr to, int constant) {
    bytes(0x48 | to.high(), 0x81);
    registers(0, to);
    int32(constant);
  }

  /// `to += from` (`add`).
  public void add(Gpr to, Gpr from) {
    rex(from, to);
    bytes(0x01);
    registers(from.low(), to);
  }

  /// `to = from * constant` (`imul`).
  public void multiply(Gpr to, Gpr from, int constant) {
    rex(to, from);
    bytes(0x69);
    registers(to.low(), from);
    int32(constant);
  }

  /// `to -= 1` (`dec`).
  public void decrement(Gpr to) {
    bytes(0x48 | to.high(), 0xFF);
    registers(1, to);
  }

  /// Pushes onto the stack (`push`).
  public void push(Gpr from) {
    if (from.high() == 1) {
      bytes(0x41);
    }
    bytes(0x50 | from.low());
  }

  /// Takes from the stack (`pop`).
  public void pop(Gpr to) {
    if (to.high() == 1) {
      bytes(0x41);
    }
    bytes(0x58 | to.low());
  }

  /// Brings a cache line near (`prefetcht0`); never a fault, whatever the address.
  public void prefetch(Memory m) {
    int index = m.index() == null ? 0 : m.index().high();
    if (index + m.base().high() > 0) {
      bytes(0x40 | index << 1 | m.base().high());
    }
    bytes(0x0F, 0x18);
    memory(1, m, 1);
  }

  /// Returns to the caller (`ret`).
  public void ret() {
    bytes(0xC3);
  }

  /// Asks the processor about itself (`cpuid`): changes `RAX`, `RBX`, `RCX`, `RDX`.
  public void cpuid() {
    bytes(0x0F, 0xA2);
  }

  /// Which registers the system saves (`xgetbv`), into `RDX` and `RAX`; `RCX` is 0.
  public void xgetbv() {
    bytes(0x0F, 0x01, 0xD0);
  }

  // --- encoding of vector instructions -----------------------------------------------------------

  void vex(int map, int prefix, int op, int reg, int second, int rmHigh, int indexHigh) {
    bytes(
        0xC4,
        (reg >> 3 & 1 ^ 1) << 7 | (indexHigh ^ 1) << 6 | (rmHigh ^ 1) << 5 | map,
        (~second & 15) << 3 | 4 | prefix,
        op);
  }

  private void evex(
      int map, int prefix, int op, int reg, int second, int rmHigh, int x, boolean repeat) {
    bytes(
        0x62,
        (reg >> 3 & 1 ^ 1) << 7 | (x ^ 1) << 6 | (rmHigh ^ 1) << 5 | (reg >> 4 & 1 ^ 1) << 4 | map,
        (~second & 15) << 3 | 4 | prefix,
        2 << 5 | (repeat ? 16 : 0) | (second >> 4 & 1 ^ 1) << 3,
        op);
  }

  void vector(int map, int prefix, int op, int reg, int second, int rm) {
    check(reg, second, rm);
    if (width == Width.BITS_512) {
      evex(map, prefix, op, reg, second, rm >> 3 & 1, rm >> 4 & 1, false);
    } else {
      vex(map, prefix, op, reg, second, rm >> 3 & 1, 0);
    }
    bytes(0xC0 | (reg & 7) << 3 | rm & 7);
  }

  /// @param unit bytes that the operand has in memory: what short offsets count in
  void vector(int map, int prefix, int op, int reg, int second, Memory m, int unit) {
    check(reg, second, 0);
    int index = m.index() == null ? 0 : m.index().high();
    if (width == Width.BITS_512) {
      evex(map, prefix, op, reg, second, m.base().high(), index, false);
      memory(reg, m, unit);
    } else {
      vex(map, prefix, op, reg, second, m.base().high(), index);
      memory(reg, m, 1);
    }
  }

  /// With one number from memory repeated in all lanes.
  private void repeated(int map, int prefix, int op, int reg, int second, Memory m) {
    if (width != Width.BITS_512) {
      throw new IllegalStateException("no repeated operands in " + width);
    }
    check(reg, second, 0);
    int index = m.index() == null ? 0 : m.index().high();
    evex(map, prefix, op, reg, second, m.base().high(), index, true);
    memory(reg, m, 4);
  }

  void check(int... registers) {
    for (int register : registers) {
      if (register < 0 || register >= width.registers()) {
        throw new IllegalArgumentException("vector register " + register + " of " + width);
      }
    }
  }

  // --- moves -------------------------------------------------------------------------------------

  /// A whole vector from memory, aligned or not (`vmovups`).
  public void load(int to, Memory from) {
    vector(MAP_0F, NONE, 0x10, to, 0, from, width.bytes());
  }

  /// A whole vector to memory, aligned or not (`vmovups`).
  public void store(Memory to, int from) {
    vector(MAP_0F, NONE, 0x11, from, 0, to, width.bytes());
  }

  /// Four bytes from memory into all lanes (`vpbroadcastd`).
  public void broadcast(int to, Memory from) {
    vector(MAP_0F38, P66, 0x58, to, 0, from, 4);
  }

  /// All bits zero (`vpxor`, `vpxord`).
  public void zero(int to) {
    vector(MAP_0F, P66, 0xEF, to, to, to);
  }

  /// Ends the use of the upper halves of vector registers (`vzeroupper`).
  public void endVectors() {
    bytes(0xC5, 0xF8, 0x77);
  }

  // --- numbers of other types into 32-bit lanes --------------------------------------------------

  /// Halves from memory as floats (`vcvtph2ps`).
  public void halvesToFloats(int to, Memory from) {
    vector(MAP_0F38, P66, 0x13, to, 0, from, width.bytes() / 2);
  }

  /// Signed bytes from memory as integers (`vpmovsxbd`).
  public void signedBytesToInts(int to, Memory from) {
    vector(MAP_0F38, P66, 0x21, to, 0, from, width.bytes() / 4);
  }

  /// Unsigned bytes from memory as integers (`vpmovzxbd`).
  public void bytesToInts(int to, Memory from) {
    vector(MAP_0F38, P66, 0x31, to, 0, from, width.bytes() / 4);
  }

  /// Integers as floats (`vcvtdq2ps`).
  public void intsToFloats(int to, int from) {
    vector(MAP_0F, NONE, 0x5B, to, 0, from);
  }

  // --- floats ------------------------------------------------------------------------------------

  /// `to = a * b` (`vmulps`).
  public void multiply(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x59, to, a, b);
  }

  /// `to = a * b`, `b` one float of memory (`vmulps`).
  public void multiplyRepeated(int to, int a, Memory b) {
    repeated(MAP_0F, NONE, 0x59, to, a, b);
  }

  /// `to += a * b`, rounded once (`vfmadd231ps`).
  public void multiplyAdd(int to, int a, int b) {
    vector(MAP_0F38, P66, 0xB8, to, a, b);
  }

  /// `to += a * b`, `b` one float of memory (`vfmadd231ps`).
  public void multiplyAddRepeated(int to, int a, Memory b) {
    repeated(MAP_0F38, P66, 0xB8, to, a, b);
  }

  // --- integers ----------------------------------------------------------------------------------

  /// Adds to each lane of `to` the four products of unsigned bytes of `a` and signed ones of `b`
  /// (`vpdpbusd`).
  public void dot(int to, int a, int b) {
    vector(MAP_0F38, P66, 0x50, to, a, b);
  }

  /// As [#dot], `b` four bytes of memory for all lanes (`vpdpbusd`).
  public void dotRepeated(int to, int a, Memory b) {
    repeated(MAP_0F38, P66, 0x50, to, a, b);
  }

  /// Products of unsigned bytes of `a` and signed ones of `b`, neighbours added, in 16 bits that
  /// saturate (`vpmaddubsw`).
  public void multiplyBytesAddPairs(int to, int a, int b) {
    vector(MAP_0F38, P66, 0x04, to, a, b);
  }

  /// Products of signed 16-bit numbers, neighbours added, in 32 bits (`vpmaddwd`).
  public void multiplyShortsAddPairs(int to, int a, Memory b) {
    vector(MAP_0F, P66, 0xF5, to, a, b, width.bytes());
  }

  /// `to = a + b` in 32 bits (`vpaddd`).
  public void addInts(int to, int a, int b) {
    vector(MAP_0F, P66, 0xFE, to, a, b);
  }

  /// Absolute values of signed bytes (`vpabsb`).
  public void absoluteBytes(int to, int from) {
    vector(MAP_0F38, P66, 0x1C, to, 0, from);
  }

  /// Bytes of `a`, negated where `b` is negative, 0 where it is 0 (`vpsignb`; 256 bits only).
  public void signBytes(int to, int a, int b) {
    if (width != Width.BITS_256) {
      throw new IllegalStateException("no such instruction in " + width);
    }
    vector(MAP_0F38, P66, 0x08, to, a, b);
  }

  // --- bits --------------------------------------------------------------------------------------

  /// `to = a & b` (`vpand`, `vpandd`).
  public void and(int to, int a, int b) {
    vector(MAP_0F, P66, 0xDB, to, a, b);
  }

  /// `to = a & b` (`vpand`, `vpandd`).
  public void and(int to, int a, Memory b) {
    vector(MAP_0F, P66, 0xDB, to, a, b, width.bytes());
  }

  /// `to = a | b` (`vpor`, `vpord`).
  public void or(int to, int a, int b) {
    vector(MAP_0F, P66, 0xEB, to, a, b);
  }

  /// `to = a ^ b` (`vpxor`, `vpxord`).
  public void xor(int to, int a, int b) {
    vector(MAP_0F, P66, 0xEF, to, a, b);
  }

  /// 16-bit lanes shifted to the right (`vpsrlw`).
  public void shiftShortsRight(int to, int from, int bits) {
    vector(MAP_0F, P66, 0x71, 2, to, from);
    bytes(bits);
  }

  /// 16-bit lanes shifted to the left (`vpsllw`).
  public void shiftShortsLeft(int to, int from, int bits) {
    vector(MAP_0F, P66, 0x71, 6, to, from);
    bytes(bits);
  }

  /// 32-bit lanes shifted to the left (`vpslld`).
  public void shiftIntsLeft(int to, int from, int bits) {
    vector(MAP_0F, P66, 0x72, 6, to, from);
    bytes(bits);
  }

  /// 32-bit lanes shifted to the right, zeros from the left (`vpsrld`).
  public void shiftIntsRight(int to, int from, int bits) {
    vector(MAP_0F, P66, 0x72, 2, to, from);
    bytes(bits);
  }

  /// Each byte of `index` replaced by that byte of `table`, within each 16 bytes (`vpshufb`).
  public void lookUp(int to, int table, int index) {
    vector(MAP_0F38, P66, 0x00, to, table, index);
  }
}
