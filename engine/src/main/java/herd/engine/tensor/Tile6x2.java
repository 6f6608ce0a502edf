package herd.engine.tensor;

import jdk.incubator.vector.FloatVector;

import static herd.engine.tensor.Floats.ALL;
import static herd.engine.tensor.Floats.BYTES;
import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.ORDER;
import static herd.engine.tensor.Floats.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.FloatVector.zero;

/// Six rows of two vectors: 12 sums, two columns and one row number fill 15 of 16 vector registers.
final class Tile6x2 implements Tile {
  @Override
  public int rows() {
    return 6;
  }

  @Override
  public int vectors() {
    return 2;
  }

  @Override
  public void multiply(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps, int vectors) {
    switch (vectors) {
      case 1 -> one(c, a, at, row, step, b, bStep, steps);
      default -> two(c, a, at, row, step, b, bStep, steps);
    }
  }

  private static void one(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps) {
    int a1 = at + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row;
    int a5 = a4 + row;
    FloatVector c00 = zero(SPECIES), c10 = c00, c20 = c00, c30 = c00, c40 = c00, c50 = c00;
    for (int k = 0, i = 0; k < steps; k++, i += step, b += bStep) {
      var b0 = fromMemorySegment(SPECIES, ALL, b, ORDER);
      var x0 = broadcast(SPECIES, a[at + i]);
      c00 = x0.fma(b0, c00);
      var x1 = broadcast(SPECIES, a[a1 + i]);
      c10 = x1.fma(b0, c10);
      var x2 = broadcast(SPECIES, a[a2 + i]);
      c20 = x2.fma(b0, c20);
      var x3 = broadcast(SPECIES, a[a3 + i]);
      c30 = x3.fma(b0, c30);
      var x4 = broadcast(SPECIES, a[a4 + i]);
      c40 = x4.fma(b0, c40);
      var x5 = broadcast(SPECIES, a[a5 + i]);
      c50 = x5.fma(b0, c50);
    }
    c00.intoArray(c, 0);
    c10.intoArray(c, LANES);
    c20.intoArray(c, 2 * LANES);
    c30.intoArray(c, 3 * LANES);
    c40.intoArray(c, 4 * LANES);
    c50.intoArray(c, 5 * LANES);
  }

  private static void two(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps) {
    int a1 = at + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row;
    int a5 = a4 + row;
    FloatVector c00 = zero(SPECIES), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
    FloatVector c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    for (int k = 0, i = 0; k < steps; k++, i += step, b += bStep) {
      var b0 = fromMemorySegment(SPECIES, ALL, b, ORDER);
      var b1 = fromMemorySegment(SPECIES, ALL, b + BYTES, ORDER);
      var x0 = broadcast(SPECIES, a[at + i]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      var x1 = broadcast(SPECIES, a[a1 + i]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      var x2 = broadcast(SPECIES, a[a2 + i]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      var x3 = broadcast(SPECIES, a[a3 + i]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      var x4 = broadcast(SPECIES, a[a4 + i]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
      var x5 = broadcast(SPECIES, a[a5 + i]);
      c50 = x5.fma(b0, c50);
      c51 = x5.fma(b1, c51);
    }
    c00.intoArray(c, 0);
    c01.intoArray(c, LANES);
    c10.intoArray(c, 2 * LANES);
    c11.intoArray(c, 3 * LANES);
    c20.intoArray(c, 4 * LANES);
    c21.intoArray(c, 5 * LANES);
    c30.intoArray(c, 6 * LANES);
    c31.intoArray(c, 7 * LANES);
    c40.intoArray(c, 8 * LANES);
    c41.intoArray(c, 9 * LANES);
    c50.intoArray(c, 10 * LANES);
    c51.intoArray(c, 11 * LANES);
  }
}
