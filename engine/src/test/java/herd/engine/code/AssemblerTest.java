package herd.engine.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Every instruction with low and high registers and short and long offsets, read back by an
/// independent disassembler (objdump of GNU binutils).
class AssemblerTest {
  @TempDir
  Path folder;

  /// What was asked for, in the disassembler's words.
  private final List<String> expected = new ArrayList<>();

  private static final Gpr[] REGISTERS = {Gpr.RAX, Gpr.RSP, Gpr.RBP, Gpr.RDI, Gpr.R8, Gpr.R13};

  private static final List<Memory> PLACES = List.of(
      Memory.at(Gpr.RAX, 0),
      Memory.at(Gpr.RSP, 8),
      Memory.at(Gpr.RBP, -64),
      Memory.at(Gpr.R12, 128),
      Memory.at(Gpr.R13, 8128),
      Memory.at(Gpr.RDI, 8192),
      Memory.at(Gpr.R15, 4),
      new Memory(Gpr.RDI, Gpr.R12, 576),
      new Memory(Gpr.R13, Gpr.RAX, 0),
      new Memory(Gpr.RBP, Gpr.R9, 1 << 20));

  private static String name(Gpr register) {
    return register.name().toLowerCase(Locale.ROOT);
  }

  private static String name(Gpr register, int bits) {
    String name = name(register);
    if (bits == 64) {
      return name;
    }
    if (register.ordinal() >= 8) {
      return name + (bits == 32 ? "d" : bits == 16 ? "w" : "b");
    }
    if (bits == 8) {
      return name.endsWith("x") ? name.charAt(1) + "l" : name.substring(1) + "l";
    }
    return (bits == 32 ? "e" : "") + name.substring(1);
  }

  private static String name(Memory m) {
    String index = m.index() == null ? "" : "+" + name(m.index()) + "*1";
    String sign = m.offset() < 0 ? "-" : "+";
    return "[" + name(m.base()) + index + sign + "0x" + Integer.toHexString(Math.abs(m.offset()))
        + "]";
  }

  @Test
  void integersReadBack() throws IOException, InterruptedException {
    var a = new Assembler(Width.BITS_256);
    for (var x : REGISTERS) {
      for (var y : REGISTERS) {
        a.move(x, y);
        expect("mov", name(x), name(y));
        a.add(x, y);
        expect("add", name(x), name(y));
        a.multiply(x, y, 544);
        expect("imul", name(x), name(y), "0x220");
      }
      a.move(x, 77);
      expect("mov", name(x), "0x4d");
      a.add(x, 544);
      expect("add", name(x), "0x220");
      a.decrement(x);
      expect("dec", name(x));
      a.push(x);
      expect("push", name(x));
      a.pop(x);
      expect("pop", name(x));
      for (var m : PLACES) {
        a.load(x, m);
        expect("mov", name(x), "QWORD PTR " + name(m));
        a.address(x, m);
        expect("lea", name(x), name(m));
        a.store32(m, x);
        expect("mov", "DWORD PTR " + name(m), name(x, 32));
      }
    }
    for (var m : PLACES) {
      a.prefetch(m);
      expect("prefetcht0", "BYTE PTR " + name(m));
    }
    a.cpuid();
    expect("cpuid");
    a.xgetbv();
    expect("xgetbv");
    a.ret();
    expect("ret");
    a.endVectors();
    expect("vzeroupper");
    compare(a);
  }

  @Test
  void jumpsReadBack() throws IOException, InterruptedException {
    var a = new Assembler(Width.BITS_512);
    var forward = a.label();
    var back = a.here();
    a.jumpIfNotZero(forward);
    expect("jne", "0x1a");
    a.jumpIfZero(back);
    expect("je", "0x0");
    a.address(Gpr.R15, forward);
    expect("lea", "r15", "[rip+0x7]");
    a.address(Gpr.RAX, back);
    expect("lea", "rax", "[rip+0xffffffffffffffe6]");
    a.bind(forward);
    a.ret();
    expect("ret");
    compare(a);
    assertThatThrownBy(() -> a.bind(forward)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void functionsBeginOnCacheLines() {
    var a = new Assembler(Width.BITS_512);
    a.ret();
    assertThat(a.function()).isEqualTo(64);
    assertThat(a.code()).hasSize(64).contains((byte) 0xCC);
  }

  @Test
  void wideVectorsReadBack() throws IOException, InterruptedException {
    vectors(Width.BITS_512, new int[] {0, 5, 9, 17, 31});
  }

  @Test
  void narrowVectorsReadBack() throws IOException, InterruptedException {
    vectors(Width.BITS_256, new int[] {0, 5, 9, 15});
  }

  @Test
  void refusesWhatTheWidthLacks() {
    var narrow = new Assembler(Width.BITS_256);
    assertThatThrownBy(() -> narrow.or(16, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> narrow.dotRepeated(1, 2, PLACES.getFirst()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new FloatAssembler(Width.BITS_256).dotPairs(1, 2, 3))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Assembler(Width.BITS_512).signBytes(1, 2, 3))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Memory(Gpr.RAX, Gpr.RSP, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// One instruction of three vectors.
  private interface Three {
    void emit(int to, int a, int b);
  }

  /// One instruction of two vectors.
  private interface Two {
    void emit(int to, int from);
  }

  /// One instruction of a vector and memory.
  private interface Place {
    void emit(int to, Memory from);
  }

  private Assembler a;
  private int[] numbers;
  private boolean wide;

  private String vector(int number) {
    return (wide ? "zmm" : "ymm") + number;
  }

  private String whole(Memory m) {
    return (wide ? "ZMMWORD" : "YMMWORD") + " PTR " + name(m);
  }

  private String half(Memory m) {
    return (wide ? "YMMWORD" : "XMMWORD") + " PTR " + name(m);
  }

  private String quarter(Memory m) {
    return (wide ? "XMMWORD" : "QWORD") + " PTR " + name(m);
  }

  private void three(String name, Three instruction) {
    for (int to : numbers) {
      for (int x : numbers) {
        for (int y : numbers) {
          instruction.emit(to, x, y);
          expect(name, vector(to), vector(x), vector(y));
        }
      }
    }
  }

  private void two(String name, Two instruction, String... more) {
    for (int to : numbers) {
      for (int from : numbers) {
        instruction.emit(to, from);
        var words = new ArrayList<>(List.of(vector(to), vector(from)));
        words.addAll(List.of(more));
        expect(name, words.toArray(String[]::new));
      }
    }
  }

  private void place(
      String name, Place instruction, java.util.function.Function<Memory, String> size) {
    for (int to : numbers) {
      for (var m : PLACES) {
        instruction.emit(to, m);
        expect(name, vector(to), size.apply(m));
      }
    }
  }

  private void vectors(Width width, int[] registers) throws IOException, InterruptedException {
    a = new Assembler(width);
    numbers = registers;
    wide = width == Width.BITS_512;
    String d = wide ? "d" : "";
    place("vmovups", a::load, this::whole);
    place("vpbroadcastd", a::broadcast, m -> "DWORD PTR " + name(m));
    place("vcvtph2ps", a::halvesToFloats, this::half);
    place("vpmovsxbd", a::signedBytesToInts, this::quarter);
    place("vpmovzxbd", a::bytesToInts, this::quarter);
    two("vcvtdq2ps", a::intsToFloats);
    two("vpabsb", a::absoluteBytes);
    two("vpsrlw", (to, from) -> a.shiftShortsRight(to, from, 4), "0x4");
    two("vpsllw", (to, from) -> a.shiftShortsLeft(to, from, 2), "0x2");
    two("vpsrld", (to, from) -> a.shiftIntsRight(to, from, 16), "0x10");
    two("vpslld", (to, from) -> a.shiftIntsLeft(to, from, 16), "0x10");
    three("vmulps", a::multiply);
    three("vfmadd231ps", a::multiplyAdd);
    three((wide ? "" : "{vex} ") + "vpdpbusd", a::dot);
    three("vpmaddubsw", a::multiplyBytesAddPairs);
    three("vpaddd", a::addInts);
    three("vpand" + d, (to, x, y) -> a.and(to, x, y));
    three("vpor" + d, a::or);
    three("vpxor" + d, a::xor);
    three("vpshufb", a::lookUp);
    memoryOperands(d);
    floats(new FloatAssembler(width));
    compare(a);
  }

  /// What [FloatAssembler] adds, appended to the same code.
  private void floats(FloatAssembler f) throws IOException, InterruptedException {
    compare(a);
    expected.clear();
    a = f;
    three("vaddps", f::add);
    three("vsubps", f::subtract);
    three("vdivps", f::divide);
    three("vmaxps", f::max);
    three("vminps", f::min);
    three("vfnmadd231ps", f::multiplySubtract);
    three("vpmaxsd", f::maxInts);
    three("vpmaddwd", f::multiplyShortsAddPairs);
    three("vpaddw", f::addShorts);
    three("vunpcklps", f::weaveLow);
    three("vunpckhps", f::weaveHigh);
    three("vfmadd231pd", f::multiplyAddDoubles);
    place("vcvtps2pd", f::floatsToDoubles, this::half);
    if (wide) {
      three("vdpbf16ps", f::dotPairs);
      three("vcvtne2ps2bf16", f::roundBoth);
      three("vpermw", f::pickShorts);
    }
    two("vmovaps", f::move);
    two("vsqrtps", f::root);
    two("vpsrad", (to, from) -> f.shiftSignedRight(to, from, 24), "0x18");
    two("vpermilps", (to, from) -> f.pick(to, from, 0xB1), "0xb1");
    place(
        wide ? "vbroadcastf32x4" : "vbroadcastf128", f::repeatQuad, m -> "XMMWORD PTR " + name(m));
    for (int to : numbers) {
      f.pick(to, 3, 9, 0x4E);
      expect("vshufps", vector(to), vector(3), vector(9), "0x4e");
      f.pickQuads(to, 3, 9, 0xB1);
      expect(wide ? "vshuff32x4" : "vperm2f128", vector(to), vector(3), vector(9), "0xb1");
      for (var m : PLACES) {
        f.add(to, 3, m);
        expect("vaddps", vector(to), vector(3), whole(m));
        f.subtract(to, 3, m);
        expect("vsubps", vector(to), vector(3), whole(m));
        f.multiply(to, 3, m);
        expect("vmulps", vector(to), vector(3), whole(m));
        f.divide(to, 3, m);
        expect("vdivps", vector(to), vector(3), whole(m));
        f.multiplyAdd(to, 3, m);
        expect("vfmadd231ps", vector(to), vector(3), whole(m));
        f.addInts(to, 3, m);
        expect("vpaddd", vector(to), vector(3), whole(m));
        f.timesPlus(to, 3, m);
        expect("vfmadd213ps", vector(to), vector(3), whole(m));
        f.insertQuad(to, 3, m, 1);
        String insert = wide ? "vinsertf32x4" : "vinsertf128";
        expect(insert, vector(to), vector(3), "XMMWORD PTR " + name(m), "0x1");
        f.storeFirst(m, to);
        expect("vmovss", "DWORD PTR " + name(m), "xmm" + to);
        masks(f, to, m);
      }
    }
    moreIntegers(f);
  }

  private void masks(FloatAssembler f, int to, Memory m) {
    int mask = wide ? 5 : 14;
    f.loadMask(mask, m);
    f.load(to, m, mask);
    f.store(m, to, mask);
    f.compareLess(mask, to, 9);
    f.blend(to, mask, 3, 9);
    if (wide) {
      expect("kmovw", "k5", "WORD PTR " + name(m));
      expect("vmovups", vector(to) + "{k5}{z}", whole(m));
      expect("vmovups", whole(m) + "{k5}", vector(to));
      expect("vcmpltps", "k5", vector(to), vector(9));
      expect("vblendmps", vector(to) + "{k5}", vector(3), vector(9));
    } else {
      expect("vmovups", "ymm14", whole(m));
      expect("vmaskmovps", vector(to), "ymm14", whole(m));
      expect("vmaskmovps", whole(m), "ymm14", vector(to));
      expect("vcmpltps", "ymm14", vector(to), vector(9));
      expect("vblendvps", vector(to), vector(3), vector(9), "ymm14");
    }
  }

  private void moreIntegers(FloatAssembler f) {
    for (var x : REGISTERS) {
      for (var y : REGISTERS) {
        f.multiply(x, y);
        expect("imul", name(x), name(y));
        f.subtract(x, y);
        expect("sub", name(x), name(y));
        f.compare(x, y);
        expect("cmp", name(x), name(y));
      }
      for (var y : REGISTERS) {
        f.or32(x, y);
        expect("or", name(x, 32), name(y, 32));
      }
      f.and32(x, 0x0F0F0F0F);
      expect("and", name(x, 32), "0xf0f0f0f");
      f.and(x, -64);
      expect("and", name(x), "0xffffffffffffffc0");
      f.xor32(x, 0x80808080);
      expect("xor", name(x, 32), "0x80808080");
      f.shiftRight32(x, 4);
      expect("shr", name(x, 32), "0x4");
      f.shiftLeft32(x, 6);
      expect("shl", name(x, 32), "0x6");
      f.compare(x, 16);
      expect("cmp", name(x), "0x10");
      for (var m : PLACES) {
        f.load32(x, m);
        expect("mov", name(x, 32), "DWORD PTR " + name(m));
        f.load16(x, m);
        expect("movzx", name(x), "WORD PTR " + name(m));
        f.load8(x, m);
        expect("movzx", name(x), "BYTE PTR " + name(m));
        f.store(m, x);
        expect("mov", "QWORD PTR " + name(m), name(x));
        f.store16(m, x);
        expect("mov", "WORD PTR " + name(m), name(x, 16));
        f.store8(m, x);
        expect("mov", "BYTE PTR " + name(m), name(x, 8));
      }
    }
    var next = f.label();
    f.jumpIfLess(next);
    f.jumpTo(next);
    f.bind(next);
    String target = "0x" + Integer.toHexString(f.code().length);
    expect("jl", target);
    expect("jmp", target);
  }

  private void memoryOperands(String d) {
    for (int to : numbers) {
      a.zero(to);
      expect("vpxor" + d, vector(to), vector(to), vector(to));
      for (var m : PLACES) {
        a.store(m, to);
        expect("vmovups", whole(m), vector(to));
        a.and(to, 3, m);
        expect("vpand" + d, vector(to), vector(3), whole(m));
        a.multiplyShortsAddPairs(to, 3, m);
        expect("vpmaddwd", vector(to), vector(3), whole(m));
        if (wide) {
          repeated(to, m);
        }
      }
    }
    if (!wide) {
      three("vpsignb", a::signBytes);
    }
  }

  private void repeated(int to, Memory m) {
    String number = "DWORD BCST " + name(m);
    a.dotRepeated(to, 30, m);
    expect("vpdpbusd", vector(to), vector(30), number);
    a.multiplyRepeated(to, 30, m);
    expect("vmulps", vector(to), vector(30), number);
    a.multiplyAddRepeated(to, 30, m);
    expect("vfmadd231ps", vector(to), vector(30), number);
  }

  private void expect(String name, String... operands) {
    expected.add((name + " " + String.join(",", operands)).strip());
  }

  private void compare(Assembler assembler) throws IOException, InterruptedException {
    var code = folder.resolve("code.bin");
    Files.write(code, assembler.code());
    var found = disassembled(code);
    for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
      assertThat(found.get(i)).as("instruction " + i).isEqualTo(expected.get(i));
    }
    assertThat(found).hasSameSizeAs(expected);
  }

  private List<String> disassembled(Path code) throws IOException, InterruptedException {
    var listing = folder.resolve("listing.txt");
    var command = List.of(
        "objdump",
        "-D",
        "-b",
        "binary",
        "-m",
        "i386:x86-64",
        "-M",
        "intel",
        "--no-show-raw-insn",
        code.toString());
    try {
      var process = new ProcessBuilder(command)
          .redirectOutput(listing.toFile())
          .redirectErrorStream(true)
          .start();
      assertThat(process.waitFor()).as(Files.readString(listing)).isZero();
    } catch (IOException e) {
      assumeTrue(false, "no objdump here: " + e.getMessage());
    }
    return Files.readAllLines(listing).stream()
        .filter(line -> line.matches("\\s+[0-9a-f]+:\\t.*"))
        .map(line -> line.substring(line.indexOf(":\t") + 2))
        .map(line -> line.replaceFirst("\\s*#.*", "").replaceAll("\\s+", " ").strip())
        .toList();
  }
}
