package herd.data.fasttext;

import herd.engine.UserError;

/// Classifies texts, one after another; for one thread. Nothing is allocated per text once the
/// longest text was seen.
///
/// Probabilities are fastText's: with hierarchical softmax and softmax a hundred-thousandth is
/// added to each factor, so that a sure label may come out a little above 1.
public final class Classifier {
  /// What fastText adds to a probability before its logarithm.
  private static final double NUDGE = 1e-5;

  /// The bounds of fastText's table of logistic values.
  private static final float STEEP = 8;

  private final FastText model;
  private final Features features;
  private final float[] hidden;
  private final float[] scores; // empty for a tree
  private final int[] nodes; // yet to be visited in the tree
  private final float[] sums;
  private final Best best = new Best();
  private byte[] text = new byte[256];

  Classifier(FastText model) {
    this.model = model;
    this.features = model.features();
    this.hidden = new float[model.settings().dim()];
    int labels = model.dictionary().labels();
    boolean tree = model.tree() != null;
    this.scores = new float[tree ? 0 : labels];
    this.nodes = new int[tree ? labels + 1 : 0];
    this.sums = new float[tree ? labels + 1 : 0];
  }

  /// Another one for another thread.
  public Classifier another() {
    return new Classifier(model);
  }

  /// Finds the best labels of a text, which is taken as one line.
  /// @param most labels
  /// @param least probability; below 0, labels whose probability is under a hundred-thousandth
  /// too
  /// @return how many there are: [#label] and [#probability] say which, best first
  public int classify(CharSequence text, int most, double least) {
    int end = encode(text);
    return classify(this.text, end, most, least);
  }

  /// The same of bytes.
  /// @param line the text from 1 to `end`; a byte before and one after it are changed meanwhile
  int classify(byte[] line, int end, int most, double least) {
    features.read(line, 1, end);
    if (features.features() == 0) {
      best.start(most);
      return 0;
    }
    model.applied().sum(features.rows(), features.count(), hidden);
    float scale = (float) (1.0 / features.features());
    for (int j = 0; j < hidden.length; j++) {
      hidden[j] *= scale;
    }
    best.start(Math.min(most, model.labels().size()));
    if (model.tree() == null) {
      flat((float) least);
    } else {
      descend(least < 0 ? Float.NEGATIVE_INFINITY : logarithm((float) least));
    }
    return best.size();
  }

  /// The probability of one label, wherever it ranks; 0 for a text without any feature.
  public double probabilityOf(CharSequence text, int label) {
    int found = classify(text, model.labels().size(), -1);
    for (int rank = 0; rank < found; rank++) {
      if (best.label(rank) == label) {
        return probability(rank);
      }
    }
    return 0;
  }

  /// The number of the label at `rank`, from 0 for the best.
  public int label(int rank) {
    return best.label(rank);
  }

  /// The probability of the label at `rank`.
  public float probability(int rank) {
    return (float) Math.exp(best.score(rank));
  }

  /// The name of the label at `rank`.
  public String name(int rank) {
    return model.labels().get(best.label(rank));
  }

  private void flat(float least) {
    int labels = scores.length;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < labels; i++) {
      scores[i] = model.appliedOutput().dot(i, hidden);
      most = Math.max(most, scores[i]);
    }
    if (model.settings().loss() == Loss.SOFTMAX) {
      float sum = 0;
      for (int i = 0; i < labels; i++) {
        scores[i] = (float) Math.exp(scores[i] - most);
        sum += scores[i];
      }
      for (int i = 0; i < labels; i++) {
        scores[i] /= sum;
      }
    } else {
      for (int i = 0; i < labels; i++) {
        scores[i] = logistic(scores[i]);
      }
    }
    for (int i = 0; i < labels; i++) {
      // A logarithm costs more than all else here: most labels lose without it.
      if (scores[i] >= least && scores[i] > best.worstProbability()) {
        best.offer(i, logarithm(scores[i]), scores[i]);
      }
    }
  }

  /// fastText looks single labels up in a table of 512 steps.
  static float logistic(float x) {
    if (x < -STEEP) {
      return 0;
    }
    if (x > STEEP) {
      return 1;
    }
    float step = (int) ((x + STEEP) * 512 / STEEP / 2) * 2 * STEEP / 512 - STEEP;
    return (float) (1 / (1 + Math.exp(-step)));
  }

  private void descend(float least) {
    var tree = model.tree();
    int size = 1;
    nodes[0] = tree.root();
    sums[0] = 0;
    while (size > 0) {
      size--;
      int node = nodes[size];
      float sum = sums[size];
      if (sum < least || best.full() && sum < best.worst()) {
        continue;
      }
      if (tree.isLeaf(node)) {
        best.offer(node, sum, 0);
        continue;
      }
      float dot = model.appliedOutput().dot(tree.row(node), hidden);
      float right = 1 / (1 + (float) Math.exp(-dot));
      // The likelier side first: it leaves the other less to do.
      boolean rightFirst = right > 0.5f;
      float leftSum = sum + logarithm(1 - right);
      float rightSum = sum + logarithm(right);
      nodes[size] = rightFirst ? tree.left(node) : tree.right(node);
      sums[size++] = rightFirst ? leftSum : rightSum;
      nodes[size] = rightFirst ? tree.right(node) : tree.left(node);
      sums[size++] = rightFirst ? rightSum : leftSum;
    }
  }

  private static float logarithm(float x) {
    return (float) Math.log(x + NUDGE);
  }

  /// Puts the text as UTF-8 after one free byte.
  /// @return the end, after which at least one byte is free
  private int encode(CharSequence chars) {
    int length = chars.length();
    if (length > (Integer.MAX_VALUE - 16) / 3) {
      throw new UserError("text", length + " characters", "up to 700M", "Cut it into parts.");
    }
    if (text.length < 3 * length + 2) {
      text = new byte[Math.max(3 * length + 2, (int) Math.min(1L << 30, 2L * text.length))];
    }
    int at = 1;
    for (int i = 0; i < length; i++) {
      char c = chars.charAt(i);
      if (c < 0x80) {
        text[at++] = (byte) c;
      } else if (c < 0x800) {
        text[at++] = (byte) (0xc0 | c >> 6);
        text[at++] = (byte) (0x80 | c & 0x3f);
      } else if (!Character.isSurrogate(c)) {
        text[at++] = (byte) (0xe0 | c >> 12);
        text[at++] = (byte) (0x80 | c >> 6 & 0x3f);
        text[at++] = (byte) (0x80 | c & 0x3f);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(chars.charAt(i + 1))) {
        int point = Character.toCodePoint(c, chars.charAt(++i));
        text[at++] = (byte) (0xf0 | point >> 18);
        text[at++] = (byte) (0x80 | point >> 12 & 0x3f);
        text[at++] = (byte) (0x80 | point >> 6 & 0x3f);
        text[at++] = (byte) (0x80 | point & 0x3f);
      } else {
        text[at++] = '?'; // half a character
      }
    }
    return at;
  }

  /// The best few of many labels, best first; of two alike the one that was offered first.
  private static final class Best {
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
}
