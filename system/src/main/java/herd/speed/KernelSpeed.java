package herd.speed;

import herd.engine.code.Pages;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.BlockMatrix;
import herd.engine.quant.PackedFormat;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;

/// How fast products are: packed matrices of a format, and the F32 products of training.
/// @param format the format's name
/// @param read weights read in products with one token, GB/s
/// @param operations in products with many tokens, GOP/s
public record KernelSpeed(String format, double read, double operations) {
  private static final int COLS = 4096;
  private static final int TOKENS = 120; // a multiple of what kernels take at a time
  private static final int ROUNDS = 30; // short ones: others may want the machine too
  private static final long BYTES = 96L << 20; // beyond most caches
  private static final long QUICK_BYTES = 32L << 20;
  private static final long WARM_NANOS = 300_000_000L;
  private static final long MOST_NANOS = 160_000_000L; // for one of the two

  /// @param quick with a smaller matrix, fewer times
  public static KernelSpeed measure(
      PackedFormat format, BlockKernels kernels, Workers workers, boolean quick) {
    long bytes = quick ? QUICK_BYTES : BYTES;
    int rows = (int) (bytes / format.groupBytes(COLS)) * format.groupRows();
    int few = 64 * format.groupRows();
    try (var arena = Arena.ofShared()) {
      var large = pack(format, rows, kernels, workers, arena);
      var small = pack(format, few, kernels, workers, arena);
      double alone = seconds(large, 1, workers, arena, quick);
      double many = seconds(small, TOKENS, workers, arena, quick);
      return new KernelSpeed(
          format.name(), large.bytes() / alone / 1e9, 2.0 * few * COLS * TOKENS / many / 1e9);
    }
  }

  /// Lets the compiler finish with what surrounds the kernels.
  public static void warmUp(BlockKernels kernels, Workers workers) {
    var format = PackedFormat.of("Q8_0");
    long end = System.nanoTime() + WARM_NANOS;
    try (var arena = Arena.ofShared()) {
      var matrix = pack(format, 64 * format.groupRows(), kernels, workers, arena);
      var x = Tensor.allocate(arena, DType.F32, TOKENS, COLS);
      var y = Tensor.allocate(arena, DType.F32, TOKENS, matrix.rows());
      var work = arena.allocate(matrix.workBytes(TOKENS), 64);
      while (System.nanoTime() < end) {
        for (int tokens : new int[] {1, TOKENS}) {
          matrix.prepare(x.rows(0, tokens), workers, work);
          matrix.multiply(y.rows(0, tokens), workers, work);
        }
      }
    }
  }

  private static BlockMatrix pack(
      PackedFormat format, int rows, BlockKernels kernels, Workers workers, Arena arena) {
    long bytes = (long) rows * COLS / format.fileColumns() * format.fileBytes();
    MemorySegment file = Pages.data(bytes, arena); // zeros: what they are does not matter
    return BlockMatrix.pack(format, file, rows, COLS, r -> r, kernels, workers, arena);
  }

  private static double seconds(
      BlockMatrix matrix, int tokens, Workers workers, Arena arena, boolean quick) {
    var x = Tensor.allocate(arena, DType.F32, tokens, COLS);
    for (long i = 0; i < x.size(); i++) {
      x.set((int) (i / COLS), (int) (i % COLS), ThreadLocalRandom.current().nextGaussian());
    }
    var y = Tensor.allocate(arena, DType.F32, tokens, matrix.rows());
    var work = arena.allocate(matrix.workBytes(tokens), 64);
    double best = Double.MAX_VALUE;
    long end = System.nanoTime() + (quick ? MOST_NANOS / 4 : MOST_NANOS);
    for (int round = 0; round < 2 || round < ROUNDS && System.nanoTime() < end; round++) {
      long start = System.nanoTime();
      matrix.prepare(x, workers, work);
      matrix.multiply(y, workers, work);
      best = Math.min(best, (System.nanoTime() - start) / 1e9);
    }
    return best;
  }

  /// The matrix product of training, GFLOP/s.
  public static double training(Kernels kernels, boolean quick) {
    int size = 768;
    try (var arena = Arena.ofShared()) {
      var x = Tensor.allocate(arena, DType.F32, size, size);
      var w = Tensor.allocate(arena, DType.F32, size, size);
      var y = Tensor.allocate(arena, DType.F32, size, size);
      double best = 0;
      long end = System.nanoTime() + (quick ? 150_000_000L : 800_000_000L);
      for (int t = 0; t < 3 || System.nanoTime() < end && t < 1000; t++) {
        long start = System.nanoTime();
        kernels.linear(y, x, w);
        best = Math.max(best, 2.0 * size * size * size / (System.nanoTime() - start));
      }
      return best;
    }
  }
}
