package herd.data.fasttext;

import java.util.Arrays;
import java.util.SplittableRandom;

/// One step of stochastic gradient descent on the matrix of labels; for one thread. Other threads
/// change the same matrix meanwhile, without locks (Recht et al. 2011, "Hogwild").
abstract sealed class Update {
  final float[] output;
  final int dim;
  final int labels;

  private Update(Dense output) {
    this.output = output.values();
    this.dim = output.dim();
    this.labels = output.rows();
  }

  /// Moves the labels' rows towards the right answer.
  /// @param hidden the text `[dim]`
  /// @param right labels of the text, the first `count`
  /// @param gradient where the text's share goes: what to add to `hidden`
  /// @return the loss
  abstract double step(float[] hidden, int[] right, int count, float rate, float[] gradient);

  static Update of(Loss loss, FastText model, Dense output, int negatives, long seed) {
    return switch (loss) {
      case SOFTMAX -> new Softmax(output, seed);
      case HIERARCHICAL -> new Turns(output, model.tree(), seed);
      case ONE_VS_ALL -> new Each(output);
      case NEGATIVE_SAMPLING ->
        new Drawn(output, model.dictionary().labelCounts(), negatives, seed);
    };
  }

  /// Moves a row by `alpha` times the text, and the gradient by `alpha` times the row.
  final void move(int row, float alpha, float[] hidden, float[] gradient) {
    int from = row * dim;
    for (int j = 0; j < dim; j++) {
      gradient[j] += alpha * output[from + j];
    }
    for (int j = 0; j < dim; j++) {
      output[from + j] += alpha * hidden[j];
    }
  }

  /// A logistic regression of one row.
  /// @return its loss
  final double logistic(int row, boolean right, float[] hidden, float rate, float[] gradient) {
    float dot = Dense.dot(output, row * dim, hidden, dim);
    float score = Classifier.logistic(dot);
    move(row, rate * ((right ? 1 : 0) - score), hidden, gradient);
    return -Math.log((right ? score : 1 - score) + 1e-5);
  }

  private static final class Softmax extends Update {
    private final SplittableRandom random;
    private final float[] scores;

    Softmax(Dense output, long seed) {
      super(output);
      random = new SplittableRandom(seed);
      scores = new float[labels];
    }

    @Override
    double step(float[] hidden, int[] right, int count, float rate, float[] gradient) {
      int target = right[count == 1 ? 0 : random.nextInt(count)];
      float most = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < labels; i++) {
        scores[i] = Dense.dot(output, i * dim, hidden, dim);
        most = Math.max(most, scores[i]);
      }
      float sum = 0;
      for (int i = 0; i < labels; i++) {
        scores[i] = (float) Math.exp(scores[i] - most);
        sum += scores[i];
      }
      for (int i = 0; i < labels; i++) {
        move(i, rate * ((i == target ? 1 : 0) - scores[i] / sum), hidden, gradient);
      }
      return -Math.log(scores[target] / sum + 1e-5);
    }
  }

  private static final class Turns extends Update {
    private final SplittableRandom random;
    private final Tree tree;

    Turns(Dense output, Tree tree, long seed) {
      super(output);
      random = new SplittableRandom(seed);
      this.tree = tree;
    }

    @Override
    double step(float[] hidden, int[] right, int count, float rate, float[] gradient) {
      double loss = 0;
      int node = right[count == 1 ? 0 : random.nextInt(count)];
      for (int up = tree.parent(node); up >= 0; node = up, up = tree.parent(up)) {
        loss += logistic(tree.row(up), tree.right(up) == node, hidden, rate, gradient);
      }
      return loss;
    }
  }

  private static final class Each extends Update {
    Each(Dense output) {
      super(output);
    }

    @Override
    double step(float[] hidden, int[] right, int count, float rate, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < labels; i++) {
        boolean among = false;
        for (int j = 0; j < count; j++) {
          among |= right[j] == i;
        }
        loss += logistic(i, among, hidden, rate, gradient);
      }
      return loss;
    }
  }

  private static final class Drawn extends Update {
    private final SplittableRandom random;
    private final double[] below; // of each label, the summed weight up to it
    private final int negatives;

    Drawn(Dense output, long[] counts, int negatives, long seed) {
      super(output);
      random = new SplittableRandom(seed);
      this.negatives = counts.length > 1 ? negatives : 0;
      below = new double[counts.length];
      double sum = 0;
      for (int i = 0; i < below.length; i++) {
        sum += Math.sqrt(counts[i]);
        below[i] = sum;
      }
    }

    @Override
    double step(float[] hidden, int[] right, int count, float rate, float[] gradient) {
      int target = right[count == 1 ? 0 : random.nextInt(count)];
      double loss = logistic(target, true, hidden, rate, gradient);
      for (int i = 0; i < negatives; i++) {
        int drawn;
        do {
          int place = Arrays.binarySearch(below, random.nextDouble(below[labels - 1]));
          drawn = place < 0 ? -place - 1 : place + 1;
        } while (drawn == target || drawn >= labels);
        loss += logistic(drawn, false, hidden, rate, gradient);
      }
      return loss;
    }
  }
}
