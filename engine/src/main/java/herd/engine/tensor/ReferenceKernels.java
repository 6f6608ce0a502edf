package herd.engine.tensor;

import java.lang.foreign.Arena;

import static java.lang.Math.exp;
import static java.lang.Math.log;
import static java.lang.Math.sqrt;

/// Plain loops in double on one thread: the oracle that every other implementation is compared
/// with, and the only one that accepts `F64`. Each sum is made in double and rounded once, when it
/// is stored.
public final class ReferenceKernels implements Kernels {
  private final Workers workers = new Workers(1);

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public Workers workers() {
    return workers;
  }

  private static double[] values(Tensor t) {
    var out = new double[Math.toIntExact(t.size())];
    for (int r = 0, i = 0; r < t.rows(); r++) {
      for (int c = 0; c < t.cols(); c++) {
        out[i++] = t.get(r, c);
      }
    }
    return out;
  }

  private static void plus(Tensor t, int row, int col, double value) {
    t.set(row, col, t.get(row, col) + value);
  }

  private static double dot(double[] a, int i, double[] b, int j, int n) {
    double sum = 0;
    for (int e = 0; e < n; e++) {
      sum += a[i + e] * b[j + e];
    }
    return sum;
  }

  // --- linear layers ---

  @Override
  public void linear(Tensor y, Tensor x, Tensor w) {
    Shapes.linear(y, x, w);
    int in = x.cols();
    var xs = values(x);
    var ws = values(w);
    for (int t = 0; t < x.rows(); t++) {
      for (int o = 0; o < w.rows(); o++) {
        y.set(t, o, dot(xs, t * in, ws, o * in, in));
      }
    }
  }

  @Override
  public void linearBackwardInput(Tensor dx, Tensor dy, Tensor w) {
    Shapes.linear(dy, dx, w);
    int in = dx.cols();
    int out = w.rows();
    var dys = values(dy);
    var ws = values(w);
    for (int t = 0; t < dx.rows(); t++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int o = 0; o < out; o++) {
          sum += dys[t * out + o] * ws[o * in + i];
        }
        plus(dx, t, i, sum);
      }
    }
  }

  @Override
  public void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add) {
    Shapes.linear(dy, x, dw);
    if (!add) {
      dw.fill(0);
    }
    int in = x.cols();
    int out = dw.rows();
    var dys = values(dy);
    var xs = values(x);
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double sum = 0;
        for (int t = 0; t < x.rows(); t++) {
          sum += dys[t * out + o] * xs[t * in + i];
        }
        plus(dw, o, i, sum);
      }
    }
  }

  // --- embedding ---

  @Override
  public void embedding(Tensor y, Tensor table, int[] ids) {
    Shapes.embedding(y, table, ids);
    for (int i = 0; i < ids.length; i++) {
      y.rows(i, i + 1).copyFrom(table.rows(ids[i], ids[i] + 1));
    }
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, int[] ids) {
    Shapes.embedding(dy, dtable, ids);
    for (int i = 0; i < ids.length; i++) {
      for (int c = 0; c < dy.cols(); c++) {
        plus(dtable, ids[i], c, dy.get(i, c));
      }
    }
  }

  // --- normalisation, element-wise ---

  @Override
  public void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight, double eps) {
    Shapes.rmsNorm(y, inverse, x, weight);
    var xs = values(x);
    int dim = x.cols();
    for (int t = 0; t < x.rows(); t++) {
      double inv = 1 / sqrt(dot(xs, t * dim, xs, t * dim, dim) / dim + eps);
      inverse.set(t, 0, inv);
      for (int c = 0; c < dim; c++) {
        y.set(t, c, xs[t * dim + c] * inv * weight.get(0, c));
      }
    }
  }

  @Override
  public void rmsNormBackward(
      Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight) {
    Shapes.rmsNorm(dx, inverse, x, weight);
    Shapes.same("dy", dy, x);
    Shapes.same("dweight", dweight, weight);
    int dim = x.cols();
    var dws = new double[dim];
    for (int t = 0; t < x.rows(); t++) {
      double inv = inverse.get(t, 0);
      double mean = 0; // of dy * weight * normalised x
      for (int c = 0; c < dim; c++) {
        double normalised = x.get(t, c) * inv;
        dws[c] += dy.get(t, c) * normalised;
        mean += dy.get(t, c) * weight.get(0, c) * normalised / dim;
      }
      for (int c = 0; c < dim; c++) {
        plus(dx, t, c, inv * (dy.get(t, c) * weight.get(0, c) - mean * x.get(t, c) * inv));
      }
    }
    for (int c = 0; c < dim; c++) {
      plus(dweight, 0, c, dws[c]);
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
  }

  @Override
  public void swiGlu(Tensor y, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, y);
    Shapes.same("up", up, y);
    for (int t = 0; t < y.rows(); t++) {
      for (int c = 0; c < y.cols(); c++) {
        double g = gate.get(t, c);
        y.set(t, c, g * sigmoid(g) * up.get(t, c));
      }
    }
  }

  @Override
  public void swiGluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
    Shapes.same("gate", gate, dy);
    Shapes.same("up", up, dy);
    Shapes.same("dgate", dgate, dy);
    Shapes.same("dup", dup, dy);
    for (int t = 0; t < dy.rows(); t++) {
      for (int c = 0; c < dy.cols(); c++) {
        double g = gate.get(t, c);
        double s = sigmoid(g);
        plus(dup, t, c, dy.get(t, c) * g * s);
        plus(dgate, t, c, dy.get(t, c) * up.get(t, c) * s * (1 + g * (1 - s)));
      }
    }
  }

  @Override
  public void add(Tensor y, Tensor x, double factor) {
    Shapes.same("x", x, y);
    for (int t = 0; t < y.rows(); t++) {
      for (int c = 0; c < y.cols(); c++) {
        plus(y, t, c, factor * x.get(t, c));
      }
    }
  }

  // --- attention ---

  @Override
  public void rope(Tensor x, Rotary rotary, Segments segments, boolean inverse) {
    Shapes.rope(x, rotary, segments);
    int half = rotary.headDim() / 2;
    var positions = segments.positions();
    for (int t = 0; t < x.rows(); t++) {
      for (int j = 0; j < half; j++) {
        double angle = positions[t] * rotary.frequencies()[j] * (inverse ? -1 : 1);
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        for (int c = j; c < x.cols(); c += 2 * half) {
          double a = x.get(t, c);
          double b = x.get(t, c + half);
          x.set(t, c, a * cos - b * sin);
          x.set(t, c + half, a * sin + b * cos);
        }
      }
    }
  }

  /// One query head at one token: where its numbers and those of its keys lie.
  private record Query(int at, int segment, int kvColumn, int keys, int token, int head) {
    int key(Segments segments, int j, int kCols) {
      return segments.row(segment, j) * kCols + kvColumn;
    }
  }

  private interface EachQuery {
    void at(Query query);
  }

  private static void eachQuery(
      Tensor q, Tensor k, Segments segments, int headDim, EachQuery each) {
    int heads = q.cols() / headDim;
    int group = heads / (k.cols() / headDim);
    for (int s = 0; s < segments.count(); s++) {
      for (int i = 0; i < segments.length()[s]; i++) {
        for (int h = 0; h < heads; h++) {
          int token = segments.start()[s] + i;
          int at = token * q.cols() + h * headDim;
          int kvColumn = h / group * headDim;
          each.at(new Query(at, s, kvColumn, segments.past()[s] + i + 1, token, h));
        }
      }
    }
  }

  @Override
  public void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    Shapes.attention(y, logSum, q, k, v, segments, headDim);
    var qs = values(q);
    var ks = values(k);
    var vs = values(v);
    double scale = 1 / sqrt(headDim);
    eachQuery(q, k, segments, headDim, query -> {
      var scores = new double[query.keys()];
      double max = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < scores.length; j++) {
        int key = query.key(segments, j, k.cols());
        scores[j] = scale * dot(qs, query.at(), ks, key, headDim);
        max = Math.max(max, scores[j]);
      }
      double sum = 0;
      var out = new double[headDim];
      for (int j = 0; j < scores.length; j++) {
        double p = exp(scores[j] - max);
        sum += p;
        int value = query.key(segments, j, k.cols());
        for (int e = 0; e < headDim; e++) {
          out[e] += p * vs[value + e];
        }
      }
      for (int e = 0; e < headDim; e++) {
        y.set(query.token(), query.head() * headDim + e, out[e] / sum);
      }
      logSum.set(query.token(), query.head(), max + log(sum));
    });
  }

  @Override
  public void cachedAttention(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    Shapes.cachedAttention(y, q, k, v, segments, headDim);
    try (var arena = Arena.ofConfined()) {
      int cols = k.heads() * headDim;
      var keys = Tensor.allocate(arena, q.type(), k.rows(), cols);
      var values = Tensor.allocate(arena, q.type(), v.rows(), cols);
      for (int r = 0; r < k.rows(); r++) {
        for (int c = 0; c < cols; c++) {
          keys.set(r, c, k.get(r, c / headDim, c % headDim));
          values.set(r, c, v.get(r, c / headDim, c % headDim));
        }
      }
      var logSum = Tensor.allocate(arena, q.type(), q.rows(), q.cols() / headDim);
      attention(y, logSum, q, keys, values, segments, headDim);
    }
  }

  @Override
  public void attentionBackward(
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor dy,
      Tensor y,
      Tensor logSum,
      Tensor q,
      Tensor k,
      Tensor v,
      Segments segments,
      int headDim) {
    Shapes.attention(y, logSum, q, k, v, segments, headDim);
    Shapes.attentionGradients(dq, dk, dv, dy, q, k);
    Shapes.unpaged(segments);
    var qs = values(q);
    var ks = values(k);
    var vs = values(v);
    var ys = values(y);
    var dys = values(dy);
    var dks = new double[ks.length];
    var dvs = new double[vs.length];
    double scale = 1 / sqrt(headDim);
    eachQuery(q, k, segments, headDim, query -> {
      int at = query.at();
      double delta = dot(dys, at, ys, at, headDim);
      double denominator = logSum.get(query.token(), query.head());
      var dquery = new double[headDim];
      for (int j = 0; j < query.keys(); j++) {
        int key = query.key(segments, j, k.cols());
        double p = exp(scale * dot(qs, at, ks, key, headDim) - denominator);
        double dscore = p * (dot(dys, at, vs, key, headDim) - delta) * scale;
        for (int e = 0; e < headDim; e++) {
          dquery[e] += dscore * ks[key + e];
          dks[key + e] += dscore * qs[at + e];
          dvs[key + e] += p * dys[at + e];
        }
      }
      for (int e = 0; e < headDim; e++) {
        plus(dq, query.token(), query.head() * headDim + e, dquery[e]);
      }
    });
    for (int i = 0; i < dks.length; i++) {
      plus(dk, i / k.cols(), i % k.cols(), dks[i]);
      plus(dv, i / k.cols(), i % k.cols(), dvs[i]);
    }
  }

  // --- vocabulary ---

  private static double logSumExp(Tensor logits, int row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < logits.cols(); c++) {
      max = Math.max(max, logits.get(row, c));
    }
    double sum = 0;
    for (int c = 0; c < logits.cols(); c++) {
      sum += exp(logits.get(row, c) - max);
    }
    return max + log(sum);
  }

  @Override
  public void logProbs(Tensor logProbs, Tensor logits, int[] targets) {
    Shapes.logProbs(logProbs, logits, targets);
    for (int t = 0; t < targets.length; t++) {
      logProbs.set(t, 0, targets[t] < 0 ? 0 : logits.get(t, targets[t]) - logSumExp(logits, t));
    }
  }

  @Override
  public void logProbsBackward(Tensor logits, int[] targets, Tensor coefficients) {
    Shapes.logProbs(coefficients, logits, targets);
    for (int t = 0; t < targets.length; t++) {
      double logSum = logSumExp(logits, t);
      double coefficient = targets[t] < 0 ? 0 : coefficients.get(t, 0);
      for (int c = 0; c < logits.cols(); c++) {
        double probability = exp(logits.get(t, c) - logSum);
        double gradient = coefficient * ((c == targets[t] ? 1 : 0) - probability);
        logits.set(t, c, targets[t] < 0 ? 0 : gradient);
      }
    }
  }

  // --- optimizer ---

  @Override
  public double sumOfSquares(Tensor x) {
    var xs = values(x);
    return dot(xs, 0, xs, 0, xs.length);
  }

  @Override
  public void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step) {
    Shapes.same("gradient", gradient, weight);
    Shapes.same("m", m, weight);
    Shapes.same("v", v, weight);
    double correct1 = 1 - Math.pow(step.beta1(), step.step());
    double correct2 = 1 - Math.pow(step.beta2(), step.step());
    for (int r = 0; r < weight.rows(); r++) {
      for (int c = 0; c < weight.cols(); c++) {
        double g = gradient.get(r, c) * step.gradientScale();
        double first = step.beta1() * m.get(r, c) + (1 - step.beta1()) * g;
        double second = step.beta2() * v.get(r, c) + (1 - step.beta2()) * g * g;
        m.set(r, c, first);
        v.set(r, c, second);
        double update = first / correct1 / (sqrt(second / correct2) + step.eps());
        double w = weight.get(r, c) * (1 - step.rate() * step.decay());
        weight.set(r, c, w - step.rate() * update);
      }
    }
  }
}
