package herd.engine.kernel;

import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.lang.ref.Reference;

/// Spreads rows and numbers over the workers, in pieces that are worth the way.
record Spread(Workers workers) {
  /// Numbers that one worker handles in about a microsecond: smaller calls stay on the caller.
  static final int GRAIN = 8_192;

  @FunctionalInterface
  interface Range {
    void run(int from, int to);
  }

  @FunctionalInterface
  interface Numbers {
    /// @param at bytes from the first number
    void run(long at, int count);
  }

  /// Spreads rows `0 … rows` over the workers, in pieces of at least `GRAIN` numbers.
  void rows(int rows, long cols, Range range) {
    long least = Math.max(1, GRAIN / Math.max(1, cols));
    int pieces = (int) Math.clamp(rows / least, 1, 4L * workers.count());
    workers.run(
        pieces,
        i -> range.run((int) ((long) rows * i / pieces), (int) ((long) rows * (i + 1) / pieces)));
  }

  /// Spreads `n` numbers over the workers; pieces start at whole vectors.
  void numbers(long n, Numbers numbers) {
    long runs = (n + GRAIN - 1) / GRAIN;
    int pieces = (int) Math.clamp(runs, 1, Math.max(4L * workers.count(), runs / 16));
    workers.run(pieces, i -> {
      long from = runs * i / pieces * GRAIN;
      long to = Math.min(n, runs * (i + 1) / pieces * GRAIN);
      numbers.run(4 * from, Math.toIntExact(to - from));
    });
  }

  /// Holds the memory of tensors whose addresses were in use until here.
  static void keep(Tensor... tensors) {
    for (var tensor : tensors) {
      Reference.reachabilityFence(tensor);
    }
  }
}
