package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static herd.engine.tensor.Floats.LANES;

/// The matrix product `c (+)= a b` on packed panels. `b` is cut into stages that fit a cache shared
/// by all workers; while
/// one stage is multiplied, the next is packed. Within a stage the work is a grid of row blocks and
/// groups of panels,
/// taken by the workers as they come. Each number of `c` is summed in one order, whatever the
/// number of workers.
///
/// A matrix is an address and two strides in bytes, one of which is 4 (one number).
final class Gemm {
  /// Most steps in one tile: a panel of them stays in the first-level cache or streams from the
  /// second.
  private static final int TILE_STEPS = 640;

  /// Most steps in a stage.
  private static final int STAGE_STEPS = 1024;

  /// Most numbers of `b` in a stage: 4 MB, of which there are two.
  private static final int STAGE_NUMBERS = 1 << 20;

  /// Rows of `a` that one part multiplies, at most about.
  private static final int BLOCK_ROWS = 64;

  /// Rows of `a` and panels from which on parts are twice as high: each panel then comes from the
  /// cache that all share, or from memory, half as often.
  private static final int MANY_ROWS = 512;

  private static final int MANY_PANELS = 10;

  /// Steps that are packed together where columns follow each other.
  private static final int PACKED_STEPS = 32;

  private final Workers workers;
  private final Tile tile;
  private final MemorySegment panels;
  private final Scratch[] scratch;

  /// What one worker needs for itself: a block of `a`, and a tile of `c`.
  private record Scratch(float[] a, float[] c) {
    Scratch(Tile tile) {
      this(
          new float[(2 * BLOCK_ROWS + LANES + tile.rows()) * TILE_STEPS],
          new float[tile.rows() * tile.width()]);
    }
  }

  /// A matrix somewhere in memory: number `(i, j)` stands at `address + i * row + j * col`.
  record Matrix(long address, long row, long col) {
    long at(int i, int j) {
      return address + i * row + j * col;
    }

    static Matrix of(Tensor tensor) {
      return new Matrix(Floats.address(tensor), 4L * tensor.cols(), 4);
    }

    Matrix transposed() {
      return new Matrix(address, col, row);
    }
  }

  /// `c [m, n] (+)= a [m, k] b [k, n]`.
  record Product(Matrix c, Matrix a, Matrix b, int m, int n, int k, boolean add) {}

  /// One packed piece of `b`: columns `n0 …` and steps `k0 …`, panel after panel, in the buffer at
  /// `panels`.
  private record Stage(int n0, int columns, int k0, int steps, long panels) {
    /// Steps from one panel to the next: one more than it has, since panels a multiple of 4 KB
    /// apart would drive each other out of the caches.
    int panelSteps() {
      return steps + 1;
    }

    int panels(int width) {
      return (columns + width - 1) / width;
    }
  }

  /// How the product of a stage is cut into parts.
  private record Grid(int blocks, int blockRows, int groups, int groupPanels) {
    int parts() {
      return blocks * groups;
    }
  }

  /// @param arena lives as long as this object
  Gemm(Workers workers, Tile tile, Arena arena) {
    this.workers = workers;
    this.tile = tile;
    long stage = 4L * (STAGE_NUMBERS + (STAGE_STEPS + 1L) * tile.width());
    panels = arena.allocate(2 * stage, 4096);
    scratch = new Scratch[workers.count()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch(tile);
    }
  }

  /// `n` cut into pieces of at most `most`, all alike: the size of one, a multiple of `unit`.
  private static int even(int n, int most, int unit) {
    int pieces = (n + most - 1) / most;
    int size = (n + pieces - 1) / pieces;
    return (size + unit - 1) / unit * unit;
  }

  /// Computes `p`. Calls from several threads take turns.
  void multiply(Product p) {
    synchronized (workers) {
      int steps = Math.min(p.k, even(p.k, STAGE_STEPS, LANES));
      int columns = even(p.n, Math.max(tile.width(), STAGE_NUMBERS / (steps + 1)), tile.width());
      int across = (p.n + columns - 1) / columns;
      int deep = (p.k + steps - 1) / steps;
      pack(p, stage(p, 0, columns, steps));
      for (int s = 0; s < across * deep; s++) {
        var stage = stage(p, s, columns, steps);
        var next = s + 1 < across * deep ? stage(p, s + 1, columns, steps) : null;
        multiply(p, stage, next);
      }
    }
  }

  private Stage stage(Product p, int index, int columns, int steps) {
    int deep = (p.k + steps - 1) / steps;
    int n0 = index / deep * columns;
    int k0 = index % deep * steps;
    long bytes = 4L * (STAGE_NUMBERS + (STAGE_STEPS + 1L) * tile.width());
    return new Stage(
        n0,
        Math.min(columns, p.n - n0),
        k0,
        Math.min(steps, p.k - k0),
        panels.address() + index % 2 * bytes);
  }

  /// Parts of the packing of a stage: some steps each where columns follow each other in
  /// memory, else one panel each.
  private int packs(Product p, Stage stage) {
    return p.b.col == 4
        ? (stage.steps + PACKED_STEPS - 1) / PACKED_STEPS
        : stage.panels(tile.width());
  }

  private void pack(Product p, Stage stage) {
    int count = packs(p, stage);
    if (stage.columns * (long) stage.steps < 10_000) {
      for (int i = 0; i < count; i++) {
        packPart(p, stage, i);
      }
    } else {
      workers.run(count, (_, i) -> packPart(p, stage, i));
    }
  }

  private void packPart(Product p, Stage stage, int part) {
    int width = tile.width();
    if (p.b.col == 4) {
      int k = part * PACKED_STEPS;
      long from = p.b.at(stage.k0 + k, stage.n0);
      int steps = Math.min(PACKED_STEPS, stage.steps - k);
      Panels.copy(stage.panels, width, stage.panelSteps(), k, from, p.b.row, steps, stage.columns);
    } else {
      int column = part * width;
      long from = p.b.at(stage.k0, stage.n0 + column);
      int count = Math.min(width, stage.columns - column);
      long to = stage.panels + 4L * column * stage.panelSteps();
      Panels.transpose(to, width, from, p.b.col, stage.steps, count);
    }
  }

  private Grid grid(Product p, Stage stage) {
    int panels = stage.panels(tile.width());
    long work = (long) p.m * stage.columns * stage.steps;
    int least = (int) Math.min(4L * workers.count(), 1 + work / 200_000);
    int blockRows = even(
        p.m, p.m >= MANY_ROWS && panels >= MANY_PANELS ? 2 * BLOCK_ROWS : BLOCK_ROWS, tile.rows());
    int blocks = (p.m + blockRows - 1) / blockRows;
    int groups = Math.clamp((least + blocks - 1) / blocks, 1, panels);
    int groupPanels = (panels + groups - 1) / groups;
    return new Grid(blocks, blockRows, (panels + groupPanels - 1) / groupPanels, groupPanels);
  }

  private void multiply(Product p, Stage stage, Stage next) {
    var grid = grid(p, stage);
    int packs = next == null ? 0 : packs(p, next);
    workers.run(grid.parts() + packs, (worker, part) -> {
      if (part < grid.parts()) {
        multiplyPart(p, stage, grid, part, scratch[worker]);
      } else {
        packPart(p, next, part - grid.parts());
      }
    });
  }

  private void multiplyPart(Product p, Stage stage, Grid grid, int part, Scratch scratch) {
    int row = part / grid.groups * grid.blockRows;
    int rows = Math.min(grid.blockRows, p.m - row);
    int panel = part % grid.groups * grid.groupPanels;
    int panelsEnd = Math.min(panel + grid.groupPanels, stage.panels(tile.width()));
    int most = even(stage.steps, TILE_STEPS, 1);
    for (int k = 0; k < stage.steps; k += most) {
      int steps = Math.min(most, stage.steps - k);
      boolean rowsFirst = p.a.col == 4;
      int stride = rowsFirst ? steps : (rows + LANES - 1) / LANES * LANES;
      if (rowsFirst) {
        Panels.copyRows(scratch.a, stride, p.a.at(row, stage.k0 + k), p.a.row, rows, steps);
      } else {
        Panels.copyRows(scratch.a, stride, p.a.at(row, stage.k0 + k), p.a.col, steps, rows);
      }
      for (int j = panel; j < panelsEnd; j++) {
        int from = j * tile.width();
        long b = stage.panels + 4L * (from * (long) stage.panelSteps() + (long) k * tile.width());
        int width = Math.min(tile.width(), stage.columns - from);
        int vectors = (width + LANES - 1) / LANES;
        for (int i = 0; i < rows; i += tile.rows()) {
          int high = Math.min(tile.rows(), rows - i);
          int at = rowsFirst ? i * stride : i;
          int aRow = rowsFirst ? stride : 1;
          int aStep = rowsFirst ? 1 : stride;
          tile.multiply(
              scratch.c, scratch.a, at, aRow, aStep, b, 4L * tile.width(), steps, vectors);
          long c = p.c.at(row + i, stage.n0 + from);
          Tile.put(scratch.c, vectors, c, p.c.row, high, width, p.add || stage.k0 + k > 0);
        }
      }
    }
  }
}
