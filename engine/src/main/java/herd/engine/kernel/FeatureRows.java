package herd.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Sums of a few of many rows, and additions to them: what classifiers over bags of features spend
/// their time on. Matrices are `[rows * dim]` on the heap. Needs the vector module; where it is
/// absent, callers have loops of their own.
public final class FeatureRows {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private FeatureRows() {}

  /// Whether the vector module is there.
  public static boolean available() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /// Puts the sum of the rows `rows[0] … rows[count - 1]` into `out [dim]`.
  public static void sum(float[] values, int dim, int[] rows, int count, float[] out) {
    int column = 0;
    for (; column + 4 * LANES <= dim; column += 4 * LANES) {
      sumFour(values, dim, rows, count, out, column);
    }
    for (; column + LANES <= dim; column += LANES) {
      sumOne(values, dim, rows, count, out, column);
    }
    for (; column < dim; column++) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += values[rows[i] * dim + column];
      }
      out[column] = sum;
    }
  }

  private static void sumFour(
      float[] values, int dim, int[] rows, int count, float[] out, int column) {
    var a = FloatVector.zero(SPECIES);
    var b = FloatVector.zero(SPECIES);
    var c = FloatVector.zero(SPECIES);
    var d = FloatVector.zero(SPECIES);
    for (int i = 0; i < count; i++) {
      int at = rows[i] * dim + column;
      a = a.add(FloatVector.fromArray(SPECIES, values, at));
      b = b.add(FloatVector.fromArray(SPECIES, values, at + LANES));
      c = c.add(FloatVector.fromArray(SPECIES, values, at + 2 * LANES));
      d = d.add(FloatVector.fromArray(SPECIES, values, at + 3 * LANES));
    }
    a.intoArray(out, column);
    b.intoArray(out, column + LANES);
    c.intoArray(out, column + 2 * LANES);
    d.intoArray(out, column + 3 * LANES);
  }

  private static void sumOne(
      float[] values, int dim, int[] rows, int count, float[] out, int column) {
    var sum = FloatVector.zero(SPECIES);
    for (int i = 0; i < count; i++) {
      sum = sum.add(FloatVector.fromArray(SPECIES, values, rows[i] * dim + column));
    }
    sum.intoArray(out, column);
  }

  /// Adds `change [dim]` to the rows `rows[0] … rows[count - 1]`, to one that is named twice twice.
  public static void add(float[] values, int dim, int[] rows, int count, float[] change) {
    int column = 0;
    for (; column + 4 * LANES <= dim; column += 4 * LANES) {
      addFour(values, dim, rows, count, change, column);
    }
    for (; column + LANES <= dim; column += LANES) {
      addOne(values, dim, rows, count, change, column);
    }
    for (; column < dim; column++) {
      for (int i = 0; i < count; i++) {
        values[rows[i] * dim + column] += change[column];
      }
    }
  }

  private static void addFour(
      float[] values, int dim, int[] rows, int count, float[] change, int column) {
    var a = FloatVector.fromArray(SPECIES, change, column);
    var b = FloatVector.fromArray(SPECIES, change, column + LANES);
    var c = FloatVector.fromArray(SPECIES, change, column + 2 * LANES);
    var d = FloatVector.fromArray(SPECIES, change, column + 3 * LANES);
    for (int i = 0; i < count; i++) {
      int at = rows[i] * dim + column;
      FloatVector.fromArray(SPECIES, values, at).add(a).intoArray(values, at);
      FloatVector.fromArray(SPECIES, values, at + LANES).add(b).intoArray(values, at + LANES);
      FloatVector.fromArray(SPECIES, values, at + 2 * LANES)
          .add(c)
          .intoArray(values, at + 2 * LANES);
      FloatVector.fromArray(SPECIES, values, at + 3 * LANES)
          .add(d)
          .intoArray(values, at + 3 * LANES);
    }
  }

  private static void addOne(
      float[] values, int dim, int[] rows, int count, float[] change, int column) {
    var vector = FloatVector.fromArray(SPECIES, change, column);
    for (int i = 0; i < count; i++) {
      int at = rows[i] * dim + column;
      FloatVector.fromArray(SPECIES, values, at).add(vector).intoArray(values, at);
    }
  }
}
