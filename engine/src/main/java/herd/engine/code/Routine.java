package herd.engine.code;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A function of machine code with up to seven arguments, each a whole number or an address, and no
/// result. The JVM waits for it: a call should take less than a millisecond.
/// @param code its first instruction; the memory lives as long as anyone holds the routine
public record Routine(MemorySegment code) {
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
    Calls.call(code, a, b, c, d, e, f, g);
  }
}
