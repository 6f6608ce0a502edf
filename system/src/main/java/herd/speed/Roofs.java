package herd.speed;

import herd.engine.code.Pages;
import herd.engine.code.Processor;
import herd.engine.code.Routine;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/// What the machine can do at most, measured in a fraction of a second each, the best of some
/// tries: by machine code that does nothing else, or by loops that the compiler vectorises.
/// @param threads that took part
/// @param fma multiply-adds of F32, GFLOP/s
/// @param dot products of bytes, summed, GOP/s; 0 where no machine code runs
/// @param read reading memory that no cache holds, GB/s
public record Roofs(int threads, double fma, double dot, double read) {
  private static final int TRIES = 20; // short ones: others may want the machine too
  private static final long CALLS = 200;
  private static final long ROUNDS = 4_000; // of a call: tens of microseconds
  private static final int LANES = 1024;
  private static final int CHAIN = 8;
  private static final long BYTES = 256L << 20;
  private static final long QUICK_BYTES = 96L << 20;
  private static final long CALL_BYTES = 1 << 19;

  /// @param quick with less memory, in a quarter of the time
  public static Roofs measure(Workers workers, boolean quick) {
    var code = RoofCode.of(Processor.ask());
    long bytes = quick ? QUICK_BYTES : BYTES;
    long calls = quick ? CALLS / 4 : CALLS;
    double fma;
    double dot = 0;
    if (code == null) {
      var sums = new float[workers.count()][];
      fma = best(workers, 2.0 * CHAIN * LANES * ROUNDS, part -> sums[part] = chains());
      fma = sums[0][0] == 42 ? 0 : fma; // the sums are used, so the loops stay
    } else {
      fma = best(workers, code.fmaOperations() * ROUNDS * calls, _ -> many(code.fma(), 0, calls));
      try (var arena = Arena.ofShared()) {
        long ones = arena.allocate(64, 64).fill((byte) 1).address();
        dot = best(
            workers, code.dotOperations() * ROUNDS * calls, _ -> many(code.dot(), ones, calls));
      }
    }
    return new Roofs(workers.count(), fma, dot, read(workers, bytes, code));
  }

  /// Products of bf16 summed in F32 alone, GFLOP/s; 0 where there is no instruction for it.
  public static double pairs(Workers workers) {
    var code = RoofCode.of(Processor.ask());
    if (code == null || code.pairs() == null) {
      return 0;
    }
    double amount = code.pairOperations() * ROUNDS * CALLS / 4;
    return best(workers, amount, _ -> many(code.pairs(), 0, CALLS / 4));
  }

  /// Reading alone, GB/s.
  public static double read(Workers workers) {
    return read(workers, BYTES, RoofCode.of(Processor.ask()));
  }

  /// Billions a second of what each worker does `amount` of.
  private static double best(Workers workers, double amount, IntConsumer work) {
    double best = 0;
    for (int t = 0; t < TRIES; t++) {
      long start = System.nanoTime();
      workers.run(workers.count(), work);
      best = Math.max(best, amount * workers.count() / (System.nanoTime() - start));
    }
    return best;
  }

  private static void many(Routine routine, long address, long calls) {
    for (long i = 0; i < calls; i++) {
      RoofCode.call(routine, address, ROUNDS);
    }
  }

  private static float[] chains() {
    var x = new float[LANES];
    for (long r = 0; r < ROUNDS; r++) {
      chain(x);
    }
    return x;
  }

  private static void chain(float[] x) {
    for (int i = 0; i < LANES; i++) {
      float v = x[i];
      v = Math.fma(v, 0.99f, 0.01f);
      v = Math.fma(v, 0.98f, 0.02f);
      v = Math.fma(v, 0.97f, 0.03f);
      v = Math.fma(v, 0.96f, 0.04f);
      v = Math.fma(v, 0.95f, 0.05f);
      v = Math.fma(v, 0.94f, 0.06f);
      v = Math.fma(v, 0.93f, 0.07f);
      x[i] = Math.fma(v, 0.92f, 0.08f);
    }
  }

  private static double read(Workers workers, long bytes, RoofCode code) {
    try (var arena = Arena.ofShared()) {
      var memory = Pages.data(bytes, arena);
      long share = bytes / workers.count() / CALL_BYTES * CALL_BYTES;
      // Pages that were never written are not memory yet.
      workers.run(workers.count(), part -> memory.asSlice(part * share, share).fill((byte) 1));
      var sums = new long[workers.count()];
      double best = best(workers, share, part -> {
        long from = part * share;
        if (code == null) {
          sums[part] = sum(memory.asSlice(from, share));
          return;
        }
        for (long at = 0; at < share; at += CALL_BYTES) {
          long address = memory.address() + from + at;
          RoofCode.call(code.read(), address, CALL_BYTES / RoofCode.READ_BYTES);
        }
      });
      return sums[0] == 42 ? 0 : best;
    }
  }

  private static long sum(MemorySegment memory) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    long n = memory.byteSize() / 8;
    for (long i = 0; i + 3 < n; i += 4) {
      a += memory.getAtIndex(ValueLayout.JAVA_LONG, i);
      b += memory.getAtIndex(ValueLayout.JAVA_LONG, i + 1);
      c += memory.getAtIndex(ValueLayout.JAVA_LONG, i + 2);
      d += memory.getAtIndex(ValueLayout.JAVA_LONG, i + 3);
    }
    return a + b + c + d;
  }
}
