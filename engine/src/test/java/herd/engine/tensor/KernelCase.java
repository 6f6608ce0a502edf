package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One call of one method of [Kernels], made again for every implementation with the same numbers.
/// @param method name of the method
/// @param shape what is special about this case
/// @param limit most that the normalised squared error of any tensor of the call may be
record KernelCase(String method, String shape, double limit, Body body) {
  /// The call; draws its tensors from `room`, in the same order each time.
  interface Body {
    void run(Kernels kernels, Room room);
  }

  @Override
  public String toString() {
    return method + " " + shape;
  }

  /// Tensors of one run. Each is a view of rows inside an allocation whose first and last rows must
  /// stay as they are.
  static final class Room {
    private static final int GUARD_ROWS = 1;
    private static final double GUARD = 12345;

    private final Arena arena;
    private final DType type;
    private final Random random;
    private final List<Tensor> allocations = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();

    Room(Arena arena, DType type, long seed) {
      this.arena = arena;
      this.type = type;
      this.random = new Random(seed);
    }

    /// Normally distributed numbers times `scale`, exact in `F32`.
    Tensor random(int rows, int cols, double scale) {
      var all = Tensor.allocate(arena, type, rows + 2 * GUARD_ROWS, cols);
      var view = all.rows(GUARD_ROWS, GUARD_ROWS + rows);
      all.rows(0, GUARD_ROWS).fill(GUARD);
      all.rows(GUARD_ROWS + rows, all.rows()).fill(GUARD);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          view.set(r, c, (float) (random.nextGaussian() * scale));
        }
      }
      allocations.add(all);
      tensors.add(view);
      return view;
    }

    Tensor random(int rows, int cols) {
      return random(rows, cols, 1);
    }

    /// Keys or values in fewer bits; no result.
    KvRows packed(KvRows.Format format, int rows, int heads, int headDim) {
      return KvRows.allocate(arena, format, rows, heads, headDim);
    }

    /// A single result, compared like a tensor.
    void result(double value) {
      var tensor = Tensor.allocate(arena, DType.F64, 1, 1);
      tensor.set(0, 0, value);
      tensors.add(tensor);
    }

    int[] ids(int count, int bound) {
      return random.ints(count, 0, bound).toArray();
    }

    List<Tensor> tensors() {
      return tensors;
    }

    /// Whether every row beside the views still holds what it held.
    boolean guardsStand() {
      return allocations.stream().allMatch(t -> guards(t, 0) && guards(t, t.rows() - 1));
    }

    private static boolean guards(Tensor t, int row) {
      for (int c = 0; c < t.cols(); c++) {
        if (t.get(row, c) != GUARD) {
          return false;
        }
      }
      return true;
    }
  }
}
