package herd.engine.quant;

import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import herd.engine.io.Encoding;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/// Every implementation that can run here, every format, odd shapes: compared with the plain loops.
class BlockKernelHarnessTest {
  /// Rows, units of columns and tokens of products.
  private record Shapes(int[] rows, int[] units, int[] tokens) {
    static final Shapes FEW = new Shapes(new int[] {33}, new int[] {3}, new int[] {1, 5, 17});
    static final Shapes ALL =
        new Shapes(new int[] {1, 33, 48}, new int[] {1, 3}, new int[] {1, 2, 3, 5, 6, 7, 14, 17});
  }

  private static final Workers WORKERS = new Workers(2);

  /// One implementation with one format.
  record Case(BlockKernels kernels, PackedFormat format) {
    @Override
    public String toString() {
      return kernels + " " + format;
    }
  }

  static Stream<Case> cases() {
    return implementations().stream()
        .flatMap(k -> PackedFormat.all().stream().map(format -> new Case(k, format)));
  }

  private static List<BlockKernels> implementations() {
    var all = new ArrayList<BlockKernels>();
    var processor = Processor.ask();
    if (processor.refusal() == null) {
      for (var set : InstructionSet.values()) {
        if (set.runsOn(processor)) {
          all.add(MachineBlocks.of(set));
        }
      }
    }
    if (hasVectors()) {
      all.add(new VectorBlocks());
    }
    return all;
  }

  static List<PackedFormat> formats() {
    return PackedFormat.all();
  }

  /// Some units; those of numbers that stand for themselves need not be full.
  private static int cols(PackedFormat format, int units) {
    return switch (format) {
      case BlockFormat blocks ->
        units * Math.max(blocks.layout().unitColumns(), blocks.fileColumns());
      case DenseFormat _ -> units * DenseFormat.COLUMNS - 3;
    };
  }

  @AfterAll
  static void end() {
    WORKERS.close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithThePlainLoops(Case c) {
    agrees(c, Shapes.FEW);
  }

  @ParameterizedTest
  @MethodSource("cases")
  @Tag("slow")
  void agreesInAllShapes(Case c) {
    agrees(c, Shapes.ALL);
  }

  private static void agrees(Case c, Shapes shapes) {
    var random = new Random(7);
    for (int units : shapes.units) {
      int cols = cols(c.format, units);
      for (int rows : shapes.rows) {
        try (var arena = Arena.ofShared()) {
          var file = file(arena, c.format, rows, cols, random);
          var reference = matrix(arena, c.format, file, rows, cols, new ReferenceBlocks());
          var tested = matrix(arena, c.format, file, rows, cols, c.kernels);
          for (int tokens : shapes.tokens) {
            var x = Tensor.allocate(arena, DType.F32, tokens, cols);
            for (int i = 0; i < x.size(); i++) {
              x.set(i / cols, i % cols, random.nextGaussian());
            }
            compare(product(arena, reference, x), product(arena, tested, x), c.toString());
          }
        }
      }
    }
  }

  /// Whatever the kernels, and whoever shares the batch.
  @ParameterizedTest
  @MethodSource("formats")
  void everyKernelGivesTheSameBits(PackedFormat format) {
    int rows = 33;
    int tokens = 70; // more than any panel has
    int cols = cols(format, 2);
    try (var arena = Arena.ofShared()) {
      var random = new Random(13);
      var file = file(arena, format, rows, cols, random);
      var x = Tensor.allocate(arena, DType.F32, tokens, cols);
      for (int i = 0; i < x.size(); i++) {
        x.set(i / cols, i % cols, random.nextGaussian());
      }
      float[] first = null;
      for (var c : cases().filter(c -> c.format == format).toList()) {
        var w = matrix(arena, format, file, rows, cols, c.kernels);
        var all = product(arena, w, x);
        for (int t = 0; t < tokens; t += 9) {
          var alone = product(arena, w, x.rows(t, t + 1));
          assertThat(alone.toFloats())
              .as(c + " alone")
              .isEqualTo(all.rows(t, t + 1).toFloats());
        }
        assertThat(first == null ? all.toFloats() : first).as(c + "").isEqualTo(all.toFloats());
        first = all.toFloats();
      }
    }
  }

  /// Rows come out as the file's own decoder has them, to the last bit.
  @ParameterizedTest
  @MethodSource("formats")
  void packsEveryNumber(PackedFormat format) {
    int rows = 37;
    int cols = cols(format, 2);
    try (var arena = Arena.ofShared()) {
      var file = file(arena, format, rows, cols, new Random(3));
      var expected = Tensor.allocate(arena, DType.F32, rows, cols);
      Encoding.valueOf(format.name()).decode(file, expected.data(), "test");
      var found = Tensor.allocate(arena, DType.F32, rows, cols);
      int[] all = IntStream.range(0, rows).toArray();
      matrix(arena, format, file, rows, cols, new ReferenceBlocks()).embedding(found, all);
      assertThat(found.toFloats()).isEqualTo(expected.toFloats());
    }
  }

  @ParameterizedTest
  @EnumSource
  void allRoundActivationsAsPlainLoopsDo(BlockFormat format) {
    int cols = 256;
    int tokens = 3;
    try (var arena = Arena.ofShared()) {
      var random = new Random(11);
      var x = Tensor.allocate(arena, DType.F32, tokens, cols);
      for (int i = 0; i < x.size(); i++) {
        x.set(i / cols, i % cols, random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
      }
      x.rows(1, 2).fill(0);
      x.set(2, 40, Double.POSITIVE_INFINITY);
      x.set(2, 70, Double.NaN);
      long bytes = Activations.bytes(format.layout(), tokens, cols);
      var plain = arena.allocate(bytes, 64);
      for (int t = 0; t < tokens; t++) {
        long row = x.rows(t, t + 1).data().address();
        Activations.plainly(format.layout(), row, cols, plain.address(), t, tokens);
      }
      for (var kernels : implementations()) {
        var found = arena.allocate(bytes, 64);
        long from = x.data().address();
        kernels.kernel(format).panel(format, from, cols, tokens, found.address());
        assertThat(found.mismatch(plain)).as(kernels.toString()).isEqualTo(-1);
      }
    }
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  private static void compare(Tensor expected, Tensor found, String what) {
    double worst = 0;
    double most = 1e-30;
    for (int r = 0; r < expected.rows(); r++) {
      for (int col = 0; col < expected.cols(); col++) {
        worst = Math.max(worst, Math.abs(expected.get(r, col) - found.get(r, col)));
        most = Math.max(most, Math.abs(expected.get(r, col)));
      }
    }
    assertThat(worst / most).as(what + ": " + expected).isLessThan(2e-6);
  }

  private static Tensor product(Arena arena, BlockMatrix w, Tensor x) {
    var y = Tensor.allocate(arena, DType.F32, x.rows(), w.rows());
    var work = arena.allocate(w.workBytes(x.rows()), 64);
    w.prepare(x, WORKERS, work);
    w.multiply(y, WORKERS, work);
    return y;
  }

  private static BlockMatrix matrix(
      Arena arena,
      PackedFormat format,
      MemorySegment file,
      int rows,
      int cols,
      BlockKernels kernels) {
    return BlockMatrix.pack(format, file, rows, cols, row -> row, kernels, WORKERS, arena);
  }

  /// Blocks of random bits, whose scales are sensible numbers.
  static MemorySegment file(Arena arena, PackedFormat format, int rows, int cols, Random random) {
    return switch (format) {
      case BlockFormat blocks -> blocks(arena, blocks, rows, cols, random);
      case DenseFormat numbers -> numbers(arena, numbers, rows * cols, random);
    };
  }

  /// Small ones too, which have no exponent of their own as halves.
  private static MemorySegment numbers(Arena arena, DenseFormat format, int count, Random random) {
    var file = arena.allocate((long) count * format.fileBytes(), 64);
    for (int i = 0; i < count; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(10, -random.nextInt(8)));
      switch (format) {
        case F32 -> file.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        case F16 -> file.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
        case BF16 ->
          file.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits(value) >>> 16));
      }
    }
    return file;
  }

  private static MemorySegment blocks(
      Arena arena, BlockFormat format, int rows, int cols, Random random) {
    int blocks = rows * (cols / format.fileColumns());
    var bytes = new byte[blocks * format.fileBytes()];
    random.nextBytes(bytes);
    var file = arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
    for (int b = 0; b < blocks; b++) {
      for (int at : scalesAt(format)) {
        short scale = Float.floatToFloat16((random.nextFloat() + 0.5f) / 1000);
        file.set(ValueLayout.JAVA_SHORT_UNALIGNED, (long) b * format.fileBytes() + at, scale);
      }
    }
    return file;
  }

  private static List<Integer> scalesAt(BlockFormat format) {
    return switch (format) {
      case Q4_1, Q5_1, Q4_K, Q5_K -> List.of(0, 2);
      case Q2_K -> List.of(80, 82);
      case Q3_K -> List.of(108);
      case Q6_K -> List.of(208);
      default -> List.of(0);
    };
  }
}
