package herd.engine.tensor;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

import static herd.engine.tensor.Exp.sum;
import static herd.engine.tensor.Floats.BYTES;
import static herd.engine.tensor.Floats.LANES;
import static herd.engine.tensor.Floats.broadcast;
import static herd.engine.tensor.Floats.get;
import static herd.engine.tensor.Floats.load;
import static herd.engine.tensor.Floats.loadHalf;
import static herd.engine.tensor.Floats.put;
import static herd.engine.tensor.Floats.store;
import static herd.engine.tensor.Floats.storeHalf;
import static herd.engine.tensor.Floats.zero;

/// The operations on rows and runs of numbers, over native addresses: whole vectors first, then
/// number by number.
final class VectorRows {
  private VectorRows() {}

  // --- sums -------------------------------------------------------------------------------------

  static float dot(long a, long b, int n) {
    var s0 = zero();
    var s1 = zero();
    int i = 0;
    for (; i <= n - 2 * LANES; i += 2 * LANES) {
      s0 = load(a + 4L * i).fma(load(b + 4L * i), s0);
      s1 = load(a + 4L * i + BYTES).fma(load(b + 4L * i + BYTES), s1);
    }
    for (; i <= n - LANES; i += LANES) {
      s0 = load(a + 4L * i).fma(load(b + 4L * i), s0);
    }
    float sum = sum(s0.add(s1));
    for (; i < n; i++) {
      sum = Math.fma(get(a + 4L * i), get(b + 4L * i), sum);
    }
    return sum;
  }

  /// Sum of squares in double.
  static double squares(long x, int n) {
    var s0 = DoubleVector.zero(DoubleVector.SPECIES_PREFERRED);
    var s1 = s0;
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      var v = load(x + 4L * i);
      var low = (DoubleVector) v.convert(VectorOperators.F2D, 0);
      var high = (DoubleVector) v.convert(VectorOperators.F2D, 1);
      s0 = low.fma(low, s0);
      s1 = high.fma(high, s1);
    }
    double sum = 0;
    var lanes = s0.add(s1).toArray();
    for (double lane : lanes) {
      sum += lane;
    }
    for (int i = whole; i < n; i++) {
      double v = get(x + 4L * i);
      sum += v * v;
    }
    return sum;
  }

  /// `y += factor * x`.
  static void add(long y, long x, float factor, int n) {
    var f = broadcast(factor);
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      store(y + 4L * i, load(x + 4L * i).fma(f, load(y + 4L * i)));
    }
    for (int i = whole; i < n; i++) {
      put(y + 4L * i, Math.fma(get(x + 4L * i), factor, get(y + 4L * i)));
    }
  }

  // --- RMSNorm ----------------------------------------------------------------------------------

  /// One row; returns the inverse root mean square.
  static float norm(long y, long x, long weight, double eps, int n) {
    float inverse = (float) (1 / Math.sqrt((double) dot(x, x, n) / n + eps));
    var f = broadcast(inverse);
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      store(y + 4L * i, load(x + 4L * i).mul(f).mul(load(weight + 4L * i)));
    }
    for (int i = whole; i < n; i++) {
      put(y + 4L * i, get(x + 4L * i) * inverse * get(weight + 4L * i));
    }
    return inverse;
  }

  /// One row: adds to `dx`, and to `dweight`, a row of partial sums.
  static void normBackward(
      long dx, long dweight, long dy, float inverse, long x, long weight, int n) {
    int whole = Floats.whole(n);
    var f = broadcast(inverse);
    var s = zero();
    for (int i = 0; i < whole; i += LANES) {
      var d = load(dy + 4L * i).mul(load(x + 4L * i));
      s = d.fma(load(weight + 4L * i), s);
      store(dweight + 4L * i, d.fma(f, load(dweight + 4L * i)));
    }
    float mean = sum(s);
    for (int i = whole; i < n; i++) {
      float d = get(dy + 4L * i) * get(x + 4L * i);
      mean = Math.fma(d, get(weight + 4L * i), mean);
      put(dweight + 4L * i, Math.fma(d, inverse, get(dweight + 4L * i)));
    }
    float back = -mean / n * inverse * inverse * inverse;
    var b = broadcast(back);
    for (int i = 0; i < whole; i += LANES) {
      var d = load(dy + 4L * i).mul(load(weight + 4L * i));
      store(dx + 4L * i, d.fma(f, load(x + 4L * i).fma(b, load(dx + 4L * i))));
    }
    for (int i = whole; i < n; i++) {
      float d = get(dy + 4L * i) * get(weight + 4L * i);
      put(dx + 4L * i, Math.fma(d, inverse, Math.fma(get(x + 4L * i), back, get(dx + 4L * i))));
    }
  }

  // --- SwiGLU -----------------------------------------------------------------------------------

  private static float sigmoid(float x) {
    return (float) (1 / (1 + Math.exp(-x)));
  }

  static void swiGlu(long y, long gate, long up, int n) {
    int whole = Floats.whole(n);
    var one = broadcast(1);
    for (int i = 0; i < whole; i += LANES) {
      var g = load(gate + 4L * i);
      var negative = Exp.capped(g.neg());
      var power = Exp.shifted(negative);
      var e = Exp.scaled(Exp.polynomial(Exp.rest(negative, power)), power, negative);
      store(y + 4L * i, g.div(e.add(one)).mul(load(up + 4L * i)));
    }
    for (int i = whole; i < n; i++) {
      float g = get(gate + 4L * i);
      put(y + 4L * i, g * sigmoid(g) * get(up + 4L * i));
    }
  }

  static void swiGluBackward(long dgate, long dup, long dy, long gate, long up, int n) {
    int whole = Floats.whole(n);
    var one = broadcast(1);
    for (int i = 0; i < whole; i += LANES) {
      var g = load(gate + 4L * i);
      var d = load(dy + 4L * i);
      var negative = Exp.capped(g.neg());
      var power = Exp.shifted(negative);
      var e = Exp.scaled(Exp.polynomial(Exp.rest(negative, power)), power, negative);
      var s = one.div(e.add(one));
      var slope = s.mul(g.mul(one.sub(s)).add(one));
      store(dup + 4L * i, d.fma(g.mul(s), load(dup + 4L * i)));
      store(dgate + 4L * i, d.mul(load(up + 4L * i)).fma(slope, load(dgate + 4L * i)));
    }
    for (int i = whole; i < n; i++) {
      float g = get(gate + 4L * i);
      float d = get(dy + 4L * i);
      float s = sigmoid(g);
      float slope = s * (1 + g * (1 - s));
      put(dup + 4L * i, get(dup + 4L * i) + d * g * s);
      put(dgate + 4L * i, get(dgate + 4L * i) + d * get(up + 4L * i) * slope);
    }
  }

  // --- rotary -----------------------------------------------------------------------------------

  /// Rotates one head of `2 * half` numbers; `sign` is -1 for the opposite angle.
  static void rotate(long x, long cos, long sin, int half, float sign) {
    long y = x + 4L * half;
    int i = 0;
    for (; i <= half - LANES; i += LANES) {
      var a = load(x + 4L * i);
      var b = load(y + 4L * i);
      var c = load(cos + 4L * i);
      var s = load(sin + 4L * i).mul(sign);
      store(x + 4L * i, a.mul(c).sub(b.mul(s)));
      store(y + 4L * i, a.mul(s).add(b.mul(c)));
    }
    for (; i <= half - Floats.HALF_LANES; i += Floats.HALF_LANES) {
      var a = loadHalf(x + 4L * i);
      var b = loadHalf(y + 4L * i);
      var c = loadHalf(cos + 4L * i);
      var s = loadHalf(sin + 4L * i).mul(sign);
      storeHalf(x + 4L * i, a.mul(c).sub(b.mul(s)));
      storeHalf(y + 4L * i, a.mul(s).add(b.mul(c)));
    }
    for (; i < half; i++) {
      float a = get(x + 4L * i);
      float b = get(y + 4L * i);
      float c = get(cos + 4L * i);
      float s = get(sin + 4L * i) * sign;
      put(x + 4L * i, a * c - b * s);
      put(y + 4L * i, a * s + b * c);
    }
  }

  // --- softmax ----------------------------------------------------------------------------------

  static float max(long x, int n) {
    var m0 = broadcast(Float.NEGATIVE_INFINITY);
    var m1 = m0;
    int i = 0;
    for (; i <= n - 2 * LANES; i += 2 * LANES) {
      m0 = m0.max(load(x + 4L * i));
      m1 = m1.max(load(x + 4L * i + BYTES));
    }
    float max = m0.max(m1).reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      max = Math.max(max, get(x + 4L * i));
    }
    return max;
  }

  /// Sum of `exp(x - max)`.
  static double sumExp(long x, float max, int n) {
    var m = broadcast(max);
    var lanes = zero();
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      var a = load(x + 4L * i).sub(m);
      var power = Exp.shifted(a);
      lanes = lanes.add(Exp.scaled(Exp.polynomial(Exp.rest(a, power)), power, a));
    }
    double sum = sum(lanes);
    for (int i = whole; i < n; i++) {
      sum += Math.exp(get(x + 4L * i) - max);
    }
    return sum;
  }

  /// `x = factor * exp(x - shift)`.
  static void scaledExp(long x, float shift, float factor, int n) {
    var m = broadcast(shift);
    var f = broadcast(factor);
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      var a = load(x + 4L * i).sub(m);
      var power = Exp.shifted(a);
      store(x + 4L * i, Exp.scaled(Exp.polynomial(Exp.rest(a, power)), power, a).mul(f));
    }
    for (int i = whole; i < n; i++) {
      put(x + 4L * i, (float) (factor * Math.exp(get(x + 4L * i) - shift)));
    }
  }

  // --- optimizer --------------------------------------------------------------------------------

  /// The numbers of one AdamW step that are the same for all weights.
  record Adam(
      float gradientScale,
      float beta1,
      float beta2,
      float rest1,
      float rest2,
      float keep,
      float rate,
      float rootScale,
      float eps) {
    static Adam of(Kernels.AdamStep s) {
      double correct1 = 1 - Math.pow(s.beta1(), s.step());
      double correct2 = 1 - Math.pow(s.beta2(), s.step());
      return new Adam(
          (float) s.gradientScale(),
          (float) s.beta1(),
          (float) s.beta2(),
          (float) (1 - s.beta1()),
          (float) (1 - s.beta2()),
          (float) (1 - s.rate() * s.decay()),
          (float) (-s.rate() / correct1),
          (float) (1 / Math.sqrt(correct2)),
          (float) s.eps());
    }
  }

  static void adamW(long weight, long gradient, long m, long v, Adam a, int n) {
    int whole = Floats.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      var g = load(gradient + 4L * i).mul(a.gradientScale);
      var first = load(m + 4L * i).mul(a.beta1).add(g.mul(a.rest1));
      var second = load(v + 4L * i).mul(a.beta2).add(g.mul(a.rest2).mul(g));
      store(m + 4L * i, first);
      store(v + 4L * i, second);
      var root = second.sqrt().mul(a.rootScale).add(a.eps);
      var update = first.mul(a.rate).div(root);
      store(weight + 4L * i, load(weight + 4L * i).mul(a.keep).add(update));
    }
    for (int i = whole; i < n; i++) {
      float g = get(gradient + 4L * i) * a.gradientScale;
      float first = get(m + 4L * i) * a.beta1 + g * a.rest1;
      float second = get(v + 4L * i) * a.beta2 + g * a.rest2 * g;
      put(m + 4L * i, first);
      put(v + 4L * i, second);
      float root = (float) Math.sqrt(second) * a.rootScale + a.eps;
      put(weight + 4L * i, get(weight + 4L * i) * a.keep + first * a.rate / root);
    }
  }
}
