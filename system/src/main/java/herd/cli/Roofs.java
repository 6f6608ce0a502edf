package herd.cli;

import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the machine can do at most, measured in a fraction of a second each.
final class Roofs {
  private static final int LANES = 1024;
  private static final int CHAIN = 8;
  private static final int TRIES = 5;

  private Roofs() {}

  /// Multiply-adds in f32 on all cores, GFLOP/s: plain loops that the compiler vectorises.
  static double fma(Workers workers) {
    int rounds = 20_000;
    var sums = new float[workers.count()][];
    double best = 0;
    for (int t = 0; t < TRIES; t++) {
      long start = System.nanoTime();
      workers.run(workers.count(), part -> sums[part] = chains(rounds));
      double flops = 2.0 * CHAIN * LANES * rounds * workers.count();
      best = Math.max(best, flops / (System.nanoTime() - start));
    }
    return sums[0][0] == 42 ? 0 : best; // the sums are used, so the loops stay
  }

  private static float[] chains(int rounds) {
    var x = new float[LANES];
    for (int r = 0; r < rounds; r++) {
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

  /// Reading memory that no cache holds, all cores, GB/s.
  static double read(Workers workers) {
    long bytes = 256L << 20;
    try (var arena = Arena.ofShared()) {
      var memory = arena.allocate(bytes, 64);
      long share = bytes / workers.count() / 64 * 64;
      var sums = new long[workers.count()];
      double best = 0;
      memory.fill((byte) 1); // pages that were never written are not memory yet
      for (int t = 0; t < TRIES; t++) {
        long start = System.nanoTime();
        workers.run(workers.count(), part -> sums[part] = sum(memory.asSlice(part * share, share)));
        best = Math.max(best, (double) share * workers.count() / (System.nanoTime() - start));
      }
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

  /// The matrix product of training, GFLOP/s.
  static double product(Kernels kernels) {
    int size = 768;
    try (var arena = Arena.ofShared()) {
      var x = Tensor.allocate(arena, DType.F32, size, size);
      var w = Tensor.allocate(arena, DType.F32, size, size);
      var y = Tensor.allocate(arena, DType.F32, size, size);
      double best = 0;
      long end = System.nanoTime() + 1_500_000_000L;
      for (int t = 0; t < 3 || System.nanoTime() < end && t < 1000; t++) {
        long start = System.nanoTime();
        kernels.linear(y, x, w);
        best = Math.max(best, 2.0 * size * size * size / (System.nanoTime() - start));
      }
      return best;
    }
  }
}
