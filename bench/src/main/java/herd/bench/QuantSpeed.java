package herd.bench;

import herd.engine.kernel.KernelChoice;
import herd.engine.quant.BlockChoice;
import herd.engine.quant.BlockKernels;
import herd.engine.quant.BlockMatrix;
import herd.engine.quant.PackedFormat;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Products with packed matrices at the shapes of a model of a billion parameters: GB/s of weights
/// for one token against what the memory gives in the same round, GOP/s for many tokens. Best of
/// several rounds; rounds of the roof stand between those of the products.
///
/// Options: `--kernels NAME`, `--formats A,B`, `--threads 1,2`, `--tokens 1,4,510`, `--rounds N`,
/// `--shapes RxC,...`, `--cpu` for one thread and its processor time instead of the clock: for
/// machines that others use too.
public final class QuantSpeed {
  private final long spread; // bytes of weights gone through, beyond any cache unless told

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final BlockKernels kernels;
  private final int rounds;
  private final boolean cpu;
  private double roof;

  private QuantSpeed(BlockKernels kernels, int rounds, boolean cpu, long spread) {
    this.spread = spread;
    this.kernels = kernels;
    this.rounds = rounds;
    this.cpu = cpu;
  }

  /// Runs the benchmark.
  public static void main(String[] args) {
    var kernels = option(args, "--kernels", "");
    boolean cpu = Arrays.asList(args).contains("--cpu");
    var speed = new QuantSpeed(
        BlockChoice.of(kernels.isEmpty() ? null : kernels, null),
        Integer.parseInt(option(args, "--rounds", "5")),
        cpu,
        1_000_000L * Integer.parseInt(option(args, "--megabytes", "400")));
    System.out.println(speed.kernels);
    for (String threads : option(args, "--threads", cpu ? "1" : "1,2").split(",")) {
      try (var workers = new Workers(Integer.parseInt(threads))) {
        for (String format : option(args, "--formats", "Q8_0,Q4_0").split(",")) {
          for (String shape : option(args, "--shapes", "2048x2048,8192x2048,2048x8192,128256x2048")
              .split(",")) {
            int[] size =
                Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
            for (String tokens : option(args, "--tokens", "1,8,510").split(",")) {
              speed.run(workers, PackedFormat.of(format), size, Integer.parseInt(tokens));
            }
          }
        }
      }
    }
  }

  private static String option(String[] args, String name, String otherwise) {
    int at = Arrays.asList(args).indexOf(name);
    return at < 0 ? otherwise : args[at + 1];
  }

  private void run(Workers workers, PackedFormat format, int[] size, int tokens) {
    int rows = size[0];
    int cols = size[1];
    if (tokens > 16 && rows > 100_000) {
      return;
    }
    try (var arena = Arena.ofShared()) {
      var copies = matrices(arena, workers, format, rows, cols);
      long bytes = copies.getFirst().bytes() * copies.size();
      var x = Tensor.allocate(arena, DType.F32, tokens, cols);
      for (int i = 0; i < x.size(); i++) {
        x.set(i / cols, i % cols, Math.sin(i));
      }
      var y = Tensor.allocate(arena, DType.F32, tokens, rows);
      var work = arena.allocate(copies.getFirst().workBytes(tokens), 64);
      var vectors = KernelChoice.best(workers);
      var memory = Tensor.allocate(arena, DType.F32, 1, 100_000_000);
      double best = Double.MAX_VALUE;
      roof = 0;
      int times = Math.max(1, (int) (4e10 / (2.0 * rows * cols * tokens * copies.size())));
      for (int round = 0; round < rounds; round++) {
        if (tokens <= 16) {
          readRoof(vectors, memory);
        }
        long start = now();
        int some = tokens > 16 ? Math.max(1, Math.min(times * copies.size(), 40)) : copies.size();
        for (int i = 0; i < some; i++) {
          var matrix = copies.get(i % copies.size());
          matrix.prepare(x, workers, work);
          matrix.multiply(y, workers, work);
        }
        best = Math.min(best, (now() - start) / 1e9 / some);
      }
      double gb = bytes / copies.size() / 1e9 / best;
      double gop = 2.0 * rows * cols * tokens / 1e9 / best;
      System.out.printf(
          Locale.ROOT,
          "%-5s %6d x %4d, %3d tokens, %d threads: %6.1f GB/s (roof %5.1f, %3.0f%%), %5.0f GOP/s%n",
          format,
          rows,
          cols,
          tokens,
          workers.count(),
          gb,
          roof,
          tokens > 16 ? 0 : 100 * gb / roof,
          gop);
    }
  }

  private long now() {
    return cpu ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }

  /// What a plain sum of squares over memory reads.
  private void readRoof(Kernels vectors, Tensor memory) {
    long start = now();
    if (vectors.sumOfSquares(memory) != 0) {
      throw new IllegalStateException("zeros");
    }
    double seconds = (now() - start) / 1e9;
    roof = Math.max(roof, memory.size() * 4 / 1e9 / seconds);
  }

  private List<BlockMatrix> matrices(
      Arena arena, Workers workers, PackedFormat format, int rows, int cols) {
    long size = (long) rows * cols / format.fileColumns() * format.fileBytes();
    var out = new ArrayList<BlockMatrix>();
    try (var scratch = Arena.ofShared()) {
      var file = scratch.allocate(size, 64);
      fill(file, format);
      int copies = (int) Math.max(1, Math.ceilDiv(spread, size));
      for (int i = 0; i < copies; i++) {
        out.add(BlockMatrix.pack(format, file, rows, cols, r -> r, kernels, workers, arena));
      }
    }
    return out;
  }

  private static void fill(MemorySegment file, PackedFormat format) {
    long state = 1;
    for (long i = 0; i + 8 <= file.byteSize(); i += 8) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      file.set(ValueLayout.JAVA_LONG_UNALIGNED, i, state & 0x3FFF3FFF3FFF3FFFL);
    }
  }
}
