package herd.engine.encoder;

import herd.engine.tensor.DType;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Attention of every token of a text to every other of the same text, in several heads. One object
/// serves one batch, with memory for its longest text.
final class EncoderAttention {
  private final Kernels kernels;
  private final int[] starts;
  private final int heads;
  private final int dim;
  private final int headDim;
  private final MemorySegment left;
  private final MemorySegment right;
  private final MemorySegment square;

  /// @param arena what the memory lives in
  /// @param starts of each text, and the end of the last
  EncoderAttention(Kernels kernels, Arena arena, int[] starts, int heads, int dim) {
    this.kernels = kernels;
    this.starts = starts;
    this.heads = heads;
    this.dim = dim;
    headDim = dim / heads;
    int longest = 0;
    for (int text = 0; text + 1 < starts.length; text++) {
      longest = Math.max(longest, starts[text + 1] - starts[text]);
    }
    left = arena.allocate(4L * longest * headDim, Tensor.ALIGNMENT);
    right = arena.allocate(4L * longest * headDim, Tensor.ALIGNMENT);
    square = arena.allocate(4L * longest * longest, Tensor.ALIGNMENT);
  }

  /// Gradients of queries, keys and values `[tokens, dim]`.
  record Back(float[] dq, float[] dk, float[] dv) {}

  /// Of each head `softmax(q kᵀ / √headDim) v`, two products of the kernels.
  /// @param shares of each text where the softmax `[heads, length, length]` goes
  /// @return `[tokens, dim]`
  float[] forward(float[] q, float[] k, float[] v, float[][] shares) {
    var y = new float[q.length];
    float scale = (float) (1 / Math.sqrt(headDim));
    for (int text = 0; text < shares.length; text++) {
      int start = starts[text];
      int length = starts[text + 1] - start;
      int all = Math.multiplyExact(length, length);
      shares[text] = new float[Math.multiplyExact(heads, all)];
      var narrow = tensor(left, length, headDim);
      var scores = tensor(square, length, length);
      for (int head = 0; head < heads; head++) {
        int first = start * dim + head * headDim;
        rows(left, q, first, length);
        rows(right, k, first, length);
        kernels.linear(scores, narrow, tensor(right, length, headDim));
        MemorySegment.copy(square, ValueLayout.JAVA_FLOAT, 0, shares[text], head * all, all);
        for (int i = 0; i < length; i++) {
          softmax(shares[text], head * all + i * length, length, scale);
        }
        MemorySegment.copy(shares[text], head * all, square, ValueLayout.JAVA_FLOAT, 0, all);
        columns(right, v, first, length);
        kernels.linear(narrow, scores, tensor(right, headDim, length));
        for (int i = 0; i < length; i++) {
          MemorySegment.copy(
              left, ValueLayout.JAVA_FLOAT, 4L * i * headDim, y, first + i * dim, headDim);
        }
      }
    }
    return y;
  }

  private static Tensor tensor(MemorySegment memory, int rows, int cols) {
    return Tensor.of(memory.asSlice(0, 4L * rows * cols), DType.F32, rows, cols);
  }

  /// A head's part of `x`, `[length, headDim]`.
  private void rows(MemorySegment to, float[] x, int first, int length) {
    for (int i = 0; i < length; i++) {
      MemorySegment.copy(x, first + i * dim, to, ValueLayout.JAVA_FLOAT, 4L * i * headDim, headDim);
    }
  }

  /// The same turned, `[headDim, length]`.
  private void columns(MemorySegment to, float[] x, int first, int length) {
    for (int i = 0; i < length; i++) {
      for (int j = 0; j < headDim; j++) {
        to.setAtIndex(ValueLayout.JAVA_FLOAT, (long) j * length + i, x[first + i * dim + j]);
      }
    }
  }

  private static void softmax(float[] scores, int from, int length, float scale) {
    float most = Float.NEGATIVE_INFINITY;
    for (int j = from; j < from + length; j++) {
      most = Math.max(most, scores[j]);
    }
    for (int j = from; j < from + length; j++) {
      scores[j] = exp(scale * (scores[j] - most));
    }
    double sum = 0;
    for (int j = from; j < from + length; j++) {
      sum += scores[j];
    }
    float inverse = (float) (1 / sum);
    for (int j = from; j < from + length; j++) {
      scores[j] *= inverse;
    }
  }

  /// `e` to the power of a number of 0 or less, off by four millionths of it at most: a power
  /// of two times the series of the rest, which is half at most.
  static float exp(float x) {
    float power = Math.max(x * 1.44269504f, -126f);
    int whole = (int) (power - 0.5f);
    float rest = (power - whole) * 0.69314718f;
    float series = 1
        + rest
            * (1
                + rest
                    * (0.5f
                        + rest
                            * (0.16666667f
                                + rest
                                    * (0.041666668f
                                        + rest * (0.008333334f + rest * 0.0013888889f)))));
    return Float.intBitsToFloat((whole + 127) << 23) * series;
  }

  /// @param dy gradient of [#forward]'s result
  static Back backward(
      float[] dy,
      float[] q,
      float[] k,
      float[] v,
      int[] starts,
      int heads,
      int dim,
      float[][] shares) {
    var back = new Back(new float[q.length], new float[q.length], new float[q.length]);
    int headDim = dim / heads;
    float scale = (float) (1 / Math.sqrt(headDim));
    for (int text = 0; text < shares.length; text++) {
      int start = starts[text];
      int length = starts[text + 1] - start;
      var dshares = new float[length];
      for (int head = 0; head < heads; head++) {
        int first = start * dim + head * headDim;
        for (int i = 0; i < length; i++) {
          int row = (head * length + i) * length;
          int from = first + i * dim;
          double along = 0;
          for (int j = 0; j < length; j++) {
            float share = shares[text][row + j];
            dshares[j] = dot(dy, from, v, first + j * dim, headDim);
            along += dshares[j] * share;
            add(back.dv, first + j * dim, share, dy, from, headDim);
          }
          for (int j = 0; j < length; j++) {
            float dscore = scale * shares[text][row + j] * (float) (dshares[j] - along);
            add(back.dq, from, dscore, k, first + j * dim, headDim);
            add(back.dk, first + j * dim, dscore, q, from, headDim);
          }
        }
      }
    }
    return back;
  }

  private static float dot(float[] a, int i, float[] b, int j, int length) {
    float sum = 0;
    for (int n = 0; n < length; n++) {
      sum += a[i + n] * b[j + n];
    }
    return sum;
  }

  private static void add(float[] y, int i, float factor, float[] x, int j, int length) {
    for (int n = 0; n < length; n++) {
      y[i + n] += factor * x[j + n];
    }
  }
}
