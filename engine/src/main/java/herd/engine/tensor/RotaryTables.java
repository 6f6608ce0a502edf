package herd.engine.tensor;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Cosines and sines of the last few [Rotary] asked for, at positions from 0 on, from angles in
/// double.
public final class RotaryTables {
  private static final int KEPT = 4;
  private static final int LEAST_POSITIONS = 256;

  private final List<Table> tables = new ArrayList<>();

  private record Table(double[] frequencies, Tensor values) {
    static Table of(Rotary rotary, int positions) {
      int half = rotary.frequencies().length;
      var values = Tensor.allocate(Arena.ofAuto(), DType.F32, positions, 2 * half);
      var numbers = new float[positions * 2 * half];
      for (int p = 0; p < positions; p++) {
        for (int j = 0; j < half; j++) {
          double angle = p * rotary.frequencies()[j];
          numbers[2 * half * p + j] = (float) Math.cos(angle);
          numbers[2 * half * p + half + j] = (float) Math.sin(angle);
        }
      }
      values.copyFrom(numbers);
      return new Table(rotary.frequencies().clone(), values);
    }

    boolean covers(Rotary rotary, int positions) {
      return values.rows() >= positions && Arrays.equals(frequencies, rotary.frequencies());
    }
  }

  /// At least `positions` rows `[headDim]`: row `p` holds the cosines of position `p`, then its
  /// sines.
  public synchronized Tensor of(Rotary rotary, int positions) {
    for (var table : tables) {
      if (table.covers(rotary, positions)) {
        return table.values;
      }
    }
    int size = Math.max(LEAST_POSITIONS, Integer.highestOneBit(positions - 1) * 2);
    var table = Table.of(rotary, size);
    tables.addFirst(table);
    if (tables.size() > KEPT) {
      tables.removeLast();
    }
    return table.values;
  }
}
