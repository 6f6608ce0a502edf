package herd.engine.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;

/// Exponentials and sums of vectors, made of operations that round in one way only.
/// `VectorOperators.EXP` and `reduceLanes(ADD)` do not: their bits change when the compiler
/// replaces the interpreter, and the same seed would no longer give the same model.
final class Exp {
  private static final float LEAST = -86.6f;
  private static final float MOST = 88.3f;
  private static final float LOG2_E = 1.442695041f;
  private static final float LN2_HIGH = 0.693359375f; // 9 bits: times a whole number it is exact
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float ROUND =
      1.5f * (1 << 23); // added, it leaves a whole number in the low bits
  private static final int MANTISSA_BITS = 23;

  private static final VectorShuffle<Float> HALF = swap(LANES / 2);
  private static final VectorShuffle<Float> QUARTER = swap(LANES / 4);
  private static final VectorShuffle<Float> EIGHTH = swap(LANES / 8);
  private static final VectorShuffle<Float> SIXTEENTH = swap(LANES / 16);

  private Exp() {}

  private static VectorShuffle<Float> swap(int distance) {
    return VectorShuffle.fromOp(SPECIES, i -> i ^ distance);
  }

  // exp(x) in four parts that a loop calls one after the other, with `power = shifted(x)`:
  // `scaled(polynomial(rest(x, power)), power, x)`. As one method it would be compiled by itself
  // into code that is too long to be inlined, and every vector would then be an object: so are
  // `Vector.max` and `Vector.min`, which is why the limits are comparisons. To about one unit in
  // the last place; 0 below -86.6; the argument is at most 88.3.

  /// The argument where it is at most what [#shifted] can take.
  static FloatVector capped(FloatVector x) {
    return x.blend(MOST, x.compare(VectorOperators.GT, MOST));
  }

  /// The nearest power of two, as a whole number in the low bits.
  static FloatVector shifted(FloatVector x) {
    return x.fma(broadcast(SPECIES, LOG2_E), broadcast(SPECIES, ROUND));
  }

  /// What the power of two leaves, between `-ln 2 / 2` and `ln 2 / 2`.
  static FloatVector rest(FloatVector x, FloatVector shifted) {
    var whole = shifted.sub(ROUND);
    var rest = whole.fma(broadcast(SPECIES, -LN2_HIGH), x);
    return whole.fma(broadcast(SPECIES, -LN2_LOW), rest);
  }

  /// `exp` of the rest: the polynomial of degree 6 with the least relative error, 3e-9, among those
  /// that begin with `1 + r`.
  static FloatVector polynomial(FloatVector r) {
    var p = r.fma(broadcast(SPECIES, 0.00138145394f), broadcast(SPECIES, 0.00836874545f));
    p = p.fma(r, broadcast(SPECIES, 0.041668389f));
    p = p.fma(r, broadcast(SPECIES, 0.166665211f));
    p = p.fma(r, broadcast(SPECIES, 0.49999994f));
    p = p.fma(r, broadcast(SPECIES, 1));
    return p.fma(r, broadcast(SPECIES, 1));
  }

  /// `p` times the power of two; 0 where the result would not be a normal number.
  static FloatVector scaled(FloatVector p, FloatVector shifted, FloatVector x) {
    var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    var product = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    return product.blend(0, x.compare(VectorOperators.LT, LEAST));
  }

  /// The sum of all lanes, halves added to halves.
  static float sum(FloatVector v) {
    v = v.add(v.rearrange(HALF));
    if (LANES >= 4) {
      v = v.add(v.rearrange(QUARTER));
    }
    if (LANES >= 8) {
      v = v.add(v.rearrange(EIGHTH));
    }
    if (LANES >= 16) {
      v = v.add(v.rearrange(SIXTEENTH));
    }
    return v.lane(0);
  }
}
