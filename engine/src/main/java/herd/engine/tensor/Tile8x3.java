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

/// Eight rows of three vectors: 24 sums, three columns and one row number fill 28 of 32 vector
/// registers.
final class Tile8x3 implements Tile {
  @Override
  public int rows() {
    return 8;
  }

  @Override
  public int vectors() {
    return 3;
  }

  @Override
  public void multiply(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps, int vectors) {
    switch (vectors) {
      case 1 -> one(c, a, at, row, step, b, bStep, steps);
      case 2 -> two(c, a, at, row, step, b, bStep, steps);
      default -> three(c, a, at, row, step, b, bStep, steps);
    }
  }

  private static void one(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps) {
    int a1 = at + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row;
    int a5 = a4 + row, a6 = a5 + row, a7 = a6 + row;
    FloatVector c00 = zero(SPECIES), c10 = c00, c20 = c00, c30 = c00, c40 = c00, c50 = c00;
    FloatVector c60 = c00, c70 = c00;
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
      var x6 = broadcast(SPECIES, a[a6 + i]);
      c60 = x6.fma(b0, c60);
      var x7 = broadcast(SPECIES, a[a7 + i]);
      c70 = x7.fma(b0, c70);
    }
    c00.intoArray(c, 0);
    c10.intoArray(c, LANES);
    c20.intoArray(c, 2 * LANES);
    c30.intoArray(c, 3 * LANES);
    c40.intoArray(c, 4 * LANES);
    c50.intoArray(c, 5 * LANES);
    c60.intoArray(c, 6 * LANES);
    c70.intoArray(c, 7 * LANES);
  }

  private static void two(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps) {
    int a1 = at + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row;
    int a5 = a4 + row, a6 = a5 + row, a7 = a6 + row;
    FloatVector c00 = zero(SPECIES), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
    FloatVector c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    FloatVector c60 = c00, c61 = c00, c70 = c00, c71 = c00;
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
      var x6 = broadcast(SPECIES, a[a6 + i]);
      c60 = x6.fma(b0, c60);
      c61 = x6.fma(b1, c61);
      var x7 = broadcast(SPECIES, a[a7 + i]);
      c70 = x7.fma(b0, c70);
      c71 = x7.fma(b1, c71);
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
    c60.intoArray(c, 12 * LANES);
    c61.intoArray(c, 13 * LANES);
    c70.intoArray(c, 14 * LANES);
    c71.intoArray(c, 15 * LANES);
  }

  private static void three(
      float[] c, float[] a, int at, int row, int step, long b, long bStep, int steps) {
    int a1 = at + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row;
    int a5 = a4 + row, a6 = a5 + row, a7 = a6 + row;
    FloatVector c00 = zero(SPECIES), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00;
    FloatVector c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00, c32 = c00;
    FloatVector c40 = c00, c41 = c00, c42 = c00, c50 = c00, c51 = c00, c52 = c00;
    FloatVector c60 = c00, c61 = c00, c62 = c00, c70 = c00, c71 = c00, c72 = c00;
    for (int k = 0, i = 0; k < steps; k++, i += step, b += bStep) {
      var b0 = fromMemorySegment(SPECIES, ALL, b, ORDER);
      var b1 = fromMemorySegment(SPECIES, ALL, b + BYTES, ORDER);
      var b2 = fromMemorySegment(SPECIES, ALL, b + 2 * BYTES, ORDER);
      var x0 = broadcast(SPECIES, a[at + i]);
      c00 = x0.fma(b0, c00);
      c01 = x0.fma(b1, c01);
      c02 = x0.fma(b2, c02);
      var x1 = broadcast(SPECIES, a[a1 + i]);
      c10 = x1.fma(b0, c10);
      c11 = x1.fma(b1, c11);
      c12 = x1.fma(b2, c12);
      var x2 = broadcast(SPECIES, a[a2 + i]);
      c20 = x2.fma(b0, c20);
      c21 = x2.fma(b1, c21);
      c22 = x2.fma(b2, c22);
      var x3 = broadcast(SPECIES, a[a3 + i]);
      c30 = x3.fma(b0, c30);
      c31 = x3.fma(b1, c31);
      c32 = x3.fma(b2, c32);
      var x4 = broadcast(SPECIES, a[a4 + i]);
      c40 = x4.fma(b0, c40);
      c41 = x4.fma(b1, c41);
      c42 = x4.fma(b2, c42);
      var x5 = broadcast(SPECIES, a[a5 + i]);
      c50 = x5.fma(b0, c50);
      c51 = x5.fma(b1, c51);
      c52 = x5.fma(b2, c52);
      var x6 = broadcast(SPECIES, a[a6 + i]);
      c60 = x6.fma(b0, c60);
      c61 = x6.fma(b1, c61);
      c62 = x6.fma(b2, c62);
      var x7 = broadcast(SPECIES, a[a7 + i]);
      c70 = x7.fma(b0, c70);
      c71 = x7.fma(b1, c71);
      c72 = x7.fma(b2, c72);
    }
    c00.intoArray(c, 0);
    c01.intoArray(c, LANES);
    c02.intoArray(c, 2 * LANES);
    c10.intoArray(c, 3 * LANES);
    c11.intoArray(c, 4 * LANES);
    c12.intoArray(c, 5 * LANES);
    c20.intoArray(c, 6 * LANES);
    c21.intoArray(c, 7 * LANES);
    c22.intoArray(c, 8 * LANES);
    c30.intoArray(c, 9 * LANES);
    c31.intoArray(c, 10 * LANES);
    c32.intoArray(c, 11 * LANES);
    c40.intoArray(c, 12 * LANES);
    c41.intoArray(c, 13 * LANES);
    c42.intoArray(c, 14 * LANES);
    c50.intoArray(c, 15 * LANES);
    c51.intoArray(c, 16 * LANES);
    c52.intoArray(c, 17 * LANES);
    c60.intoArray(c, 18 * LANES);
    c61.intoArray(c, 19 * LANES);
    c62.intoArray(c, 20 * LANES);
    c70.intoArray(c, 21 * LANES);
    c71.intoArray(c, 22 * LANES);
    c72.intoArray(c, 23 * LANES);
  }
}
