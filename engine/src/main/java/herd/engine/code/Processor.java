package herd.engine.code;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// What the processor can do that this runs on, as far as the system lets it: vector extensions
/// count only where the system saves their registers.
/// @param name as the processor gives it; empty where it could not be asked
/// @param features that kernels may use
/// @param refusal why no machine code can run here; null where it can
public record Processor(String name, Set<Feature> features, String refusal) {
  /// Extensions that kernels use.
  public enum Feature {
    AVX2,
    FMA,
    F16C,
    AVX_VNNI,
    AVX512F,
    AVX512BW,
    AVX512VL,
    AVX512_VNNI,
    AVX512_VBMI,
    AVX512_BF16
  }

  private static final int SAVES_AVX = 0x06;
  private static final int SAVES_AVX512 = 0xE6;

  /// The four registers of an answer.
  private record Answer(int eax, int ebx, int ecx, int edx) {}

  public Processor {
    features = Collections.unmodifiableSet(features);
  }

  /// What the first question brought.
  private static final class Here {
    static final Processor PROCESSOR = here();

    private Here() {}
  }

  /// Asks the processor, the first time.
  public static Processor ask() {
    return Here.PROCESSOR;
  }

  private static Processor here() {
    var code = new Assembler(Width.BITS_256);
    int saved = emit(code);
    try (var arena = Arena.ofConfined()) {
      var answer = Pages.executable(code.code(), arena);
      if (answer.code() == null) {
        return new Processor("", EnumSet.noneOf(Feature.class), answer.refusal());
      }
      return new Questions(answer.code(), saved, arena.allocate(16, 16)).all();
    }
  }

  /// Two functions `(leaf, subleaf, answer)`: `cpuid`, and what is returned: `xgetbv`.
  private static int emit(Assembler a) {
    a.push(Gpr.RBX);
    a.move(Gpr.R8, Gpr.RDX);
    a.move(Gpr.RAX, Gpr.RDI);
    a.move(Gpr.RCX, Gpr.RSI);
    a.cpuid();
    a.store32(Memory.at(Gpr.R8, 0), Gpr.RAX);
    a.store32(Memory.at(Gpr.R8, 4), Gpr.RBX);
    a.store32(Memory.at(Gpr.R8, 8), Gpr.RCX);
    a.store32(Memory.at(Gpr.R8, 12), Gpr.RDX);
    a.pop(Gpr.RBX);
    a.ret();
    int saved = a.function();
    a.move(Gpr.R8, Gpr.RDX);
    a.move(Gpr.RCX, 0);
    a.xgetbv();
    a.store32(Memory.at(Gpr.R8, 0), Gpr.RAX);
    a.ret();
    return saved;
  }

  private record Questions(MemorySegment code, int saved, MemorySegment out) {
    Processor all() {
      int leaves = ask(0, 0).eax();
      var first = ask(1, 0);
      var features = EnumSet.noneOf(Feature.class);
      int saves = bit(first.ecx(), 27) ? savedRegisters() : 0;
      if (leaves >= 7) {
        var seventh = ask(7, 0);
        var more = seventh.eax() > 0 ? ask(7, 1) : new Answer(0, 0, 0, 0);
        find(features, first, seventh, more, saves);
      }
      return new Processor(name(), features, null);
    }

    private static void find(
        Set<Feature> features, Answer first, Answer seventh, Answer more, int saves) {
      if ((saves & SAVES_AVX) == SAVES_AVX && bit(first.ecx(), 28)) {
        put(features, Feature.AVX2, bit(seventh.ebx(), 5));
        put(features, Feature.FMA, bit(first.ecx(), 12));
        put(features, Feature.F16C, bit(first.ecx(), 29));
        put(features, Feature.AVX_VNNI, bit(more.eax(), 4));
      }
      if ((saves & SAVES_AVX512) == SAVES_AVX512 && bit(seventh.ebx(), 16)) {
        put(features, Feature.AVX512F, true);
        put(features, Feature.AVX512BW, bit(seventh.ebx(), 30));
        put(features, Feature.AVX512VL, bit(seventh.ebx(), 31));
        put(features, Feature.AVX512_VNNI, bit(seventh.ecx(), 11));
        put(features, Feature.AVX512_VBMI, bit(seventh.ecx(), 1));
        put(features, Feature.AVX512_BF16, bit(more.eax(), 5));
      }
    }

    private static void put(Set<Feature> features, Feature feature, boolean has) {
      if (has) {
        features.add(feature);
      }
    }

    private static boolean bit(int register, int bit) {
      return (register >> bit & 1) == 1;
    }

    private String name() {
      int extended = 0x8000_0000;
      if (Integer.compareUnsigned(ask(extended, 0).eax(), extended + 4) < 0) {
        return "";
      }
      var bytes = new byte[48];
      for (int i = 0; i < 3; i++) {
        ask(extended + 2 + i, 0);
        MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, bytes, 16 * i, 16);
      }
      return new String(bytes, StandardCharsets.US_ASCII).replace('\0', ' ').strip();
    }

    private int savedRegisters() {
      call(saved, 0, 0);
      return out.get(ValueLayout.JAVA_INT, 0);
    }

    private Answer ask(int leaf, int subleaf) {
      call(0, leaf, subleaf);
      return new Answer(
          out.get(ValueLayout.JAVA_INT, 0),
          out.get(ValueLayout.JAVA_INT, 4),
          out.get(ValueLayout.JAVA_INT, 8),
          out.get(ValueLayout.JAVA_INT, 12));
    }

    private void call(int function, int leaf, int subleaf) {
      Calls.call(code.asSlice(function), leaf, subleaf, out.address(), 0, 0, 0, 0);
    }
  }

  /// Whether it has all of `wanted`.
  public boolean has(Feature... wanted) {
    for (var feature : wanted) {
      if (!features.contains(feature)) {
        return false;
      }
    }
    return true;
  }
}
