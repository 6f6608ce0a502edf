package herd.engine.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.SPECIES;
import static herd.engine.tensor.Floats.broadcast;

/// Exponentials and sums of vectors, made of operations that round in one way only.
/// `VectorOperators.EXP`
/// and `reduceLanes(ADD)` do not: their bits change when the compiler replaces the interpreter, and
/// the
/// same seed would no longer give the same model.
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

  // exp(x) in four parts that a loop calls one after the other: `scaled(polynomial(rest(limited(x),
  // shifted)), shifted)` with `shifted(limited(x))`. As one method it would be compiled by itself
  // into code that is too long to be inlined, and every vector would then be an object. To about
  // one unit in the last place; 2.5e-38 below -86.6, and no more than exp(88.3).

  /// The argument where the result is a normal number.
  static FloatVector limited(FloatVector x) {
    return x.max(LEAST).min(MOST);
  }

  /// The nearest power of two, as a whole number in the low bits.
  static FloatVector shifted(FloatVector limited) {
    return limited.fma(broadcast(LOG2_E), broadcast(ROUND));
  }

  /// What the power of two leaves, between `-ln 2 / 2` and `ln 2 / 2`.
  static FloatVector rest(FloatVector limited, FloatVector shifted) {
    var whole = shifted.sub(ROUND);
    return whole.fma(broadcast(-LN2_LOW), whole.fma(broadcast(-LN2_HIGH), limited));
  }

  /// `exp` of the rest.
  static FloatVector polynomial(FloatVector r) {
    var p = r.fma(broadcast(1f / 5040), broadcast(1f / 720));
    p = p.fma(r, broadcast(1f / 120));
    p = p.fma(r, broadcast(1f / 24));
    p = p.fma(r, broadcast(1f / 6));
    p = p.fma(r, broadcast(0.5f));
    p = p.fma(r, broadcast(1));
    return p.fma(r, broadcast(1));
  }

  /// `p` times the power of two.
  static FloatVector scaled(FloatVector p, FloatVector shifted) {
    var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
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
