package herd.engine.code;

/// The instructions of kernels over floats and of what moves bits, beyond those of [Assembler]:
/// arithmetic, shuffles within vectors, parts of vectors, and integers of 8, 16 and 32 bits.
///
/// A *mask* says which lanes take part: at 512 bits a mask register (1 to 7), at 256 bits a vector
/// whose lanes are all ones or zero.
public final class FloatAssembler extends Assembler {
  private static final int SWAP_PAIRS = 0x4E; // of what an immediate byte picks: 2, 3, 0, 1
  private static final int SWAP_NEIGHBOURS = 0xB1; // 1, 0, 3, 2

  public FloatAssembler(Width width) {
    super(width);
  }

  private boolean wide() {
    return width() == Width.BITS_512;
  }

  // --- integers ----------------------------------------------------------------------------------

  /// Four bytes from memory, the upper half zero (`mov`).
  public void load32(Gpr to, Memory from) {
    int index = from.index() == null ? 0 : from.index().high();
    int extension = to.high() << 2 | index << 1 | from.base().high();
    if (extension != 0) {
      bytes(0x40 | extension);
    }
    bytes(0x8B);
    memory(to.ordinal(), from, 1);
  }

  /// Eight bytes to memory (`mov`).
  public void store(Memory to, Gpr from) {
    rex(from.ordinal(), to);
    bytes(0x89);
    memory(from.ordinal(), to, 1);
  }

  /// Two bytes from memory, zeros above them (`movzx`).
  public void load16(Gpr to, Memory from) {
    rex(to.ordinal(), from);
    bytes(0x0F, 0xB7);
    memory(to.ordinal(), from, 1);
  }

  /// One byte from memory, zeros above it (`movzx`).
  public void load8(Gpr to, Memory from) {
    rex(to.ordinal(), from);
    bytes(0x0F, 0xB6);
    memory(to.ordinal(), from, 1);
  }

  /// The low two bytes to memory (`mov`).
  public void store16(Memory to, Gpr from) {
    bytes(0x66);
    store32(to, from);
  }

  /// The lowest byte to memory (`mov`).
  public void store8(Memory to, Gpr from) {
    int index = to.index() == null ? 0 : to.index().high();
    int extension = from.high() << 2 | index << 1 | to.base().high();
    if (extension != 0 || from.ordinal() >= 4) { // without it the second byte of another register
      bytes(0x40 | extension);
    }
    bytes(0x88);
    memory(from.ordinal(), to, 1);
  }

  /// `to &= constant` in the low 32 bits, zeros above them (`and`).
  public void and32(Gpr to, int constant) {
    constant32(4, to);
    int32(constant);
  }

  /// `to ^= constant` in the low 32 bits, zeros above them (`xor`).
  public void xor32(Gpr to, int constant) {
    constant32(6, to);
    int32(constant);
  }

  private void constant32(int operation, Gpr to) {
    if (to.high() == 1) {
      bytes(0x41);
    }
    bytes(0x81);
    registers(operation, to);
  }

  /// `to |= from` in the low 32 bits, zeros above them (`or`).
  public void or32(Gpr to, Gpr from) {
    int extension = from.high() << 2 | to.high();
    if (extension != 0) {
      bytes(0x40 | extension);
    }
    bytes(0x09);
    registers(from.low(), to);
  }

  /// `to &= constant`, sign-extended (`and`).
  public void and(Gpr to, int constant) {
    bytes(0x48 | to.high(), 0x81);
    registers(4, to);
    int32(constant);
  }

  /// The low 32 bits shifted to the right, zeros from the left (`shr`).
  public void shiftRight32(Gpr to, int bits) {
    shift32(5, to, bits);
  }

  /// The low 32 bits shifted to the left, zeros above them (`shl`).
  public void shiftLeft32(Gpr to, int bits) {
    shift32(4, to, bits);
  }

  private void shift32(int operation, Gpr to, int bits) {
    if (to.high() == 1) {
      bytes(0x41);
    }
    bytes(0xC1);
    registers(operation, to);
    bytes(bits);
  }

  /// `to *= from` (`imul`).
  public void multiply(Gpr to, Gpr from) {
    rex(to, from);
    bytes(0x0F, 0xAF);
    registers(to.low(), from);
  }

  /// `to -= from` (`sub`).
  public void subtract(Gpr to, Gpr from) {
    rex(from, to);
    bytes(0x29);
    registers(from.low(), to);
  }

  /// Compares for the next jump (`cmp`).
  public void compare(Gpr a, Gpr b) {
    rex(b, a);
    bytes(0x39);
    registers(b.low(), a);
  }

  /// Compares for the next jump (`cmp`).
  public void compare(Gpr a, int constant) {
    bytes(0x48 | a.high(), 0x81);
    registers(7, a);
    int32(constant);
  }

  /// Goes to `label` if the first of what was compared was less, as signed numbers (`jl`).
  public void jumpIfLess(Label label) {
    bytes(0x0F, 0x8C);
    jump(label);
  }

  /// Goes to `label` (`jmp`).
  public void jumpTo(Label label) {
    bytes(0xE9);
    jump(label);
  }

  // --- arithmetic --------------------------------------------------------------------------------

  /// `to = from` (`vmovaps`).
  public void move(int to, int from) {
    vector(MAP_0F, NONE, 0x28, to, 0, from);
  }

  /// `to = a + b` (`vaddps`).
  public void add(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x58, to, a, b);
  }

  /// `to = a + b` (`vaddps`).
  public void add(int to, int a, Memory b) {
    vector(MAP_0F, NONE, 0x58, to, a, b, width().bytes());
  }

  /// `to = a - b` (`vsubps`).
  public void subtract(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x5C, to, a, b);
  }

  /// `to = a - b` (`vsubps`).
  public void subtract(int to, int a, Memory b) {
    vector(MAP_0F, NONE, 0x5C, to, a, b, width().bytes());
  }

  /// `to = a * b` (`vmulps`).
  public void multiply(int to, int a, Memory b) {
    vector(MAP_0F, NONE, 0x59, to, a, b, width().bytes());
  }

  /// `to = a / b` (`vdivps`).
  public void divide(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x5E, to, a, b);
  }

  /// `to = a / b` (`vdivps`).
  public void divide(int to, int a, Memory b) {
    vector(MAP_0F, NONE, 0x5E, to, a, b, width().bytes());
  }

  /// The larger; `b` where either is not a number (`vmaxps`).
  public void max(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x5F, to, a, b);
  }

  /// The smaller; `b` where either is not a number (`vminps`).
  public void min(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x5D, to, a, b);
  }

  /// Square roots (`vsqrtps`).
  public void root(int to, int from) {
    vector(MAP_0F, NONE, 0x51, to, 0, from);
  }

  /// `to += a * b`, rounded once (`vfmadd231ps`).
  public void multiplyAdd(int to, int a, Memory b) {
    vector(MAP_0F38, P66, 0xB8, to, a, b, width().bytes());
  }

  /// `to -= a * b`, rounded once (`vfnmadd231ps`).
  public void multiplySubtract(int to, int a, int b) {
    vector(MAP_0F38, P66, 0xBC, to, a, b);
  }

  /// `to = to * a + b`, rounded once (`vfmadd213ps`).
  public void timesPlus(int to, int a, Memory b) {
    vector(MAP_0F38, P66, 0xA8, to, a, b, width().bytes());
  }

  /// Marks the instruction that begins at `from` as one on lanes of another size.
  private void patchSize(int from) {
    code[from + 2] |= (byte) 0x80;
  }

  // --- doubles -----------------------------------------------------------------------------------

  /// Floats from memory, half a vector of them, as doubles (`vcvtps2pd`).
  public void floatsToDoubles(int to, Memory from) {
    vector(MAP_0F, NONE, 0x5A, to, 0, from, width().bytes() / 2);
  }

  /// `to += a * b` in doubles, rounded once (`vfmadd231pd`).
  public void multiplyAddDoubles(int to, int a, int b) {
    int from = length;
    vector(MAP_0F38, P66, 0xB8, to, a, b);
    patchSize(from);
  }

  // --- bf16, at 512 bits only --------------------------------------------------------------------

  private void onlyWide() {
    if (!wide()) {
      throw new IllegalStateException("no bf16 in " + width());
    }
  }

  /// Adds to each lane of `to` the two products of the bf16 numbers of `a` and `b` in it
  /// (`vdpbf16ps`).
  public void dotPairs(int to, int a, int b) {
    onlyWide();
    vector(MAP_0F38, PF3, 0x52, to, a, b);
  }

  /// The floats of `low`, then those of `high`, rounded to bf16 (`vcvtne2ps2bf16`).
  public void roundBoth(int to, int high, int low) {
    onlyWide();
    vector(MAP_0F38, PF2, 0x72, to, high, low);
  }

  /// The 16-bit numbers of `table` that those of `order` name (`vpermw`).
  public void pickShorts(int to, int order, int table) {
    onlyWide();
    int from = length;
    vector(MAP_0F38, P66, 0x8D, to, order, table);
    patchSize(from);
  }

  // --- more integers -----------------------------------------------------------------------------

  /// The larger of signed integers (`vpmaxsd`).
  public void maxInts(int to, int a, int b) {
    vector(MAP_0F38, P66, 0x3D, to, a, b);
  }

  /// Products of signed 16-bit numbers, neighbours added, in 32 bits (`vpmaddwd`).
  public void multiplyShortsAddPairs(int to, int a, int b) {
    vector(MAP_0F, P66, 0xF5, to, a, b);
  }

  /// `to = a + b` in 16 bits (`vpaddw`).
  public void addShorts(int to, int a, int b) {
    vector(MAP_0F, P66, 0xFD, to, a, b);
  }

  /// `to = a + b` in 32 bits (`vpaddd`).
  public void addInts(int to, int a, Memory b) {
    vector(MAP_0F, P66, 0xFE, to, a, b, width().bytes());
  }

  /// 32-bit lanes shifted to the right, signs kept (`vpsrad`).
  public void shiftSignedRight(int to, int from, int bits) {
    vector(MAP_0F, P66, 0x72, 4, to, from);
    bytes(bits);
  }

  // --- within vectors ----------------------------------------------------------------------------

  /// 128 bits of memory in each 128 bits (`vbroadcastf128`, `vbroadcastf32x4`).
  public void repeatQuad(int to, Memory from) {
    vector(MAP_0F38, P66, 0x1A, to, 0, from, 16);
  }

  /// `from` with 128 bits of memory at `place`, counted in 128 bits (`vinsertf128`,
  /// `vinsertf32x4`).
  public void insertQuad(int to, int from, Memory quad, int place) {
    vector(MAP_0F3A, P66, 0x18, to, from, quad, 16);
    bytes(place);
  }

  /// The lower two lanes of each 128 bits of `a` and `b`, taking turns (`vunpcklps`).
  public void weaveLow(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x14, to, a, b);
  }

  /// The upper two lanes of each 128 bits of `a` and `b`, taking turns (`vunpckhps`).
  public void weaveHigh(int to, int a, int b) {
    vector(MAP_0F, NONE, 0x15, to, a, b);
  }

  /// Within each 128 bits two lanes of `a`, then two of `b`, that the byte `picks` names
  /// (`vshufps`).
  public void pick(int to, int a, int b, int picks) {
    vector(MAP_0F, NONE, 0xC6, to, a, b);
    bytes(picks);
  }

  /// Within each 128 bits the four lanes that the byte `picks` names (`vpermilps`).
  public void pick(int to, int from, int picks) {
    vector(MAP_0F3A, P66, 0x04, to, 0, from);
    bytes(picks);
  }

  /// Parts of 128 bits: of 512 two of `a`, then two of `b` (`vshuff32x4`), of 256 one of each
  /// (`vperm2f128`).
  public void pickQuads(int to, int a, int b, int picks) {
    vector(MAP_0F3A, P66, wide() ? 0x23 : 0x06, to, a, b);
    bytes(picks);
  }

  /// Combines lanes of two vectors.
  @FunctionalInterface
  public interface Fold {
    /// Emits `to = a op b`.
    void emit(int to, int a, int b);
  }

  /// Folds all lanes of `v` into each of them, halves first; `other` is lost. Several instructions.
  public void fold(int v, int other, Fold fold) {
    if (wide()) {
      pickQuads(other, v, v, SWAP_PAIRS);
      fold.emit(v, v, other);
      pickQuads(other, v, v, SWAP_NEIGHBOURS);
    } else {
      pickQuads(other, v, v, 1);
    }
    fold.emit(v, v, other);
    pick(other, v, SWAP_PAIRS);
    fold.emit(v, v, other);
    pick(other, v, SWAP_NEIGHBOURS);
    fold.emit(v, v, other);
  }

  // --- parts of vectors --------------------------------------------------------------------------

  /// The first lane to memory (`vmovss`).
  public void storeFirst(Memory to, int from) {
    vector(MAP_0F, PF3, 0x11, from, 0, to, 4);
  }

  /// Bytes that [#loadMask] reads.
  public int maskBytes() {
    return wide() ? 2 : width().bytes();
  }

  /// A mask from memory: a bit for each lane (`kmovw`), or the lanes (`vmovups`).
  public void loadMask(int mask, Memory from) {
    if (!wide()) {
      load(mask, from);
      return;
    }
    int index = from.index() == null ? 0 : from.index().high();
    bytes(0xC4, 0x80 | (index ^ 1) << 6 | (from.base().high() ^ 1) << 5 | MAP_0F, 0x78, 0x90);
    memory(mask, from, 1);
  }

  /// The lanes of `mask` from memory, zero in the others; nothing else is read (`vmovups`,
  /// `vmaskmovps`).
  public void load(int to, Memory from, int mask) {
    if (wide()) {
      masked(MAP_0F, NONE, 0x10, to, from, mask, true);
    } else {
      vector(MAP_0F38, P66, 0x2C, to, mask, from, width().bytes());
    }
  }

  /// The lanes of `mask` to memory; nothing else is written (`vmovups`, `vmaskmovps`).
  public void store(Memory to, int from, int mask) {
    if (wide()) {
      masked(MAP_0F, NONE, 0x11, from, to, mask, false);
    } else {
      vector(MAP_0F38, P66, 0x2E, from, mask, to, width().bytes());
    }
  }

  private void masked(int map, int prefix, int op, int reg, Memory m, int mask, boolean zeroing) {
    int from = length;
    vector(map, prefix, op, reg, 0, m, width().bytes());
    patchMask(from, mask, zeroing);
  }

  /// Gives the instruction that begins at `from` a mask.
  private void patchMask(int from, int mask, boolean zeroing) {
    if (mask < 1 || mask > 7) {
      throw new IllegalArgumentException("mask register " + mask);
    }
    code[from + 3] |= (byte) ((zeroing ? 0x80 : 0) | mask);
  }

  /// Lanes in which `a` is less than `b`; none where one is not a number (`vcmpps`).
  public void compareLess(int mask, int a, int b) {
    vector(MAP_0F, NONE, 0xC2, mask, a, b);
    bytes(1);
  }

  /// `ifSo` in the lanes of `mask`, `ifNot` in the others (`vblendmps`, `vblendvps`).
  public void blend(int to, int mask, int ifNot, int ifSo) {
    int from = length;
    if (wide()) {
      vector(MAP_0F38, P66, 0x65, to, ifNot, ifSo);
      patchMask(from, mask, false);
    } else {
      vector(MAP_0F3A, P66, 0x4A, to, ifNot, ifSo);
      bytes(mask << 4);
    }
  }
}
