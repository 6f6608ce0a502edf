package herd.engine.kernel;

import herd.engine.code.Pages;
import herd.engine.code.Rehearsal;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Every operation of [MachineKernels] at odd shapes, each tensor once right before and once right
/// after memory that must not be touched. The results must be the reference's.
public final class KernelTrial {
  private static final double TOLERANCE = 1e-5;
  private static final int[] COLUMNS = {1, 7, 16, 33, 130};
  private static final int[][] PRODUCTS = {{17, 7, 33}, {24, 64, 48}, {33, 50, 130}};
  private static final int[] HEADS = {6, 16, 48, 80};
  private static final String PAIRS = "+BF16";

  private KernelTrial() {}

  /// What the child JVM runs: the name of a kind, with or without [#PAIRS].
  public static void main(String[] args) {
    try (var workers = new Workers(1)) {
      boolean pairs = args[0].endsWith(PAIRS);
      var kind = MachineKernels.Kind.valueOf(args[0].replace(PAIRS, ""));
      var kernels = MachineKernels.of(kind, workers, ReferenceKernels::new);
      if (pairs) {
        checkPairs(kernels.inPairs());
      } else {
        check(kernels);
      }
    }
    System.exit(0);
  }

  /// Whether `kind` passes, or has passed before.
  static boolean passes(MachineKernels.Kind kind, Path verdicts) {
    return passes(kind.name(), verdicts);
  }

  /// Whether products in bf16 pass, or have passed before.
  static boolean passesInPairs(MachineKernels.Kind kind, Path verdicts) {
    return passes(kind.name() + PAIRS, verdicts);
  }

  private static boolean passes(String kind, Path verdicts) {
    var sources = List.<Class<?>>of(
        AttentionPrograms.class,
        BackwardPrograms.class,
        FloatProgram.class,
        GemmPrograms.class,
        MachineAttention.class,
        MachineAttentionBackward.class,
        MachineBackward.class,
        MachineGemm.class,
        PairPrograms.class,
        RowPrograms.class,
        Spread.class,
        MachineKernels.class,
        KernelTrial.class);
    return new Rehearsal(KernelTrial.class, kind, sources).passes(verdicts);
  }

  /// @throws IllegalStateException if a result is not the reference's
  static void check(Kernels kernels) {
    for (boolean atEnd : new boolean[] {false, true}) {
      for (int cols : COLUMNS) {
        compare(kernels, atEnd, (k, room) -> k.add(room.of(3, cols), room.of(3, cols), 0.3));
        compare(
            kernels,
            atEnd,
            (k, room) -> k.swiGlu(room.of(3, cols), room.of(3, cols), room.of(3, cols)));
        compare(
            kernels,
            atEnd,
            (k, room) -> k.rmsNorm(
                room.of(3, cols), room.of(3, 1), room.of(3, cols), room.of(1, cols), 1e-5));
        compare(
            kernels,
            atEnd,
            (k, room) -> k.logProbs(room.of(3, 1), room.of(3, cols), new int[] {0, -1, cols - 1}));
        compare(
            kernels,
            atEnd,
            (k, room) -> k.embedding(room.of(3, cols), room.of(4, cols), new int[] {3, 0, 2}));
      }
      for (int cols : COLUMNS) {
        backward(kernels, atEnd, cols);
      }
      for (int[] sizes : PRODUCTS) {
        products(kernels, atEnd, false, sizes);
      }
      for (int headDim : HEADS) {
        attention(kernels, atEnd, headDim);
      }
    }
  }

  private static void backward(Kernels kernels, boolean atEnd, int cols) {
    compare(
        kernels,
        atEnd,
        (k, room) -> k.swiGluBackward(
            room.of(3, cols),
            room.of(3, cols),
            room.of(3, cols),
            room.of(3, cols),
            room.of(3, cols)));
    compare(
        kernels,
        atEnd,
        (k, room) -> k.rmsNormBackward(
            room.of(3, cols),
            room.of(1, cols),
            room.of(3, cols),
            room.of(3, 1),
            room.of(3, cols),
            room.of(1, cols)));
    compare(
        kernels,
        atEnd,
        (k, room) ->
            k.logProbsBackward(room.of(3, cols), new int[] {0, -1, cols - 1}, room.of(3, 1)));
    compare(
        kernels,
        atEnd,
        (k, room) -> k.embeddingBackward(room.of(4, cols), room.of(3, cols), new int[] {3, 0, 3}));
    compare(kernels, atEnd, (k, room) -> {
      var result = room.of(1, 1);
      result.set(0, 0, k.sumOfSquares(room.of(3, cols)));
    });
    compare(kernels, atEnd, (k, room) -> {
      var v = room.of(3, cols);
      v.fill(0.5);
      var step = new Kernels.AdamStep(0.1, 0.9, 0.95, 1e-8, 0.1, 3, 0.5);
      k.adamW(room.of(3, cols), room.of(3, cols), room.of(3, cols), v, step);
    });
  }

  /// The products of kernels that round operands to bf16, on numbers that are bf16.
  /// @throws IllegalStateException if a result is not the reference's
  static void checkPairs(Kernels kernels) {
    for (boolean atEnd : new boolean[] {false, true}) {
      for (int[] sizes : PRODUCTS) {
        products(kernels, atEnd, true, sizes);
      }
    }
  }

  /// @param rounds whether the operands are bf16
  private static void products(Kernels kernels, boolean atEnd, boolean rounds, int[] sizes) {
    int tokens = sizes[0];
    int in = sizes[1];
    int out = sizes[2];
    compare(kernels, atEnd, (k, room) -> {
      room.rounds = rounds;
      k.linear(room.of(tokens, out), room.of(tokens, in), room.of(out, in));
    });
    compare(kernels, atEnd, (k, room) -> {
      room.rounds = rounds;
      k.linearBackwardInput(room.of(tokens, in), room.of(tokens, out), room.of(out, in));
    });
    compare(kernels, atEnd, (k, room) -> {
      room.rounds = rounds;
      k.linearBackwardWeight(room.of(out, in), room.of(tokens, out), room.of(tokens, in), true);
    });
    compare(kernels, atEnd, (k, room) -> {
      room.rounds = rounds;
      k.linearBackwardWeight(room.of(out, in), room.of(tokens, out), room.of(tokens, in), false);
    });
  }

  private static void attention(Kernels kernels, boolean atEnd, int headDim) {
    var segments = new Segments(
        new int[] {0, 1}, new int[] {1, 9}, new int[] {70, 0}, new int[] {70, 0}, new int[] {0, 71
        });
    int keys = 80;
    for (boolean inverse : new boolean[] {false, true}) {
      compare(
          kernels,
          atEnd,
          (k, room) ->
              k.rope(room.of(10, 3 * headDim), Rotary.of(headDim, 1e4, null), segments, inverse));
    }
    compare(
        kernels,
        atEnd,
        (k, room) -> k.attention(
            room.of(10, 6 * headDim),
            room.of(10, 6),
            room.of(10, 6 * headDim),
            room.of(keys, 2 * headDim),
            room.of(keys, 2 * headDim),
            segments,
            headDim));
    compare(
        kernels,
        atEnd,
        (k, room) -> k.attentionBackward(
            room.of(10, 6 * headDim),
            room.of(keys, 2 * headDim),
            room.of(keys, 2 * headDim),
            room.of(10, 6 * headDim),
            room.of(10, 6 * headDim),
            room.of(10, 6),
            room.of(10, 6 * headDim),
            room.of(keys, 2 * headDim),
            room.of(keys, 2 * headDim),
            segments,
            headDim));
    for (var format : KvRows.Format.values()) {
      compare(
          kernels,
          atEnd,
          (k, room) -> k.cachedAttention(
              room.of(10, 6 * headDim),
              room.of(10, 6 * headDim),
              room.rows(format, keys, 2, headDim),
              room.rows(format, keys, 2, headDim),
              segments,
              headDim));
    }
  }

  private interface Call {
    void on(Kernels kernels, Room room);
  }

  /// Draws the operands of a call, the same each time.
  private static final class Room {
    private final Random random = new Random(5);
    private final List<Tensor> tensors = new ArrayList<>();
    private final Arena arena;
    private final boolean guarded;
    private final boolean atEnd;
    private boolean rounds; // to bf16, which products of those then keep

    Room(Arena arena, boolean guarded, boolean atEnd) {
      this.arena = arena;
      this.guarded = guarded;
      this.atEnd = atEnd;
    }

    Tensor of(int rows, int cols) {
      long size = 4L * rows * cols;
      var memory = guarded ? Pages.guarded(size, atEnd, arena) : arena.allocate(size, 64);
      var tensor = Tensor.of(memory, DType.F32, rows, cols);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          float drawn = (float) random.nextGaussian();
          int bits = Float.floatToRawIntBits(drawn);
          tensor.set(r, c, rounds ? Float.intBitsToFloat(bits & 0xFFFF_0000) : drawn);
        }
      }
      tensors.add(tensor);
      return tensor;
    }

    KvRows rows(KvRows.Format format, int rows, int heads, int headDim) {
      var numbers = of(rows, heads * headDim);
      var packed = guarded
          ? KvRows.of(
              Pages.guarded((long) rows * heads * format.headBytes(headDim), atEnd, arena),
              format,
              rows,
              heads,
              headDim)
          : KvRows.allocate(arena, format, rows, heads, headDim);
      packed.store(0, numbers, 0, rows);
      return packed;
    }
  }

  private static void compare(Kernels kernels, boolean atEnd, Call call) {
    try (var arena = Arena.ofShared()) {
      var expected = new Room(arena, false, atEnd);
      var found = new Room(arena, true, atEnd);
      call.on(new ReferenceKernels(), expected);
      call.on(kernels, found);
      for (int i = 0; i < expected.tensors.size(); i++) {
        compare(expected.tensors.get(i), found.tensors.get(i));
      }
    }
  }

  private static void compare(Tensor expected, Tensor found) {
    double worst = 0;
    double most = 0;
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.cols(); c++) {
        worst = Math.max(worst, Math.abs(expected.get(r, c) - found.get(r, c)));
        most = Math.max(most, Math.abs(expected.get(r, c)));
      }
    }
    if (!(worst <= TOLERANCE * most)) {
      throw new IllegalStateException(expected + ": wrong by " + worst + " of " + most);
    }
  }
}
