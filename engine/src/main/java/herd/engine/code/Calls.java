package herd.engine.code;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Calls of functions outside the JVM: of the system and of our own. All go the same way, seven
/// whole numbers or addresses in and one out, since the JVM takes milliseconds for every other
/// form of call. Functions of fewer arguments, or of four bytes, do not look at the rest.
final class Calls {
  private static final MethodHandle CALL = handle();

  private Calls() {}

  @SuppressWarnings("restricted")
  private static MethodHandle handle() {
    var number = ValueLayout.JAVA_LONG;
    return Linker.nativeLinker()
        .downcallHandle(
            FunctionDescriptor.of(number, number, number, number, number, number, number, number),
            Linker.Option.critical(false));
  }

  /// The function of the system with that name.
  static MemorySegment named(String name) {
    return Linker.nativeLinker().defaultLookup().findOrThrow(name);
  }

  static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
    try {
      return (long) CALL.invokeExact(function, a, b, c, d, e, f, g);
    } catch (Error error) {
      throw error;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }
}
