package herd.engine.kernel;

import herd.engine.code.FloatAssembler;
import herd.engine.code.Routine;
import herd.engine.code.Width;
import herd.engine.tensor.Shapes;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/// The three matrix products of training as machine code, at full speed from the first call:
/// `c (+)= a b` on packed panels. `b` is cut into stages that fit a cache shared by all workers;
/// while one stage is multiplied, the next is packed. Within a stage the work is a grid of row
/// blocks and groups of panels, taken by the workers as they come. Each number of `c` is summed in
/// one order, whatever the number of workers.
///
/// A *step* is what one multiplication adds to each number of `c`: one float, or two numbers
/// rounded to bf16 while they are packed, whose products are summed in F32.
final class MachineGemm {
  private static final int TILE_STEPS = 640; // most in one tile: its panel stays in a core's cache
  private static final int STAGE_STEPS = 1024;
  private static final int STAGE_NUMBERS = 1 << 20; // of `b`: 4 MB, of which there are two
  private static final int BLOCK_ROWS = 64; // of `a` that one part multiplies, about
  private static final int MANY_ROWS = 512; // from which on parts are twice as high
  private static final int MANY_PANELS = 10;
  private static final int APART = 16; // numbers between rows, so that they share no cache set
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Workers workers;
  private final int lanes;
  private final int rows; // of a tile
  private final int width; // numbers in a row of a tile
  private final Routine[] tiles; // by whether `a` is turned, whether they add, and vectors
  private final Routine copy;
  private final Routine transpose;
  private final int perStep; // numbers
  private final Routine pairRows; // null without pairs
  private final Routine weave;
  private final MemorySegment panels;
  private final Scratch[] scratch;

  /// What one worker needs for itself: a block of `a`, a tile of `c`, rows of `b`.
  private record Scratch(MemorySegment a, MemorySegment c, MemorySegment b) {}

  /// A matrix: number `(i, j)` is `data[i][j]`, or `data[j][i]` if it is turned.
  private record Matrix(Tensor data, boolean turned) {
    /// Bytes before a number of the tensor as it lies.
    long at(int row, int col) {
      return 4L * ((long) row * data.cols() + col);
    }

    long address() {
      return data.data().address();
    }

    long rowBytes() {
      return 4L * data.cols();
    }
  }

  /// `c [m, n] (+)= a [m, k] b [k, n]`.
  private record Product(Matrix c, Matrix a, Matrix b, int m, int n, int k, boolean add) {}

  /// One packed piece of `b`: columns `n0 …` and steps `first …`, panel after panel.
  private record Stage(int n0, int columns, int first, int steps, long panels) {
    /// Steps from one panel to the next: more than it has, since panels a multiple of 4 KB apart
    /// would drive each other out of the caches.
    int panelSteps() {
      return Math.ceilDiv(steps, 4) * 4 + 1;
    }

    int panels(int width) {
      return Math.ceilDiv(columns, width);
    }
  }

  /// How the product of a stage is cut into parts.
  private record Grid(int blocks, int blockRows, int groups, int groupPanels) {
    int parts() {
      return blocks * groups;
    }
  }

  /// @param pairs whether operands are rounded to bf16, on a processor that multiplies those
  MachineGemm(Workers workers, Width bits, boolean pairs) {
    this.workers = workers;
    this.perStep = pairs ? 2 : 1;
    this.lanes = bits.bytes() / 4;
    this.rows = GemmPrograms.rows(bits);
    int vectors = GemmPrograms.vectors(bits);
    this.width = vectors * lanes;
    var assembler = new FloatAssembler(bits);
    var programs = new GemmPrograms(assembler, pairs);
    var places = new int[4 * vectors + (pairs ? 4 : 2)];
    for (int i = 0; i < 4 * vectors; i++) {
      places[i] = programs.tile(i / vectors >= 2, i / vectors % 2 == 1, i % vectors + 1);
    }
    places[4 * vectors] = programs.copy();
    places[4 * vectors + 1] = programs.transpose();
    if (pairs) {
      var pairing = new PairPrograms(assembler);
      places[4 * vectors + 2] = pairing.rows();
      places[4 * vectors + 3] = pairing.weave();
    }
    this.tiles = Routine.of(assembler, places);
    this.copy = tiles[4 * vectors];
    this.transpose = tiles[4 * vectors + 1];
    this.pairRows = pairs ? tiles[4 * vectors + 2] : null;
    this.weave = pairs ? tiles[4 * vectors + 3] : null;
    var arena = Arena.ofAuto();
    this.panels = arena.allocate(2 * stageBytes(), 4096);
    this.scratch = new Scratch[workers.count()];
    for (int i = 0; i < scratch.length; i++) {
      long numbers = (2L * BLOCK_ROWS + 2L * rows) * (TILE_STEPS + 2 * APART);
      scratch[i] = new Scratch(
          arena.allocate(4 * numbers, 64),
          arena.allocate(4L * rows * width, 64),
          arena.allocate(4L * lanes * (STAGE_STEPS + 2 * APART), 64));
    }
  }

  private long stageBytes() {
    return 4L * (STAGE_NUMBERS + (STAGE_STEPS + 8L) * width);
  }

  // --- the three products ------------------------------------------------------------------------

  /// `y = x wᵀ`.
  void linear(Tensor y, Tensor x, Tensor w) {
    Shapes.linear(y, x, w);
    var left = new Matrix(x, false);
    multiply(new Product(
        new Matrix(y, false), left, new Matrix(w, true), x.rows(), w.rows(), x.cols(), false));
  }

  /// `dx += dy w`.
  void linearBackwardInput(Tensor dx, Tensor dy, Tensor w) {
    Shapes.linear(dy, dx, w);
    var left = new Matrix(dy, false);
    multiply(new Product(
        new Matrix(dx, false), left, new Matrix(w, false), dx.rows(), w.cols(), w.rows(), true));
  }

  /// `dw (+)= dyᵀ x`.
  void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add) {
    Shapes.linear(dy, x, dw);
    var left = new Matrix(dy, true);
    multiply(new Product(
        new Matrix(dw, false), left, new Matrix(x, false), dw.rows(), dw.cols(), x.rows(), add));
  }

  /// `n` cut into pieces of at most `most`, all alike: the size of one, a multiple of `unit`.
  private static int even(int n, int most, int unit) {
    int pieces = Math.ceilDiv(n, most);
    return Math.ceilDiv(Math.ceilDiv(n, pieces), unit) * unit;
  }

  /// Computes `p`. Calls from several threads take turns.
  private void multiply(Product p) {
    p.c.data.address();
    p.a.data.address();
    p.b.data.address();
    if (p.m == 0 || p.n == 0 || p.k == 0) {
      if (!p.add) {
        p.c.data.fill(0);
      }
      return;
    }
    synchronized (workers) {
      int depth = Math.ceilDiv(p.k, perStep);
      int steps = Math.min(depth, even(depth, STAGE_STEPS, 16));
      int columns = even(p.n, Math.max(width, STAGE_NUMBERS / (steps + 8)), width);
      int count = Math.ceilDiv(p.n, columns) * Math.ceilDiv(depth, steps);
      var first = stage(p, 0, columns, steps);
      workers.run(first.panels(width), (worker, i) -> pack(p, first, i, scratch[worker]));
      for (int s = 0; s < count; s++) {
        var next = s + 1 < count ? stage(p, s + 1, columns, steps) : null;
        multiply(p, stage(p, s, columns, steps), next);
      }
    }
    Reference.reachabilityFence(p);
  }

  private Stage stage(Product p, int index, int columns, int steps) {
    int depth = Math.ceilDiv(p.k, perStep);
    int deep = Math.ceilDiv(depth, steps);
    int n0 = index / deep * columns;
    int first = index % deep * steps;
    return new Stage(
        n0,
        Math.min(columns, p.n - n0),
        first,
        Math.min(steps, depth - first),
        panels.address() + index % 2 * stageBytes());
  }

  /// Numbers of `k` that `steps` steps from `first` on take.
  private int numbers(Product p, int first, int steps) {
    return Math.min(p.k, (first + steps) * perStep) - first * perStep;
  }

  // --- packing -----------------------------------------------------------------------------------

  private void pack(Product p, Stage stage, int panel, Scratch scratch) {
    int column = stage.n0 + panel * width;
    int count = Math.min(width, stage.columns - panel * width);
    long to = stage.panels + 4L * panel * width * stage.panelSteps();
    if (p.b.turned) {
      for (int j = 0; j < count; j += lanes) {
        transpose(p, stage, column + j, Math.min(lanes, count - j), to + 4L * j, scratch.b);
      }
      return;
    }
    int k0 = stage.first * perStep;
    int numbers = numbers(p, stage.first, stage.steps);
    long from = p.b.address() + p.b.at(k0, column);
    if (weave != null) {
      weave.call(to, 4L * width, from, p.b.rowBytes(), numbers, vectors(count, lanes), 0);
      return;
    }
    if (count == width) {
      copy.call(to, from, p.b.rowBytes(), stage.steps, 0, 0, 0);
      return;
    }
    long offset = to - panels.address();
    for (int k = 0; k < numbers; k++) {
      long row = p.b.at(k0 + k, column);
      MemorySegment.copy(p.b.data.data(), row, panels, offset + 4L * k * width, 4L * count);
    }
  }

  /// Whole groups of `size` and numbers left, as programs take them.
  private static long vectors(int numbers, int size) {
    return (long) (numbers / size) << 32 | numbers % size;
  }

  /// Rows of the tensor become columns of a panel; where there are too few, or steps left over, or
  /// they are to be paired, what there is of them is copied first, and what lies beside it is
  /// multiplied in vain.
  private void transpose(Product p, Stage stage, int row, int count, long to, MemorySegment aside) {
    int fours = Math.ceilDiv(stage.steps, 4);
    int k0 = stage.first * perStep;
    int numbers = numbers(p, stage.first, stage.steps);
    if (weave == null && count == lanes && stage.steps % 4 == 0) {
      long from = p.b.address() + p.b.at(row, k0);
      transpose.call(to, from, p.b.rowBytes(), fours, 0, 0, 0);
      return;
    }
    long asideRow = 16L * fours + 4 * APART;
    if (weave != null) {
      long from = p.b.address() + p.b.at(row, k0);
      long counts = vectors(numbers, 2 * lanes);
      pairRows.call(aside.address(), asideRow, from, p.b.rowBytes(), count, counts, 0);
    } else {
      for (int j = 0; j < count; j++) {
        MemorySegment.copy(p.b.data.data(), p.b.at(row + j, k0), aside, asideRow * j, 4L * numbers);
      }
    }
    transpose.call(to, aside.address(), asideRow, fours, 0, 0, 0);
  }

  // --- multiplying -------------------------------------------------------------------------------

  private Grid grid(Product p, Stage stage) {
    int all = stage.panels(width);
    long work = (long) p.m * stage.columns * stage.steps;
    int least = (int) Math.min(4L * workers.count(), 1 + work / 200_000);
    boolean many = p.m >= MANY_ROWS && all >= MANY_PANELS;
    int blockRows = even(p.m, many ? 2 * BLOCK_ROWS : BLOCK_ROWS, rows);
    int blocks = Math.ceilDiv(p.m, blockRows);
    int groups = Math.clamp(Math.ceilDiv(least, blocks), 1, all);
    int groupPanels = Math.ceilDiv(all, groups);
    return new Grid(blocks, blockRows, Math.ceilDiv(all, groupPanels), groupPanels);
  }

  private void multiply(Product p, Stage stage, Stage next) {
    var grid = grid(p, stage);
    int packs = next == null ? 0 : next.panels(width);
    workers.run(grid.parts() + packs, (worker, part) -> {
      if (part < grid.parts()) {
        part(p, stage, grid, part, scratch[worker]);
      } else {
        pack(p, next, part - grid.parts(), scratch[worker]);
      }
    });
  }

  private void part(Product p, Stage stage, Grid grid, int part, Scratch scratch) {
    int row = part / grid.groups * grid.blockRows;
    int high = Math.min(grid.blockRows, p.m - row);
    int panel = part % grid.groups * grid.groupPanels;
    int end = Math.min(panel + grid.groupPanels, stage.panels(width));
    int most = even(stage.steps, TILE_STEPS, 1);
    for (int k = 0; k < stage.steps; k += most) {
      int steps = Math.min(most, stage.steps - k);
      int stride = copyBlock(p, row, high, stage.first + k, steps, scratch.a);
      boolean add = p.add || stage.first + k > 0;
      for (int j = panel; j < end; j++) {
        long b = stage.panels + 4L * width * (j * (long) stage.panelSteps() + k);
        int column = stage.n0 + j * width;
        int columns = Math.min(width, stage.n0 + stage.columns - column);
        for (int i = 0; i < high; i += rows) {
          long a = scratch.a.address() + (p.a.turned ? 4L * i : 4L * i * stride);
          int some = Math.min(rows, high - i);
          tile(p, a, 4L * stride, b, steps, row + i, some, column, columns, add, scratch.c);
        }
      }
    }
  }

  /// Copies rows `row …` and steps `first …` of `a`, as they lie or paired; returns the steps from
  /// one row of the copy, or rows from one step of it if `a` is turned, to the next.
  private int copyBlock(Product p, int row, int high, int first, int steps, MemorySegment to) {
    var a = p.a;
    int k0 = first * perStep;
    int numbers = numbers(p, first, steps);
    int length = a.turned ? high : steps;
    int stride = Math.ceilDiv(length, APART) * APART + (a.turned ? 0 : APART);
    long from = a.turned ? a.at(k0, row) : a.at(row, k0);
    if (weave != null) {
      var routine = a.turned ? weave : pairRows;
      int count = a.turned ? numbers : high;
      long counts = a.turned ? vectors(high, lanes) : vectors(numbers, 2 * lanes);
      routine.call(to.address(), 4L * stride, a.address() + from, a.rowBytes(), count, counts, 0);
      return stride;
    }
    int count = a.turned ? steps : high;
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(a.data.data(), from + i * a.rowBytes(), to, 4L * stride * i, 4L * length);
    }
    return stride;
  }

  private void tile(
      Product p,
      long a,
      long stride,
      long b,
      int steps,
      int row,
      int high,
      int column,
      int columns,
      boolean add,
      MemorySegment aside) {
    int vectors = Math.ceilDiv(columns, lanes);
    int kind = (p.a.turned ? 2 : 0) * (width / lanes) + vectors - 1;
    long c = p.c.address() + p.c.at(row, column);
    if (high == rows && columns == vectors * lanes) {
      var routine = tiles[kind + (add ? width / lanes : 0)];
      routine.call(a, b, c, p.c.rowBytes(), stride, steps, 0);
      return;
    }
    tiles[kind].call(a, b, aside.address(), 4L * width, stride, steps, 0);
    var out = p.c.data.data();
    for (int i = 0; i < high; i++) {
      for (int j = 0; j < columns; j++) {
        float value = aside.get(FLOAT, 4L * (i * width + j));
        long at = p.c.at(row + i, column + j);
        out.set(FLOAT, at, add ? out.get(FLOAT, at) + value : value);
      }
    }
  }
}
