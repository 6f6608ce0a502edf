package herd.speed;

import herd.engine.tensor.Kernels;
import herd.engine.tensor.KvRows;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Segments;
import herd.engine.tensor.Tensor;
import herd.engine.tensor.Workers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Kernels that do what others do and take the time of each operation: how long, how many
/// floating-point operations (of products and attention; the few of other operations do not count)
/// and how many bytes of tensors were read and written, each once.
final class TimedKernels implements Kernels {
  /// What was spent in one operation, of one shape where it is a product.
  /// @param operation the method of [Kernels], and the shape
  /// @param calls how often
  /// @param nanos on the clock
  /// @param flops floating-point operations
  /// @param bytes of tensors
  record Spent(String operation, long calls, long nanos, double flops, double bytes) {
    private Spent plus(Spent other) {
      return new Spent(
          operation,
          calls + other.calls,
          nanos + other.nanos,
          flops + other.flops,
          bytes + other.bytes);
    }
  }

  private final Kernels kernels;
  private final Map<String, Spent> spent = new LinkedHashMap<>();

  TimedKernels(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Forgets what was spent.
  void clear() {
    spent.clear();
  }

  /// What was spent since, most first.
  List<Spent> spent() {
    var all = new ArrayList<>(spent.values());
    all.sort(Comparator.comparingLong(Spent::nanos).reversed());
    return all;
  }

  private void timed(String operation, double flops, double bytes, Runnable work) {
    long start = System.nanoTime();
    work.run();
    long nanos = System.nanoTime() - start;
    spent.merge(operation, new Spent(operation, 1, nanos, flops, bytes), Spent::plus);
  }

  private static double bytes(Tensor... tensors) {
    double sum = 0;
    for (var tensor : tensors) {
      sum += tensor.data().byteSize();
    }
    return sum;
  }

  private static String shape(String operation, Tensor w) {
    return operation + " [" + w.rows() + ", " + w.cols() + "]";
  }

  private static double product(Tensor x, Tensor w) {
    return 2.0 * x.rows() * w.rows() * w.cols();
  }

  /// Operations of `products` products of queries with the keys that they see.
  private static double scores(Tensor q, Segments segments, int products) {
    double pairs = 0;
    for (int s = 0; s < segments.count(); s++) {
      double length = segments.length()[s];
      pairs += length * segments.past()[s] + length * (length + 1) / 2;
    }
    return 2.0 * products * pairs * q.cols();
  }

  @Override
  public String name() {
    return kernels.name();
  }

  @Override
  public String toString() {
    return kernels.toString();
  }

  @Override
  public Workers workers() {
    return kernels.workers();
  }

  @Override
  public void linear(Tensor y, Tensor x, Tensor w) {
    timed(shape("linear", w), product(x, w), bytes(y, x, w), () -> kernels.linear(y, x, w));
  }

  @Override
  public void linearBackwardInput(Tensor dx, Tensor dy, Tensor w) {
    timed(
        shape("linearBackwardInput", w),
        product(dy, w),
        bytes(dx, dx, dy, w),
        () -> kernels.linearBackwardInput(dx, dy, w));
  }

  @Override
  public void linearBackwardWeight(Tensor dw, Tensor dy, Tensor x, boolean add) {
    timed(
        shape("linearBackwardWeight", dw),
        product(x, dw),
        add ? bytes(dw, dw, dy, x) : bytes(dw, dy, x),
        () -> kernels.linearBackwardWeight(dw, dy, x, add));
  }

  @Override
  public void embedding(Tensor y, Tensor table, int[] ids) {
    timed("embedding", 0, bytes(y, y), () -> kernels.embedding(y, table, ids));
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, int[] ids) {
    timed("embeddingBackward", 0, 3 * bytes(dy), () -> kernels.embeddingBackward(dtable, dy, ids));
  }

  @Override
  public void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight, double eps) {
    timed("rmsNorm", 0, bytes(y, x), () -> kernels.rmsNorm(y, inverse, x, weight, eps));
  }

  @Override
  public void rmsNormBackward(
      Tensor dx, Tensor dweight, Tensor dy, Tensor inverse, Tensor x, Tensor weight) {
    timed(
        "rmsNormBackward",
        0,
        bytes(dx, dx, dy, x),
        () -> kernels.rmsNormBackward(dx, dweight, dy, inverse, x, weight));
  }

  @Override
  public void swiGlu(Tensor y, Tensor gate, Tensor up) {
    timed("swiGlu", 0, bytes(y, gate, up), () -> kernels.swiGlu(y, gate, up));
  }

  @Override
  public void swiGluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up) {
    timed(
        "swiGluBackward",
        0,
        bytes(dgate, dgate, dup, dup, dy, gate, up),
        () -> kernels.swiGluBackward(dgate, dup, dy, gate, up));
  }

  @Override
  public void add(Tensor y, Tensor x, double factor) {
    timed("add", 0, bytes(y, y, x), () -> kernels.add(y, x, factor));
  }

  @Override
  public void rope(Tensor x, Rotary rotary, Segments segments, boolean inverse) {
    timed("rope", 0, bytes(x, x), () -> kernels.rope(x, rotary, segments, inverse));
  }

  @Override
  public void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    timed(
        "attention",
        scores(q, segments, 2),
        bytes(y, q, k, v),
        () -> kernels.attention(y, logSum, q, k, v, segments, headDim));
  }

  @Override
  public void cachedAttention(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    timed(
        "cachedAttention",
        scores(q, segments, 2),
        bytes(y, q) + k.data().byteSize() + v.data().byteSize(),
        () -> kernels.cachedAttention(y, q, k, v, segments, headDim));
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
    timed(
        "attentionBackward",
        scores(q, segments, 5),
        bytes(dq, dq, dk, dk, dv, dv, dy, y, q, k, v),
        () -> kernels.attentionBackward(dq, dk, dv, dy, y, logSum, q, k, v, segments, headDim));
  }

  @Override
  public void logProbs(Tensor logProbs, Tensor logits, int[] targets) {
    timed("logProbs", 0, bytes(logits), () -> kernels.logProbs(logProbs, logits, targets));
  }

  @Override
  public void logProbsBackward(Tensor logits, int[] targets, Tensor coefficients) {
    timed(
        "logProbsBackward",
        0,
        bytes(logits, logits),
        () -> kernels.logProbsBackward(logits, targets, coefficients));
  }

  @Override
  public double sumOfSquares(Tensor x) {
    var sum = new double[1];
    timed("sumOfSquares", 0, bytes(x), () -> sum[0] = kernels.sumOfSquares(x));
    return sum[0];
  }

  @Override
  public void adamW(Tensor weight, Tensor gradient, Tensor m, Tensor v, AdamStep step) {
    timed(
        "adamW",
        0,
        bytes(weight, weight, gradient, m, m, v, v),
        () -> kernels.adamW(weight, gradient, m, v, step));
  }
}
