package herd.engine.tensor;

/// The shapes that each method of [Kernels] accepts, checked once per call. Every method throws
/// `IllegalArgumentException` that names the tensor that does not fit.
public final class Shapes {
  private Shapes() {}

  /// `tensor` is `[rows, cols]` of `type`.
  static void shape(String name, Tensor tensor, DType type, int rows, int cols) {
    if (tensor.type() != type || tensor.rows() != rows || tensor.cols() != cols) {
      throw new IllegalArgumentException(
          "%s: %s; allowed: %s [%d, %d]".formatted(name, tensor, type, rows, cols));
    }
  }

  /// `tensor` has the type and shape of `other`.
  public static void same(String name, Tensor tensor, Tensor other) {
    shape(name, tensor, other.type(), other.rows(), other.cols());
  }

  private static void count(String name, int found, int allowed) {
    if (found != allowed) {
      throw new IllegalArgumentException(name + ": " + found + "; allowed: " + allowed);
    }
  }

  /// `y [tokens, out]`, `x [tokens, in]`, `w [out, in]`; also for the two backward methods.
  public static void linear(Tensor y, Tensor x, Tensor w) {
    shape("w", w, x.type(), w.rows(), x.cols());
    shape("y", y, x.type(), x.rows(), w.rows());
  }

  /// `rows [ids.length, dim]`, `table [vocab, dim]`; ids within the table.
  public static void embedding(Tensor rows, Tensor table, int[] ids) {
    shape("rows", rows, table.type(), ids.length, table.cols());
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= table.rows()) {
        throw new IllegalArgumentException(
            "ids[%d]: %d; allowed: 0 to %d".formatted(i, ids[i], table.rows() - 1));
      }
    }
  }

  /// `y`, `x [tokens, dim]`, `inverse [tokens, 1]`, `weight [1, dim]`.
  public static void rmsNorm(Tensor y, Tensor inverse, Tensor x, Tensor weight) {
    same("y", y, x);
    shape("inverse", inverse, x.type(), x.rows(), 1);
    shape("weight", weight, x.type(), 1, x.cols());
  }

  /// `x [tokens, heads * headDim]`, the segments' tokens.
  public static void rope(Tensor x, Rotary rotary, Segments segments) {
    count("rows of x", x.rows(), segments.tokens());
    if (x.cols() % rotary.headDim() != 0) {
      throw new IllegalArgumentException(
          "x: %s; allowed: a multiple of headDim %d columns".formatted(x, rotary.headDim()));
    }
  }

  /// As [Kernels#attention] says; no key beyond the tensor is read.
  public static void attention(
      Tensor y, Tensor logSum, Tensor q, Tensor k, Tensor v, Segments segments, int headDim) {
    count("rows of q", q.rows(), segments.tokens());
    same("y", y, q);
    same("v", v, k);
    if (headDim < 1 || q.cols() % headDim != 0 || k.cols() % headDim != 0) {
      throw new IllegalArgumentException("headDim: %d for q %s, k %s".formatted(headDim, q, k));
    }
    int heads = q.cols() / headDim;
    int kvHeads = k.cols() / headDim;
    if (kvHeads < 1 || heads % kvHeads != 0) {
      throw new IllegalArgumentException("k: %d heads for %d of q".formatted(kvHeads, heads));
    }
    shape("logSum", logSum, q.type(), q.rows(), heads);
    shape("k", k, q.type(), k.rows(), k.cols());
    for (int s = 0; s < segments.count(); s++) {
      long end = lastKeyRow(segments, s) + 1L;
      if (end > k.rows()) {
        throw new IllegalArgumentException(
            "k: %d rows; segment %d reads up to row %d".formatted(k.rows(), s, end));
      }
    }
  }

  /// As [Kernels#cachedAttention] says; no key beyond the rows is read.
  public static void cachedAttention(
      Tensor y, Tensor q, KvRows k, KvRows v, Segments segments, int headDim) {
    count("rows of q", q.rows(), segments.tokens());
    same("y", y, q);
    if (k.headDim() != headDim
        || v.headDim() != headDim
        || k.heads() != v.heads()
        || k.format() != v.format()
        || q.cols() % (headDim * k.heads()) != 0) {
      throw new IllegalArgumentException(
          "k, v: %d, %d heads of %d for q %s".formatted(k.heads(), v.heads(), k.headDim(), q));
    }
    for (int s = 0; s < segments.count(); s++) {
      if (lastKeyRow(segments, s) >= Math.min(k.rows(), v.rows())) {
        throw new IllegalArgumentException(
            "k: %d rows; segment %d reads beyond".formatted(k.rows(), s));
      }
    }
  }

  private static long lastKeyRow(Segments segments, int s) {
    int keys = segments.past()[s] + segments.length()[s];
    if (segments.pages() == null) {
      return (long) segments.keyStart()[s] + keys - 1;
    }
    int size = segments.pages().size();
    var table = segments.pages().table()[s];
    int used = (keys - 1) / size + 1;
    if (table.length < used) {
      throw new IllegalArgumentException(
          "segment %d: %d pages of %d rows for %d keys".formatted(s, table.length, size, keys));
    }
    long last = 0;
    for (int i = 0; i < used; i++) {
      long rows = i < used - 1 ? size : keys - (used - 1L) * size;
      if (table[i] < 0) {
        throw new IllegalArgumentException("segment %d: page %d".formatted(s, table[i]));
      }
      last = Math.max(last, (long) table[i] * size + rows - 1);
    }
    return last;
  }

  /// Gradients of keys are summed where the keys lie: pages could be shared.
  public static void unpaged(Segments segments) {
    if (segments.pages() != null) {
      throw new IllegalArgumentException("pages have no backward pass");
    }
  }

  /// What the backward pass of attention adds; keys and values have one shape.
  public static void attentionGradients(
      Tensor dq, Tensor dk, Tensor dv, Tensor dy, Tensor q, Tensor k) {
    same("dy", dy, q);
    same("dq", dq, q);
    same("dk", dk, k);
    same("dv", dv, k);
  }

  /// `column [tokens, 1]`, `logits [tokens, vocab]`; targets under `vocab`.
  public static void logProbs(Tensor column, Tensor logits, int[] targets) {
    count("targets", targets.length, logits.rows());
    shape("logProbs or coefficients", column, logits.type(), logits.rows(), 1);
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] >= logits.cols()) {
        throw new IllegalArgumentException(
            "targets[%d]: %d; allowed: under %d".formatted(i, targets[i], logits.cols()));
      }
    }
  }

  /// Kernels write to bare addresses: a mapped file that is read only must not come so far.
  public static void writable(String name, Tensor tensor) {
    if (tensor.data().isReadOnly()) {
      throw new IllegalArgumentException(name + ": " + tensor + " is read only; copy it first");
    }
  }
}
