package herd.train.course;

import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;

/// What the machine multiplies at most, and what a token of training asks for: their ratio is the
/// share of the machine that a training uses (model FLOPs utilisation).
final class Peak {
  private static final int SIZE = 768;
  private static final int ROUNDS = 12;

  private Peak() {}

  /// FLOP/s of a product of matrices, the best of some. To be asked when the kernels are compiled;
  /// takes some ten milliseconds.
  static double measure(Kernels kernels) {
    try (var arena = Arena.ofShared()) {
      var x = Tensor.allocate(arena, DType.F32, SIZE, SIZE);
      var w = Tensor.allocate(arena, DType.F32, SIZE, SIZE);
      var y = Tensor.allocate(arena, DType.F32, SIZE, SIZE);
      double best = 0;
      for (int i = 0; i < ROUNDS; i++) {
        long begun = System.nanoTime();
        kernels.linear(y, x, w);
        best = Math.max(best, 2e9 * SIZE * SIZE * SIZE / Math.max(1, System.nanoTime() - begun));
      }
      return best;
    }
  }

  /// FLOPs of a token of training: six for every number of a matrix that it is multiplied with, the
  /// head included. Attention's scores, which grow with the sequence, are not counted.
  static double flops(LlamaConfig c) {
    double attention = (double) c.dim() * c.headDim() * (2 * c.heads() + 2 * c.kvHeads());
    double layers = c.layers() * (attention + 3.0 * c.dim() * c.ffnDim());
    return 6 * (layers + (double) c.vocab() * c.dim());
  }
}
