package herd.data.fasttext;

/// The best few of many labels, best first; of two alike the one that was offered first.
final class Best {
  private int[] labels = new int[1];
  private float[] scores = new float[1];
  private float[] probabilities = new float[1];
  private int most;
  private int size;

  /// Forgets all.
  void start(int most) {
    this.most = most;
    size = 0;
    if (labels.length < most) {
      labels = new int[most];
      scores = new float[most];
      probabilities = new float[most];
    }
  }

  int size() {
    return size;
  }

  boolean full() {
    return size == most;
  }

  /// The score that must be passed; only when full.
  float worst() {
    return scores[most - 1];
  }

  /// The probability that must be passed.
  float worstProbability() {
    return size < most ? Float.NEGATIVE_INFINITY : probabilities[most - 1];
  }

  void offer(int label, float score, float probability) {
    int at = size;
    while (at > 0 && scores[at - 1] < score) {
      at--;
    }
    if (at == most) {
      return;
    }
    size = Math.min(most, size + 1);
    for (int i = size - 1; i > at; i--) {
      labels[i] = labels[i - 1];
      scores[i] = scores[i - 1];
      probabilities[i] = probabilities[i - 1];
    }
    labels[at] = label;
    scores[at] = score;
    probabilities[at] = probability;
  }

  int label(int rank) {
    return labels[rank];
  }

  float score(int rank) {
    return scores[rank];
  }
}
