package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.util.Arrays;

/// Cosines and sines of a [Rotary] at positions `0 … positions - 1`, from angles in double.
/// @param values row `p`: the cosines of position `p`, then its sines
record RotaryTable(double[] frequencies, Tensor values) {
  static RotaryTable of(Arena arena, Rotary rotary, int positions) {
    int half = rotary.frequencies().length;
    var values = Tensor.allocate(arena, DType.F32, positions, 2 * half);
    for (int p = 0; p < positions; p++) {
      for (int j = 0; j < half; j++) {
        double angle = p * rotary.frequencies()[j];
        values.set(p, j, Math.cos(angle));
        values.set(p, half + j, Math.sin(angle));
      }
    }
    return new RotaryTable(rotary.frequencies().clone(), values);
  }

  boolean covers(Rotary rotary, int positions) {
    return values.rows() >= positions && Arrays.equals(frequencies, rotary.frequencies());
  }
}
