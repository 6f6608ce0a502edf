package herd.engine.code;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A function of machine code with up to seven arguments, each a whole number or an address, and no
/// result. The JVM waits for it: a call should take less than a millisecond.
/// @param code its first instruction; the memory lives as long as anyone holds the routine
public record Routine(MemorySegment code) {
  private static final MethodHandle CALL = handle();

  @SuppressWarnings("restricted")
  private static MethodHandle handle() {
    var number = ValueLayout.JAVA_LONG;
    return Linker.nativeLinker()
        .downcallHandle(
            FunctionDescriptor.ofVoid(number, number, number, number, number, number, number),
            Linker.Option.critical(false));
  }

  /// Makes routines of finished code.
  /// @param places where each begins
  /// @throws IllegalStateException if the system refuses executable memory
  public static Routine[] of(Assembler assembler, int... places) {
    var answer = Pages.executable(assembler.code(), Arena.ofAuto());
    if (answer.code() == null) {
      throw new IllegalStateException(answer.refusal());
    }
    var routines = new Routine[places.length];
    for (int i = 0; i < places.length; i++) {
      routines[i] = new Routine(answer.code().asSlice(places[i], 0));
    }
    return routines;
  }

  /// Calls it.
  public void call(long a, long b, long c, long d, long e, long f, long g) {
    try {
      CALL.invokeExact(code, a, b, c, d, e, f, g);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
