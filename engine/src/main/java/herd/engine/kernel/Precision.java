package herd.engine.kernel;

import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.function.Consumer;

/// In what the products of a training are computed.
public enum Precision {
  /// Products of floats.
  F32,

  /// Products of numbers rounded to bf16, summed in F32 (mixed precision): weights, gradients, the
  /// optimizer's means and everything but products stay F32. Only where that is faster.
  BF16;

  private static final int SIZE = 384;
  private static final int ROUNDS = 7;
  private static final double FASTER = 1.1;

  /// `kernels`, or kernels like them in this precision where they can be had and are faster, which
  /// is measured.
  /// @param says is told why, where F32 is used instead
  public Kernels of(Kernels kernels, Consumer<String> says) {
    if (this == F32) {
      return kernels;
    }
    var pairs = kernels instanceof MachineKernels machine ? machine.inPairs() : null;
    String refusal = null;
    if (pairs == null) {
      refusal = "the " + kernels.name() + " kernels have no bf16 products on this processor";
    } else if (pairs.verdicts() != null
        && !KernelTrial.passesInPairs(pairs.kind(), pairs.verdicts())) {
      refusal = "bf16 products failed their trial on this processor";
    } else {
      double ratio = ratio(kernels, pairs);
      if (ratio < FASTER) {
        refusal = String.format(
            Locale.ROOT, "bf16 products run at %.2f times the speed of f32 here", ratio);
      }
    }
    if (refusal != null) {
      says.accept("dtype bf16: computes in f32, since " + refusal);
      return kernels;
    }
    return pairs;
  }

  /// How many times as fast the products of `other` are.
  private static double ratio(Kernels kernels, Kernels other) {
    try (var arena = Arena.ofShared()) {
      var x = Tensor.allocate(arena, DType.F32, SIZE, SIZE);
      var w = Tensor.allocate(arena, DType.F32, 2 * SIZE, SIZE);
      var y = Tensor.allocate(arena, DType.F32, SIZE, 2 * SIZE);
      long best = Long.MAX_VALUE;
      long otherBest = Long.MAX_VALUE;
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        kernels.linear(y, x, w);
        long middle = System.nanoTime();
        other.linear(y, x, w);
        best = Math.min(best, middle - start);
        otherBest = Math.min(otherBest, System.nanoTime() - middle);
      }
      return (double) best / otherBest;
    }
  }
}
