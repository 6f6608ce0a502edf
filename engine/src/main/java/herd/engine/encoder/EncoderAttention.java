package herd.engine.encoder;

/// Attention of every token of a text to every other of the same text, in several heads.
final class EncoderAttention {
  private EncoderAttention() {}

  /// Gradients of queries, keys and values `[tokens, dim]`.
  record Back(float[] dq, float[] dk, float[] dv) {}

  /// @param starts of each text, and the end of the last
  /// @param shares of each text where the softmax `[heads, length, length]` goes
  /// @return `[tokens, dim]`
  static float[] forward(
      float[] q, float[] k, float[] v, int[] starts, int heads, int dim, float[][] shares) {
    var y = new float[q.length];
    int headDim = dim / heads;
    float scale = (float) (1 / Math.sqrt(headDim));
    for (int text = 0; text < shares.length; text++) {
      int start = starts[text];
      int length = starts[text + 1] - start;
      shares[text] = new float[Math.multiplyExact(heads, Math.multiplyExact(length, length))];
      for (int head = 0; head < heads; head++) {
        for (int i = 0; i < length; i++) {
          int row = (head * length + i) * length;
          int from = (start + i) * dim + head * headDim;
          softmax(
              q,
              from,
              k,
              start * dim + head * headDim,
              dim,
              headDim,
              scale,
              shares[text],
              row,
              length);
          for (int j = 0; j < length; j++) {
            add(y, from, shares[text][row + j], v, (start + j) * dim + head * headDim, headDim);
          }
        }
      }
    }
    return y;
  }

  private static void softmax(
      float[] q,
      int from,
      float[] k,
      int first,
      int dim,
      int headDim,
      float scale,
      float[] shares,
      int row,
      int length) {
    float most = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < length; j++) {
      shares[row + j] = scale * dot(q, from, k, first + j * dim, headDim);
      most = Math.max(most, shares[row + j]);
    }
    double sum = 0;
    for (int j = 0; j < length; j++) {
      shares[row + j] = (float) Math.exp(shares[row + j] - most);
      sum += shares[row + j];
    }
    for (int j = 0; j < length; j++) {
      shares[row + j] /= (float) sum;
    }
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
