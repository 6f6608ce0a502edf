package herd.engine.quant;

import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Rows packed by machine code and by Java are the same bytes.
class PackingProgramTest {
  private static final int[] UNITS = {1, 2, 5};

  private static BlockKernels machine() {
    var processor = Processor.ask();
    assumeTrue(processor.refusal() == null, processor.refusal());
    assumeTrue(InstructionSet.AVX2.runsOn(processor), "no AVX2 here");
    return MachineBlocks.of(InstructionSet.AVX2);
  }

  private static MemorySegment random(Arena arena, long bytes, long seed) {
    var out = new byte[(int) bytes];
    new Random(seed).nextBytes(out);
    return arena.allocate(bytes, 64).copyFrom(MemorySegment.ofArray(out));
  }

  private static long rowBytes(BlockFormat format, int cols) {
    return (long) cols / format.fileColumns() * format.fileBytes();
  }

  @ParameterizedTest
  @EnumSource(BlockFormat.class)
  void anyLanesOfAGroup(BlockFormat format) {
    var kernel = machine().kernel(format);
    for (int units : UNITS) {
      int cols = units * format.layout().unitColumns();
      long rowBytes = rowBytes(format, cols);
      for (int lane = 0; lane < BlockFormat.ROWS; lane++) {
        for (int rows = 1; rows <= BlockFormat.ROWS - lane; rows++) {
          try (var arena = Arena.ofConfined()) {
            var file = random(arena, rows * rowBytes, lane);
            var found = random(arena, format.groupBytes(cols), rows);
            var expected = random(arena, format.groupBytes(cols), rows);
            kernel.pack(format, file.address(), rowBytes, found.address(), lane, rows, cols);
            var packing = new Packing(format);
            for (int i = 0; i < rows; i++) {
              packing.row(file.address() + i * rowBytes, expected.address(), lane + i, cols);
            }
            assertThat(found.mismatch(expected))
                .as("%d, %d, %d", units, lane, rows)
                .isEqualTo(-1);
          }
        }
      }
    }
  }

  /// Rows in order, backwards, two heads woven, and in no order.
  @ParameterizedTest
  @EnumSource(BlockFormat.class)
  void anyOrderOfRows(BlockFormat format) {
    int rows = 75;
    int cols = 2 * format.layout().unitColumns();
    int[] shuffled = IntStream.range(0, rows).toArray();
    var random = new Random(3);
    for (int i = rows - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = kept;
    }
    int[][] orders = {
      IntStream.range(0, rows).toArray(),
      IntStream.range(0, rows).map(i -> rows - 1 - i).toArray(),
      IntStream.range(0, rows).map(i -> i < 38 ? 2 * i : 2 * (i - 38) + 1).toArray(),
      shuffled
    };
    try (var arena = Arena.ofShared();
        var workers = new Workers(2)) {
      var file = halves(arena, format, rows * rowBytes(format, cols));
      for (int[] order : orders) {
        var found = packed(format, file, rows, cols, order, machine(), workers, arena);
        var expected =
            packed(format, file, rows, cols, order, new ReferenceBlocks(), workers, arena);
        assertThat(found.data().mismatch(expected.data())).isEqualTo(-1);
      }
    }
  }

  /// All scales finite, so that numbers can be compared.
  private static MemorySegment halves(Arena arena, BlockFormat format, long bytes) {
    var file = random(arena, bytes, 9);
    for (long at = 0; at < bytes; at += format.fileBytes()) {
      for (int i : new int[] {0, 2, format.fileBytes() - 2}) {
        file.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + i, Float.floatToFloat16(0.25f + at % 7));
      }
    }
    return file;
  }

  private static Tensor packed(
      BlockFormat format,
      MemorySegment file,
      int rows,
      int cols,
      int[] order,
      BlockKernels kernels,
      Workers workers,
      Arena arena) {
    var matrix = BlockMatrix.pack(format, file, rows, cols, i -> order[i], kernels, workers, arena);
    var out = Tensor.allocate(arena, DType.F32, rows, cols);
    matrix.embedding(out, IntStream.range(0, rows).toArray());
    return out;
  }
}
