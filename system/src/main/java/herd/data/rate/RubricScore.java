package herd.data.rate;

import herd.data.fasttext.Classifier;
import herd.data.fasttext.FastText;

/// What a text is worth by a rubric: the mean of its labels' values, each as probable as a
/// classifier says. For one thread.
final class RubricScore {
  private final Rubric rubric;
  private final Classifier classifier;
  private final int labels;
  private String label;

  RubricScore(Rubric rubric, FastText model) {
    this.rubric = rubric;
    this.classifier = model.classifier();
    this.labels = model.labels().size();
  }

  /// From 0 to 1, to six decimals.
  double of(String text) {
    int found = classifier.classify(text, labels, -1);
    label = found == 0 ? null : classifier.name(0);
    double score = 0;
    double sum = 0;
    for (int rank = 0; rank < found; rank++) {
      double probability = classifier.probability(rank);
      score += probability * rubric.value(classifier.name(rank));
      sum += probability;
    }
    return sum == 0 ? 0 : Math.round(score / sum * 1e6) / 1e6;
  }

  /// The likeliest label of the last text, null if there was nothing in it.
  String label() {
    return label;
  }
}
